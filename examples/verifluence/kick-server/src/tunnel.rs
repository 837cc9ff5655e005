use std::sync::Arc;

use axum::Router;
use proxy_protocol::ConfigError;
use serve::Tunnel;

use crate::Metrics;

/// The application for requests that come from where they may. The others are refused before their
/// bodies are read, whatever their paths are, with empty bodies as Kick's are.
///
/// It must be served with what tells it of its peers.
pub(crate) fn behind(
    tunnel: Tunnel,
    metrics: &Arc<Metrics>,
    app: Router,
) -> Result<Router, ConfigError> {
    let counters = Arc::clone(metrics);
    let tunnel = tunnel.build(move |code| counters.count_peer(code))?;
    Ok(app.layer(tunnel.connecting_ip()))
}

/// What real sockets on one machine cannot show: peers that are elsewhere.
#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::Body;
    use axum::extract::ConnectInfo;
    use axum::http::Request;
    use serve::Environment;
    use tower::ServiceExt;

    use super::*;

    fn app(tunnel_from: &str) -> Result<Router, ConfigError> {
        let variable = |name: &str| (name == "TUNNEL_FROM").then(|| tunnel_from.to_owned());
        let tunnel = Tunnel::read(&mut Environment::new(variable));
        behind(tunnel, &Arc::default(), Router::new().fallback(async || "in"))
    }

    async fn status(app: &Router, peer: &str) -> u16 {
        let peer: SocketAddr = peer.parse().unwrap();
        let mut request = Request::new(Body::empty());
        request.headers_mut().insert("cf-connecting-ip", "203.0.113.7".parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn without_networks_nobody_but_this_machine_is_let_in() {
        let app = app("").unwrap();
        for peer in ["127.0.0.1:7", "[::1]:7", "[::ffff:127.0.0.1]:7"] {
            assert_eq!(status(&app, peer).await, 200, "{peer}");
        }
        for peer in ["172.30.0.2:7", "10.0.0.1:7", "203.0.113.7:7", "[2001:db8::7]:7"] {
            assert_eq!(status(&app, peer).await, 403, "{peer}");
        }
    }

    #[tokio::test]
    async fn with_networks_nobody_else_is_let_in_and_this_machine_neither() {
        let app = app("172.30.0.2, 2001:db8::/64").unwrap();
        for peer in ["172.30.0.2:7", "[::ffff:172.30.0.2]:7", "[2001:db8::7]:7"] {
            assert_eq!(status(&app, peer).await, 200, "{peer}");
        }
        for peer in ["172.30.0.3:7", "172.30.0.1:7", "127.0.0.1:7", "[2001:db8:0:1::7]:7"] {
            assert_eq!(status(&app, peer).await, 403, "{peer}");
        }
    }

    #[test]
    fn everybody_is_no_tunnel() {
        assert_eq!(app("0.0.0.0/0").unwrap_err(), ConfigError::AnyPeer);
    }
}
