//! PostgreSQL: one with an empty database, that can be stopped, killed and held still.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Signal, geteuid, kill_process};
use tokio::process::Command;

use crate::folder::Folder;
use crate::port;
use crate::process::{Process, family};

/// A PostgreSQL server. Dropping this stops it, and removes its data.
#[derive(Debug)]
pub struct Postgres {
    process: Option<Process>,
    address: SocketAddr,
    // Removed when PostgreSQL has ended.
    folder: Folder,
}

impl Postgres {
    /// Makes an empty database on a loopback port, and waits until it answers.
    ///
    /// # Panics
    ///
    /// If PostgreSQL is not installed, or does not start.
    pub async fn start() -> Self {
        let folder = Folder::new();
        if let Some((user, group)) = other_user() {
            chown(folder.path(""), Some(user), Some(group)).expect("a folder to give away");
        }
        let mut command = program("initdb", &folder);
        command.args(["-D", &folder.path("data"), "-U", "postgres", "-A", "trust"]);
        command.args(["--encoding=UTF8", "--no-locale", "--no-sync"]);
        let made = command.kill_on_drop(true).output().await.expect("PostgreSQL's initdb");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

        let mut postgres = Self { process: None, address: port::reserve(), folder };
        postgres.start_again().await;
        postgres
    }

    /// Where its database is: `postgres://…`. Nobody asks for a password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres?sslmode=disable", self.address)
    }

    /// Where it listens, while it does.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The id of its process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref()?.pid()
    }

    /// What it has written since it was started.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.as_ref().map(Process::output).unwrap_or_default()
    }

    /// Starts it after [`stop`](Self::stop) or [`kill`](Self::kill), with its data and at its address.
    ///
    /// # Panics
    ///
    /// If it runs, or does not start.
    pub async fn start_again(&mut self) {
        assert!(self.process.is_none(), "PostgreSQL runs already");
        let mut command = program("postgres", &self.folder);
        command.args(["-D", &self.folder.path("data"), "-h", &self.address.ip().to_string()]);
        command.args(["-p", &self.address.port().to_string(), "-c", "unix_socket_directories="]);
        // What a killed process has written is in the system's hands already: syncing it is for the
        // machine that fails, and takes a slow disk longer than a test should.
        command.args(["-c", "fsync=off"]);
        let mut process = Process::start(command);
        // It listens before it is ready, above all when it has a crash to recover from.
        process.wait_until_written("database system is ready to accept connections").await;
        self.process = Some(process);
    }

    /// Stops it as an administrator does: its clients' connections are closed.
    ///
    /// # Panics
    ///
    /// If it does not run, or does not stop.
    pub async fn stop(&mut self) {
        self.thaw();
        let mut process = self.process.take().expect("a PostgreSQL that runs");
        let asked = process.id().map(|id| kill_process(id, Signal::INT));
        assert!(matches!(asked, Some(Ok(()))), "PostgreSQL has ended\n{}", process.output());
        process.wait().await;
    }

    /// Kills all of its processes (`SIGKILL`), as if it had crashed.
    ///
    /// # Panics
    ///
    /// If it does not run.
    pub async fn kill(&mut self) {
        let mut process = self.process.take().expect("a PostgreSQL that runs");
        // Another does not start while one of them is left.
        family::kill(process.id().expect("a PostgreSQL that has not ended"));
        process.wait().await;
    }

    /// Holds all of its processes still (`SIGSTOP`): it accepts connections, and says nothing.
    pub fn freeze(&self) {
        self.process.as_ref().and_then(Process::id).into_iter().for_each(family::freeze);
    }

    /// Lets them go on (`SIGCONT`).
    pub fn thaw(&self) {
        self.process.as_ref().and_then(Process::id).into_iter().for_each(family::thaw);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.thaw();
        let Some(mut process) = self.process.take() else { return };
        // Killed, it would leave a block of shared memory behind, so it is asked to end at once.
        if process.id().is_some_and(|id| kill_process(id, Signal::QUIT).is_ok()) {
            for _ in 0..PATIENCE {
                if process.has_ended() {
                    break;
                }
                sleep(POLL_EVERY);
            }
        }
    }
}

/// A program of PostgreSQL: of the newest that Debian has installed, or where the system looks.
fn program(name: &str, folder: &Folder) -> Command {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let versions = installed.filter_map(|entry| {
        let folder = entry.ok()?;
        let version: u32 = folder.file_name().to_str()?.parse().ok()?;
        Some((version, folder.path().join("bin").join(name)))
    });
    let newest = versions.filter(|(_, program)| program.is_file()).max();
    let mut command = Command::new(newest.map_or_else(|| PathBuf::from(name), |(_, path)| path));
    // Whoever it runs as need not be let into the folder of who starts it.
    command.current_dir(folder.path(""));
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    command
}

/// PostgreSQL refuses to run as root. Whom to run it as then: the user that Debian makes for it.
fn other_user() -> Option<(u32, u32)> {
    geteuid().is_root().then(|| {
        let users = fs::read_to_string("/etc/passwd").expect("the list of users");
        let user = users.lines().find_map(|line| {
            let mut ids = line.strip_prefix("postgres:")?.split(':').skip(1);
            Some((ids.next()?.parse().ok()?, ids.next()?.parse().ok()?))
        });
        user.expect("a user called postgres, when root runs the tests")
    })
}

/// Ten seconds of polls.
const PATIENCE: u32 = 1000;
const POLL_EVERY: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[ignore = "needs PostgreSQL: run .ci/run peers"]
    async fn it_is_stopped_killed_held_and_started() {
        let mut postgres = Postgres::start().await;
        postgres.stop().await;
        postgres.start_again().await;
        postgres.kill().await;
        postgres.start_again().await;
        postgres.freeze();
        postgres.thaw();
        postgres.freeze();
        let folder = postgres.folder.path("data");
        drop(postgres);
        assert!(!fs::exists(folder).unwrap());
    }
}
