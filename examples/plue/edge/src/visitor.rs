use proxy_protocol::tower::ClientAddressLayer;
use proxy_protocol::{ConfigError, Network, ProxyProtocol, Trust};
use serve::Outcomes;

/// Proves which address a visitor has, so that the forge is told of it: that of the other end of the
/// connection; or, of what stands before the edge in these networks, that of its `CF-Connecting-IP`, and
/// nobody else may connect then.
///
/// # Errors
///
/// If one of the networks is everybody's.
pub fn visitors(
    from: Vec<Network>,
    outcomes: &Outcomes,
) -> Result<ClientAddressLayer, ConfigError> {
    let trust = if from.is_empty() {
        // No peer has this address (RFC 1122 §3.2.1.3).
        let nobody: Network = "0.0.0.0".parse()?;
        Trust::require([nobody]).direct(["0.0.0.0/0".parse()?, "::/0".parse()?])
    } else {
        Trust::require(from)
    };
    let proxy = ProxyProtocol::builder(trust).on_outcome(outcomes.counter()).build()?;
    Ok(proxy.connecting_ip())
}
