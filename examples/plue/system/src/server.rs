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
    /// Where the operator looks, if there is anything to see.
    pub operator: Option<SocketAddr>,
    process: Process,
}

impl Server {
    /// Starts this program as the server of this name, with the settings of this file, `NAME=value` in each
    /// line, and waits until it listens.
    pub(crate) async fn start(program: &Path, name: &str, settings: &str) -> Self {
        let (listen, operator) = (port::reserve(), port::reserve());
        let settings = fs::read_to_string(settings).unwrap_or_default();
        let mut command = Command::new(program);
        command.arg(name).env_clear();
        command.envs(settings.lines().filter_map(|line| line.split_once('=')));
        let operator = if name == "git-ssh" {
            command.env("LISTEN", listen.to_string());
            None
        } else {
            command.env("PLUE_LISTEN", listen.to_string());
            command.env("PLUE_HEALTH_LISTEN", operator.to_string());
            Some(operator)
        };
        let mut process = Process::start(command);
        // Not by connecting: that would count as one of its clients.
        process.wait_until_written(" listening ").await;
        Self { listen, operator, process }
    }

    /// The id of its process, if it has not ended.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.pid()
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
