//! Receivers in processes of their own: the example of that name, and its clients.

use std::net::SocketAddr;
use std::path::PathBuf;

use http::{Request, StatusCode};
use kick_hmac::testing::KickSigner;
use testkit::folder::Folder;
use testkit::port;
use testkit::process::Process;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::sleep;

use crate::scene::{SOON, id};
use crate::server::Server;
use crate::{BODY, BROADCASTER, EVENT_TYPE, within};

/// Those who share a key and a server.
pub(crate) struct Receivers {
    signer: KickSigner,
    key: String,
    // Holds the key.
    _folder: Folder,
    variable: (&'static str, String),
    lease_seconds: u32,
}

/// Dropping this kills it.
pub(crate) struct Receiver {
    process: Process,
    address: SocketAddr,
}

/// A message as it comes, any number of times.
pub(crate) type Message = Request<Vec<u8>>;

impl Receivers {
    pub(crate) fn of(server: &Server, lease_seconds: u32) -> Self {
        let (signer, folder) = (KickSigner::new(), Folder::new());
        let key = folder.write("key.pem", &signer.pem());
        Self { signer, key, _folder: folder, variable: server.variable(), lease_seconds }
    }

    /// Starts one whose handler does this.
    pub(crate) async fn start(&self, handler: &str) -> Receiver {
        let address = port::reserve();
        let (name, url) = &self.variable;
        let mut command = Command::new(program());
        command.env("BROADCASTERS", BROADCASTER.to_string());
        command.env("HANDLER", handler);
        command.env("KICK_PUBLIC_KEY", &self.key);
        command.env("LEASE_SECONDS", self.lease_seconds.to_string());
        command.env("LISTEN", address.to_string());
        // Those of who runs the tests are another's.
        command.env_remove("DATABASE_URL").env_remove("REDIS_URL").env(name, url);
        let mut process = Process::start(command);
        process.wait_until_listening(address).await;
        Receiver { process, address }
    }

    /// A message with an id of its own.
    pub(crate) fn message(&self) -> Message {
        self.signer.event(EVENT_TYPE, BODY).request()
    }
}

impl Receiver {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often it has handled this message, or begun to, as far as it is known by now.
    pub(crate) fn runs(&self, message: &Message) -> usize {
        self.process.output().matches(&handling(message)).count()
    }

    /// How often it has told of this outcome, as far as it is known by now.
    pub(crate) fn count(&self, outcome: &str) -> usize {
        self.process.output().matches(&told(outcome)).count()
    }

    /// Asserts that it has handled this message so often, or begun to. What it writes may come after its
    /// answers.
    pub(crate) async fn has_run(&self, message: &Message, times: usize) {
        let known = async {
            while self.runs(message) < times {
                sleep(SOON).await;
            }
        };
        within("what a handler writes", known).await;
        assert_eq!(self.runs(message), times);
    }

    /// Waits until it handles this message.
    pub(crate) async fn handles(&mut self, message: &Message) {
        self.process.wait_until_written(&handling(message)).await;
    }

    /// Waits until it has told of this outcome.
    pub(crate) async fn has_come_to(&mut self, outcome: &str) {
        self.process.wait_until_written(&told(outcome)).await;
    }

    /// Kills it (`SIGKILL`).
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await;
    }
}

/// Delivers it once.
pub(crate) async fn deliver(address: SocketAddr, message: &Message) -> StatusCode {
    let mut stream = send(address, message).await;
    let mut answer = Vec::new();
    within("an answer", stream.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("not an answer: {answer:?}"));
    let is_to_be_repeated = answer.to_ascii_lowercase().contains("\r\nretry-after: 2\r\n");
    assert_eq!(is_to_be_repeated, status == StatusCode::SERVICE_UNAVAILABLE, "{answer}");
    status
}

/// Delivers it, and again while the answer is that it may be handled later, as Kick does. The status that
/// it ends with.
pub(crate) async fn deliver_until_settled(address: SocketAddr, message: &Message) -> StatusCode {
    let settled = async {
        loop {
            let status = deliver(address, message).await;
            if status != StatusCode::SERVICE_UNAVAILABLE {
                return status;
            }
            sleep(SOON).await;
        }
    };
    within("an answer other than 503", settled).await
}

/// Sends it, and leaves the answer to be read.
pub(crate) async fn send(address: SocketAddr, message: &Message) -> TcpStream {
    let mut head = format!("POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in message.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    head += &format!("Content-Length: {}\r\n\r\n", message.body().len());
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&[head.as_bytes(), message.body()].concat()).await.unwrap();
    stream
}

fn handling(message: &Message) -> String {
    format!("handling {}\n", id(message))
}

fn told(outcome: &str) -> String {
    format!("outcome: {outcome}\n")
}

/// Where Cargo puts the examples: beside the folder of the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().with_file_name("examples").join("receiver");
    assert!(program.is_file(), "{} is not built: cargo build --examples", program.display());
    program
}
