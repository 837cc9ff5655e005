//! Two processes that share a store: the example `sign_in`, and its clients.

use std::net::SocketAddr;
use std::path::PathBuf;

use testkit::port;
use testkit::process::Process;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::scene::Server;
use crate::within;

/// Dropping this kills them.
pub(crate) struct Servers {
    processes: [(Process, SocketAddr); 2],
}

impl Servers {
    pub(crate) async fn start(server: &Server, origin: &str) -> Self {
        let (one, two) = tokio::join!(start(server, origin), start(server, origin));
        Self { processes: [one, two] }
    }

    pub(crate) fn addresses(&self) -> [SocketAddr; 2] {
        let [(_, one), (_, two)] = &self.processes;
        [*one, *two]
    }

    /// A nonce of the first one, and the cookie that comes with it.
    pub(crate) async fn nonce(&self) -> (String, String) {
        let [address, _] = self.addresses();
        let answer =
            exchange(address, "GET /nonce HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        let (head, nonce) = answer.split_once("\r\n\r\n").unwrap();
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        (nonce.to_owned(), cookie.split_once(';').unwrap().0.to_owned())
    }
}

async fn start(server: &Server, origin: &str) -> (Process, SocketAddr) {
    let address = port::reserve();
    let (name, url) = server.variable();
    let mut command = Command::new(program());
    command.env("LISTEN", address.to_string()).env("NONCE_SECRET", "07".repeat(32));
    command.env("ORIGIN", origin);
    // Those of who runs the tests are another's.
    command.env_remove("DATABASE_URL").env_remove("REDIS_URL").env(name, url);
    let mut process = Process::start(command);
    process.wait_until_listening(address).await;
    (process, address)
}

/// The status that a signed message is answered with.
pub(crate) async fn sign_in_at(
    address: SocketAddr,
    (message, signature): &(String, String),
    cookie: &str,
) -> u16 {
    let message = message.replace('\n', "\\n");
    let body = format!(r#"{{"message":"{message}","signature":"{signature}"}}"#);
    let length = body.len();
    let request = format!(
        "POST /verify HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: {cookie}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    let answer = exchange(address, &request).await;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("not an answer: {answer:?}"))
}

pub(crate) async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within("an answer", stream.read_to_string(&mut answer)).await.unwrap();
    answer
}

/// Where Cargo puts the examples: beside the folder of the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().with_file_name("examples").join("sign_in");
    assert!(program.is_file(), "{} is not built: cargo build --examples", program.display());
    program
}
