use std::net::SocketAddr;
use std::time::Duration;

use testkit::port;
use testkit::process::Process;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_plue-git-ssh");

/// The program, in front of an sshd or what stands in for one.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
}

impl Service {
    /// Listening on loopback, with these settings.
    pub(crate) async fn start(sshd: SocketAddr, settings: &[(&str, &str)]) -> Self {
        Self::start_at(port::reserve(), sshd, settings).await
    }

    /// For which 127.0.0.1 is Spectrum, and other addresses on loopback are direct.
    pub(crate) async fn behind_spectrum(sshd: SocketAddr, settings: &[(&str, &str)]) -> Self {
        let spectrum = [("SPECTRUM_NETWORKS", "127.0.0.1")];
        Self::start(sshd, &[&spectrum, settings].concat()).await
    }

    pub(crate) async fn start_at(
        listen: SocketAddr,
        sshd: SocketAddr,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut command = Command::new(PROGRAM);
        command.env_clear().envs([
            ("LISTEN", listen.to_string().as_str()),
            ("SSHD", &sshd.to_string()),
            ("LOG_LEVEL", "debug"),
        ]);
        command.envs(settings.iter().copied());
        let service = Self { address: listen, process: Process::start(command) };
        // A connection to see that would count as one of the clients'.
        service.logs(&[" listening "]).await;
        service
    }

    /// Waits for a line of the log that has all of this in it.
    pub(crate) async fn logs(&self, parts: &[&str]) {
        eventually(|| self.logged(parts) > 0, || self.told(parts)).await;
    }

    /// How many lines of the log have all of this in them.
    pub(crate) fn logged(&self, parts: &[&str]) -> usize {
        let output = self.process.output();
        output.lines().filter(|line| parts.iter().all(|part| line.contains(part))).count()
    }

    fn told(&self, parts: &[&str]) -> String {
        format!("no line has {parts:?}:\n{}", self.process.output())
    }
}

/// Asks until it is so.
pub(crate) async fn eventually(is_so: impl Fn() -> bool, otherwise: impl Fn() -> String) {
    let deadline = Instant::now().checked_add(Duration::from_secs(20)).unwrap();
    while !is_so() {
        assert!(Instant::now() < deadline, "{}", otherwise());
        sleep(Duration::from_millis(10)).await;
    }
}
