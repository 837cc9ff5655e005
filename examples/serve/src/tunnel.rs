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

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proxy_protocol::Decision;

    use super::*;

    fn read(from: &str) -> (Tunnel, Vec<&'static str>) {
        let variable = |name: &str| (name == "TUNNEL_FROM").then(|| from.to_owned());
        let mut environment = Environment::new(variable);
        let tunnel = Tunnel::read(&mut environment);
        (tunnel, environment.into_problems().iter().map(crate::Problem::name).collect())
    }

    fn decide(from: &str, peers: &[&str]) -> Vec<Decision> {
        let proxy = read(from).0.build(|_| {}).unwrap();
        peers.iter().map(|peer| proxy.decide(peer.parse::<IpAddr>().unwrap())).collect()
    }

    #[test]
    fn without_networks_this_machine_alone_may_ask_and_names_nobody() {
        let here = ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"];
        assert_eq!(decide("", &here), [Decision::Direct; 4]);
        let elsewhere = ["172.30.0.2", "10.0.0.1", "203.0.113.7", "2001:db8::7", "0.0.0.1"];
        assert_eq!(decide("", &elsewhere), [Decision::Deny; 5]);
    }

    #[test]
    fn with_networks_nobody_else_may_ask_and_this_machine_neither() {
        let from = "172.30.0.2, 2001:db8::/64";
        let theirs = ["172.30.0.2", "::ffff:172.30.0.2", "2001:db8::7"];
        assert_eq!(decide(from, &theirs), [Decision::Require; 3]);
        let others = ["172.30.0.3", "172.30.0.1", "127.0.0.1", "::1", "2001:db8:0:1::7"];
        assert_eq!(decide(from, &others), [Decision::Deny; 5]);
    }

    #[test]
    fn everybody_is_no_tunnel_and_what_is_no_network_is_told_by_its_name() {
        assert_eq!(read("0.0.0.0/0").0.build(|_| {}).unwrap_err(), ConfigError::AnyPeer);
        for wrong in ["cloudflared", "172.30.0.0/99", "172.30.0.2;172.30.0.3", "172.30.0.2,"] {
            assert_eq!(read(wrong).1, ["TUNNEL_FROM"], "{wrong}");
        }
    }
}
