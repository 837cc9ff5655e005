use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use testkit::port;
use testkit::process::Process;
use tokio::process::Command;

/// One of the servers, as a process.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where the operator looks.
    pub operator: SocketAddr,
    process: Process,
}

impl Server {
    /// Starts this program as the server of this name, with the settings of this file, `NAME=value` in each
    /// line; it tells by `operator` where its operator looks. Waits until it listens.
    pub(crate) async fn start(program: &Path, name: &str, operator: &str, settings: &str) -> Self {
        let (listen, looks) = (port::reserve(), port::reserve());
        let settings = fs::read_to_string(settings).unwrap_or_default();
        let mut command = Command::new(program);
        command.arg(name).env_clear();
        command.envs(settings.lines().filter_map(|line| line.split_once('=')));
        command.env("LISTEN", listen.to_string()).env(operator, looks.to_string());
        let mut process = Process::start(command);
        process.wait_until_listening(listen).await;
        process.wait_until_listening(looks).await;
        Self { listen, operator: looks, process }
    }

    /// The id of its process, if it has not ended.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.pid()
    }

    /// Asks it to read its files again.
    pub fn hang_up(&self) {
        self.process.hang_up();
    }

    /// What it has written until now.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }

    /// Kills it, as if it had crashed.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Asks it to end, and waits until it has finished what was under way.
    pub(crate) async fn end(mut self) {
        self.process.terminate().await;
    }
}
