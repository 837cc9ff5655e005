//! HAProxy: with any configuration, and in the places of Cloudflare's edge and of Spectrum.

mod edge;
mod spectrum;

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

pub use self::edge::{Edge, Ingress};
pub use self::spectrum::{SendProxy, Spectrum};
use crate::folder::Folder;
use crate::process::{Process, server};

/// HAProxy. Dropping this stops it.
#[derive(Debug)]
pub struct HaProxy {
    process: Process,
    // Removed when HAProxy has ended.
    folder: Folder,
}

impl HaProxy {
    /// Starts it with this configuration, whose certificates and Unix sockets are in this folder, and
    /// waits until it listens at all of these addresses.
    ///
    /// To see that, it connects to each of them once. In TCP mode HAProxy passes that connection on.
    ///
    /// # Panics
    ///
    /// If HAProxy is not installed, finds a fault in the configuration, or does not listen.
    pub async fn start(folder: Folder, configuration: &str, listens: &[SocketAddr]) -> Self {
        let mut command = server("haproxy");
        command.arg("-db").arg("-f").arg(folder.write("haproxy.cfg", configuration));
        let mut process = Process::start(command);
        for &address in listens {
            process.wait_until_listening(address).await;
        }
        Self { process, folder }
    }

    /// Sends what comes for a server, `<backend>/<name>`, to another address from now on; what is under way
    /// goes on.
    ///
    /// # Panics
    ///
    /// If the configuration has no `stats socket` at [`SOCKET`], or no such server.
    async fn point(&self, server: &str, to: SocketAddr) {
        let mut stream =
            UnixStream::connect(self.folder.path(SOCKET)).await.expect("HAProxy's socket");
        let command = format!("set server {server} addr {} port {}\n", to.ip(), to.port());
        stream.write_all(command.as_bytes()).await.expect("HAProxy's socket");
        let mut told = String::new();
        stream.read_to_string(&mut told).await.expect("HAProxy's socket");
        assert!(told.contains("changed from"), "{command}{told}");
    }

    /// Kills it, as if it had crashed.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// What HAProxy has written until now.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }
}

/// Where the operator of HAProxy tells it what to do, in its folder.
const SOCKET: &str = "haproxy.sock";
