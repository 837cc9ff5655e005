use proxy_protocol::{ConfigError, Network, ProxyProtocol, Trust, loopback};

use crate::{Environment, Setting};

/// From whom requests may come: the daemon that a Cloudflare Tunnel ends at.
#[derive(Clone, Debug)]
pub struct Tunnel(Option<Vec<Network>>);

impl Tunnel {
    /// Reads `TUNNEL_FROM`.
    pub fn read<F: Fn(&str) -> Option<String>>(environment: &mut Environment<F>) -> Self {
        Self(environment.optional(&TUNNEL_FROM, |text| {
            let networks = text.split(',').map(|network| network.trim().parse());
            networks.collect::<Result<_, ConfigError>>()
        }))
    }

    /// Lets requests of these networks pass, each of which names its visitor in `CF-Connecting-IP`, and
    /// no others. Without `TUNNEL_FROM` it is those of this machine that pass, and name nobody.
    ///
    /// Its layer is `connecting_ip()`, around all others; the server must be told of its peers, by
    /// `into_make_service_with_connect_info::<SocketAddr>()`.
    ///
    /// # Errors
    ///
    /// If they cannot be those.
    pub fn build(
        self,
        on_outcome: impl Fn(&'static str) + Send + Sync + 'static,
    ) -> Result<ProxyProtocol, ConfigError> {
        let trust = match self.0 {
            Some(networks) => Trust::require(networks),
            None => Trust::require([NOBODY.parse::<Network>()?]).direct(loopback()),
        };
        ProxyProtocol::builder(trust).on_outcome(on_outcome).build()
    }
}

/// No peer has this address (RFC 1122 §3.2.1.3).
const NOBODY: &str = "0.0.0.0";

const TUNNEL_FROM: Setting = Setting {
    name: "TUNNEL_FROM",
    what: "the networks of the tunnel's daemon, separated by commas, from which alone requests may \
           come; without it those of this machine",
};
