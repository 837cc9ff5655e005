//! What cannot be built.

use std::time::Duration;

use proxy_protocol::{
    ConfigError, ProxyProtocol, ProxyProtocolBuilder, Trust, cloudflare, loopback,
};

use crate::{networks, production};

fn error(builder: ProxyProtocolBuilder) -> Option<ConfigError> {
    builder.build().err()
}

fn requiring(texts: &[&str]) -> ProxyProtocolBuilder {
    ProxyProtocol::builder(Trust::require(networks(texts)))
}

#[test]
fn refuses_to_be_built_without_a_network_that_sends_headers() {
    assert_eq!(error(requiring(&[])), Some(ConfigError::NoNetwork));
    let only_direct = Trust::require(networks(&[])).direct(loopback());
    assert_eq!(error(ProxyProtocol::builder(only_direct)), Some(ConfigError::NoNetwork));
}

#[test]
fn takes_headers_of_anyone_only_if_that_is_said() {
    for everyone in ["0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96"] {
        assert_eq!(error(requiring(&["192.0.2.0/24", everyone])), Some(ConfigError::AnyPeer));
        assert_eq!(error(requiring(&[everyone]).allow_any_peer()), None);
    }
    let and = Trust::require(cloudflare()).and_require(networks(&["0.0.0.0/0"]));
    assert_eq!(error(ProxyProtocol::builder(and)), Some(ConfigError::AnyPeer));
    assert_eq!(error(requiring(&["0.0.0.0/1", "128.0.0.0/1"])), None, "written out");
    // Who connects directly says nothing about anybody else.
    let direct = Trust::require(cloudflare()).direct(networks(&["0.0.0.0/0", "::/0"]));
    assert_eq!(error(ProxyProtocol::builder(direct)), None);
}

#[test]
fn refuses_a_network_that_is_in_both() {
    let both = Trust::require(networks(&["10.0.0.0/8"])).direct(networks(&["10.0.0.0/8"]));
    assert_eq!(error(ProxyProtocol::builder(both)), Some(ConfigError::Conflict));
    let part = Trust::require(networks(&["10.0.0.0/8"])).direct(networks(&["10.0.0.0/9"]));
    assert_eq!(error(ProxyProtocol::builder(part)), None);
}

#[test]
fn takes_a_deadline_of_3_to_60_seconds() {
    for (milliseconds, refusal) in [
        (0, Some(ConfigError::Deadline)),
        (2_999, Some(ConfigError::Deadline)),
        (3_000, None),
        (60_000, None),
        (60_001, Some(ConfigError::Deadline)),
    ] {
        let deadline = Duration::from_millis(milliseconds);
        assert_eq!(error(production().deadline(deadline)), refusal, "{deadline:?}");
    }
}

#[test]
fn refuses_bounds_that_let_nobody_in_or_that_do_not_bound() {
    for (all, one, refusal) in [
        (0, 0, Some(ConfigError::Limits)),
        (1, 0, Some(ConfigError::Limits)),
        (1, 1, None),
        (1, 2, Some(ConfigError::Limits)),
        (2, 1, None),
    ] {
        let builder = production().max_pending(all).max_pending_per_peer(one);
        assert_eq!(error(builder), refusal, "{all}, {one}");
    }
}
