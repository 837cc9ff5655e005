use std::net::SocketAddr;

use super::{HaProxy, SOCKET};
use crate::folder::Folder;
use crate::port;

/// Cloudflare Spectrum: passes TCP connections on, with the client's address in front of them.
#[derive(Debug)]
pub struct Spectrum {
    address: SocketAddr,
    haproxy: HaProxy,
}

/// The `proxy_protocol` of a Spectrum application: which header the origin gets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SendProxy {
    /// No header (`off`).
    None,
    /// A line of version 1 (`v1`).
    V1,
    /// Version 2 (`v2`).
    V2,
}

impl Spectrum {
    /// Starts one in front of this origin, which need not listen yet.
    ///
    /// The origin sees one connection that says nothing: [`HaProxy::start`] makes it.
    ///
    /// # Panics
    ///
    /// If HAProxy is not installed, or does not start.
    pub async fn start(header: SendProxy, origin: SocketAddr) -> Self {
        let address = port::reserve();
        let header = match header {
            SendProxy::None => "",
            SendProxy::V1 => "send-proxy",
            SendProxy::V2 => "send-proxy-v2",
        };
        let folder = Folder::new();
        let configuration = CONFIGURATION
            .replace("{socket}", &folder.path(SOCKET))
            .replace("{address}", &address.to_string())
            .replace("{origin}", &origin.to_string())
            .replace("{header}", header);
        let haproxy = HaProxy::start(folder, &configuration, &[address]).await;
        Self { address, haproxy }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Passes who connects from now on to another origin.
    ///
    /// # Panics
    ///
    /// If HAProxy does not do as it is told.
    pub async fn point(&self, origin: SocketAddr) {
        self.haproxy.point("spectrum/origin", origin).await;
    }

    /// What HAProxy has written until now.
    #[must_use]
    pub fn output(&self) -> String {
        self.haproxy.output()
    }
}

// A session of SSH is silent while a server packs what was asked for.
const CONFIGURATION: &str = "\
global
    maxconn 256
    log stdout format raw local0
    stats socket {socket} level admin

defaults
    mode tcp
    log global
    option tcplog
    timeout connect 2s
    timeout client 60s
    timeout server 60s

listen spectrum
    bind {address}
    server origin {origin} {header}
";
