use std::fmt;
use std::net::SocketAddr;

use proxy_protocol::tokio::Accepted;

use crate::client_network::ClientNetwork;

/// Who is at the other end of a connection: for the bounds, and for the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// `None` for a peer that may not connect, and is only observed: no proof is made from that.
    client: Option<SocketAddr>,
    pub(crate) peer: SocketAddr,
    pub(crate) evidence: &'static str,
}

impl Caller {
    pub(crate) fn of(accepted: &Accepted) -> Self {
        let peer = accepted.peer();
        match accepted.client() {
            Ok(client) => Self {
                client: Some(client.socket_addr()),
                peer,
                evidence: client.evidence().code(),
            },
            Err(error) => Self { client: None, peer, evidence: error.code() },
        }
    }

    /// Whose bounds count.
    pub(crate) fn network(&self) -> ClientNetwork {
        self.client.unwrap_or(self.peer).ip().into()
    }
}

/// The client's address and port.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.client {
            Some(client) => client.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}
