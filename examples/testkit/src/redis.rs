//! Redis: one without data, that can be stopped, held still, and restarted with its data or without.

use std::net::SocketAddr;

use tokio::process::Command;

use crate::folder::Folder;
use crate::port;
use crate::process::{Process, family};

/// A Redis server. Dropping this kills it, and removes its data.
#[derive(Debug)]
pub struct Redis {
    process: Option<Process>,
    address: SocketAddr,
    options: Vec<String>,
    // Removed when Redis has ended.
    folder: Folder,
}

impl Redis {
    /// Starts one on a loopback port that holds its data in memory alone.
    ///
    /// # Panics
    ///
    /// If Redis is not installed, or does not start.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one that writes each change to its disk before it answers.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn with_appendonly() -> Self {
        Self::start_with(&["--appendonly", "yes", "--appendfsync", "always"]).await
    }

    /// Starts one with these options, which are those of its configuration.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn start_with(options: &[&str]) -> Self {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let (address, folder) = (port::reserve(), Folder::new());
        let mut redis = Self { process: None, address, options, folder };
        redis.start_again().await;
        redis
    }

    /// Where it is: `redis://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Where it listens, while it does.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has written since it was started.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.as_ref().map(Process::output).unwrap_or_default()
    }

    /// Kills it and starts it again at its address: with what it has on its disk, which is nothing unless
    /// it was started so.
    ///
    /// # Panics
    ///
    /// If it does not run, or does not start.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    /// Kills it (`SIGKILL`): it does not save anything before it ends.
    ///
    /// # Panics
    ///
    /// If it does not run.
    pub async fn stop(&mut self) {
        self.process.take().expect("a Redis that runs").kill().await;
    }

    /// Starts it after [`stop`](Self::stop), at its address.
    ///
    /// # Panics
    ///
    /// If it runs, or does not start.
    pub async fn start_again(&mut self) {
        assert!(self.process.is_none(), "Redis runs already");
        let mut command = Command::new("redis-server");
        command.args(["--bind", &self.address.ip().to_string()]);
        command.args(["--port", &self.address.port().to_string()]);
        command.args(["--dir", &self.folder.path(""), "--save", ""]).args(&self.options);
        let mut process = Process::start(command);
        // It listens before it has read its data.
        process.wait_until_written("Ready to accept connections").await;
        self.process = Some(process);
    }

    /// Holds it still (`SIGSTOP`): the system accepts connections for it, and it says nothing.
    pub fn freeze(&self) {
        self.process.as_ref().and_then(Process::id).into_iter().for_each(family::freeze);
    }

    /// Lets it go on (`SIGCONT`).
    pub fn thaw(&self) {
        self.process.as_ref().and_then(Process::id).into_iter().for_each(family::thaw);
    }
}
