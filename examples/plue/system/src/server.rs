use std::net::SocketAddr;
use std::path::Path;

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
    /// Starts this program as the server of this name, and waits until it listens.
    pub(crate) async fn start(
        program: &Path,
        name: &str,
        listen: SocketAddr,
        operator: Option<SocketAddr>,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut command = Command::new(program);
        command.arg(name).env_clear().envs(settings.iter().copied());
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
}
