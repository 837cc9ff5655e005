use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustls::ClientConfig;
use serde_json::Value;
use testkit::port;
use testkit::process::Process;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::client::{Answer, plain};
use crate::{Http, Issued, Mount, Zone, tls};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_plue-origin");

/// The program.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
    health: SocketAddr,
}

impl Service {
    pub(crate) async fn start(settings: &[(&str, PathBuf)], arguments: &[&str]) -> Self {
        let (address, health) = (port::reserve(), port::reserve());
        // The shell tells the process's id, and is the process from then on.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo \"pid $$\"; exec \"$0\" \"$@\"", PROGRAM]).args(arguments);
        command.env_clear().envs([
            ("PLUE_LISTEN", address.to_string().as_str()),
            ("PLUE_HEALTH_LISTEN", &health.to_string()),
            ("PLUE_POLL_SECONDS", "0.1"),
            ("PLUE_LOG_LEVEL", "debug"),
        ]);
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        let service = Self { address, process: Process::start(command), health };
        service.logs(&[" listening "]).await;
        service
    }

    pub(crate) async fn ask(&self, path: &str) -> Answer {
        plain(self.health, path).await
    }

    pub(crate) async fn status(&self) -> Value {
        self.ask("/status").await.json()
    }

    /// Waits until so many connections and requests were decided on with this code. Who is refused
    /// may know before it is counted.
    pub(crate) async fn counted(&self, code: &str, count: u64) {
        self.counted_of("connections", code, count).await;
    }

    /// The same of `connections`, `visitors` or `proxy`.
    pub(crate) async fn counted_of(&self, what: &str, code: &str, count: u64) {
        let is_so = async || self.status().await[what][code].as_u64().unwrap_or_default() == count;
        let told = || format!("{what}: not {count} {code}: {}", self.process.output());
        eventually(is_so, told).await;
    }

    /// Waits until so many reloads, and the start, have been.
    pub(crate) async fn generation(&self, number: u64) {
        let is_so = async || self.status().await["generation"] == number;
        eventually(is_so, || format!("no generation {number}: {}", self.process.output())).await;
    }

    /// Waits until the files that are there are not used, for a reason with this in it.
    pub(crate) async fn reload_fails(&self, part: &str) {
        let is_so = async || {
            let status = self.status().await;
            status["reload_error"].as_str().is_some_and(|error| error.contains(part))
        };
        eventually(is_so, || format!("nothing has {part:?}: {}", self.process.output())).await;
    }

    pub(crate) fn hang_up(&self) {
        let output = self.process.output();
        let id = output.lines().find_map(|line| line.strip_prefix("pid ")?.parse().ok());
        kill_process(id.and_then(Pid::from_raw).unwrap(), Signal::HUP).unwrap();
    }

    /// Waits for a line of the log that has all of this in it.
    pub(crate) async fn logs(&self, parts: &[&str]) {
        let told = || format!("no line has {parts:?}:\n{}", self.process.output());
        eventually(async || self.logged(parts) > 0, told).await;
    }

    /// How many lines of the log have all of this in them.
    pub(crate) fn logged(&self, parts: &[&str]) -> usize {
        let output = self.process.output();
        output.lines().filter(|line| parts.iter().all(|part| line.contains(part))).count()
    }
}

/// An authority, the files that it issued, and the program that uses them.
pub(crate) struct Scene {
    pub(crate) zone: Zone,
    /// Cloudflare's certificate. Its serial number is 7.
    pub(crate) client: Issued,
    /// What the origin shows.
    pub(crate) server: Issued,
    /// `ca.crt`, and `ca.crl` in a scene with one.
    pub(crate) certs: Mount,
    /// `tls.crt` and `tls.key`.
    pub(crate) tls: Mount,
    pub(crate) service: Service,
}

impl Scene {
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        Self::of(Zone::new("the zone's authority"), settings).await
    }

    pub(crate) async fn of(zone: Zone, settings: &[(&str, &str)]) -> Self {
        Self::with_arguments(zone, settings, &[]).await
    }

    /// With an edge that signs people in beside Cloudflare, and its certificate.
    pub(crate) async fn with_edge(settings: &[(&str, &str)]) -> (Self, Issued) {
        let zone = Zone::new("the zone's authority");
        let edge = zone.client(8);
        let pin = edge.pin();
        let settings = [settings, &[("PLUE_USER_EDGES", &pin)]].concat();
        (Self::of(zone, &settings).await, edge)
    }

    /// With a revocation list, that has nobody on it.
    pub(crate) async fn with_revocation_list() -> Self {
        let zone = Zone::new("the zone's authority");
        let list = zone.revocation_list(1, &[]);
        let certs = Mount::new(&[("ca.crt", &zone.certificate), ("ca.crl", &list)]);
        let path = certs.path("ca.crl");
        Self::start_with(zone, certs, &[("PLUE_CRL", path.to_str().unwrap())], &[]).await
    }

    /// With arguments as well as settings.
    pub(crate) async fn with_arguments(
        zone: Zone,
        settings: &[(&str, &str)],
        arguments: &[&str],
    ) -> Self {
        let certs = Mount::new(&[("ca.crt", &zone.certificate)]);
        Self::start_with(zone, certs, settings, arguments).await
    }

    async fn start_with(
        zone: Zone,
        certs: Mount,
        settings: &[(&str, &str)],
        arguments: &[&str],
    ) -> Self {
        let server = zone.server();
        let tls = Mount::new(&[("tls.crt", &server.certificate), ("tls.key", &server.key)]);
        let mut all = vec![
            ("PLUE_CA", certs.path("ca.crt")),
            ("PLUE_TLS_CERT", tls.path("tls.crt")),
            ("PLUE_TLS_KEY", tls.path("tls.key")),
        ];
        all.extend(settings.iter().map(|(name, value)| (*name, PathBuf::from(value))));
        let service = Service::start(&all, arguments).await;
        Self { client: zone.client(7), zone, server, certs, tls, service }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.service.address
    }

    /// A client that shows Cloudflare's certificate.
    pub(crate) fn cloudflare(&self) -> ClientConfig {
        tls(&self.zone, Some(&self.client))
    }

    pub(crate) async fn connect(&self) -> Http {
        self.connect_with(&self.client).await
    }

    /// A client that shows this certificate.
    pub(crate) async fn connect_with(&self, client: &Issued) -> Http {
        Http::connect(self.address(), tls(&self.zone, Some(client))).await.unwrap()
    }
}

/// Asks until it is so.
pub(crate) async fn eventually(is_so: impl AsyncFn() -> bool, otherwise: impl Fn() -> String) {
    let deadline = Instant::now().checked_add(Duration::from_secs(20)).unwrap();
    while !is_so().await {
        assert!(Instant::now() < deadline, "{}", otherwise());
        sleep(Duration::from_millis(20)).await;
    }
}
