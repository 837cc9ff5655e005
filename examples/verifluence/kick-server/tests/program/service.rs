use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kick_hmac::testing::Message;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use testkit::folder::Folder;
use testkit::port;
use testkit::process::Process;
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use crate::SIGNER;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_kick-server");

pub(crate) type Request = axum::http::Request<Full<Bytes>>;

/// The program, for broadcaster 7 and the throw-away key unless the settings say otherwise.
pub(crate) struct Service {
    pub(crate) process: Process,
    pub(crate) kick: SocketAddr,
    operator: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    _key: Folder,
}

impl Service {
    /// Starts it, and waits until it listens.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        let (kick, operator) = (port::reserve(), port::reserve());
        let key = Folder::new();
        // The shell tells the process's id, and is the process from then on.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo \"pid $$\"; exec \"$0\"", PROGRAM]).env_clear().envs([
            ("ADMIN_LISTEN", operator.to_string().as_str()),
            ("KICK_BROADCASTERS", "7"),
            ("LISTEN", &kick.to_string()),
            ("LOG_LEVEL", "debug"),
        ]);
        if settings.iter().all(|(name, _)| !name.ends_with("_FILE")) {
            command.env("KICK_PUBLIC_KEY_FILE", key.write("kick.pem", &SIGNER.pem()));
        }
        command.envs(settings.iter().copied());
        let mut process = Process::start(command);
        process.wait_until_listening(kick).await;
        process.wait_until_listening(operator).await;
        // Each request on a connection of its own, so that none is left of a process that was killed.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { process, kick, operator, client, _key: key }
    }

    /// The status that this message is answered with.
    pub(crate) async fn deliver(&self, message: &Message<'_>) -> u16 {
        self.send(message.request()).await
    }

    pub(crate) async fn send(&self, request: Request) -> u16 {
        let status = self.try_send(request).await;
        status.unwrap_or_else(|| panic!("no answer\n{}", self.process.output()))
    }

    /// `None` if there is no answer, as of a process that is killed.
    pub(crate) async fn try_send(&self, mut request: Request) -> Option<u16> {
        *request.uri_mut() = format!("http://{}/", self.kick).parse().unwrap();
        let answer = timeout(PATIENCE, self.client.request(request)).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer\n{}", self.process.output()));
        answer.ok().map(|answer| answer.status().as_u16())
    }

    /// Delivers until it is answered otherwise than that it is to come again later, as Kick would.
    pub(crate) async fn deliver_until_taken(&self, message: &Message<'_>) -> u16 {
        let deadline = Instant::now().checked_add(PATIENCE).unwrap();
        loop {
            let status = self.deliver(message).await;
            if status != 503 {
                return status;
            }
            assert!(Instant::now() < deadline, "still 503\n{}", self.process.output());
            sleep(POLL_EVERY).await;
        }
    }

    /// Delivers until it is known to have been handled. On a machine that is busy, that may not have
    /// been noted in time at first.
    pub(crate) async fn deliver_until_duplicate(&self, message: &Message<'_>) {
        eventually("it is a duplicate", async || {
            let status = self.deliver(message).await;
            assert!(matches!(status, 200 | 204 | 503), "{status}\n{}", self.process.output());
            status == 200
        })
        .await;
    }

    /// What the operator sees at this path.
    pub(crate) async fn look(&self, path: &str) -> (u16, String) {
        let uri = format!("http://{}{path}", self.operator).parse().unwrap();
        let answer = self.client.get(uri).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// The ids of the messages whose events are kept, a hundred at most.
    pub(crate) async fn kept(&self) -> Vec<String> {
        let (status, body) = self.look("/events").await;
        assert_eq!(status, 200, "{}", self.process.output());
        let body: Value = serde_json::from_str(&body).unwrap();
        let events = body["events"].as_array().unwrap();
        events.iter().map(|event| event["message_id"].as_str().unwrap().to_owned()).collect()
    }

    /// What this metric stands at; 0 if it is not there yet.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let metrics = self.look("/metrics").await.1;
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |count| count.parse().unwrap())
    }

    /// Has it read its key file again, and waits until it has: with this result.
    pub(crate) async fn hang_up(&self, result: &str) {
        let name = format!("kick_key_reloads_total{{result=\"{result}\"}}");
        let before = self.metric(&name).await;
        self.signal(Signal::HUP);
        eventually("the file is read", async || self.metric(&name).await > before).await;
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    pub(crate) fn id(&self) -> Pid {
        let output = self.process.output();
        let id = output.lines().find_map(|line| line.strip_prefix("pid ")?.parse().ok());
        id.and_then(Pid::from_raw).unwrap()
    }
}

/// The head of a request that delivers this message, with these lines too.
pub(crate) fn head(message: &Message<'_>, lines: &str) -> String {
    let mut head = format!("POST /wh/kick HTTP/1.1\r\nHost: kick.verifluence.io\r\n{lines}");
    for (name, value) in &message.headers() {
        write!(head, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    }
    head + "\r\n"
}

/// Asks until it is so.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now().checked_add(PATIENCE).unwrap();
    while !is_so().await {
        assert!(Instant::now() < deadline, "not in time: {what}");
        sleep(POLL_EVERY).await;
    }
}

const PATIENCE: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(20);
