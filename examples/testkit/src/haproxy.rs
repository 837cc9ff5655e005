//! HAProxy: with any configuration, and in the places of Cloudflare's edge and of Spectrum.

mod edge;
mod spectrum;

use std::net::SocketAddr;

pub use self::edge::{Edge, Ingress};
pub use self::spectrum::{SendProxy, Spectrum};
use crate::folder::Folder;
use crate::process::{Process, server};

/// HAProxy. Dropping this stops it.
#[derive(Debug)]
pub struct HaProxy {
    process: Process,
    // Removed when HAProxy has ended.
    _folder: Folder,
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
        Self { process, _folder: folder }
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
