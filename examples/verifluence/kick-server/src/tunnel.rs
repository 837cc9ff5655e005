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
