//! Whose header is believed, by the peer's network.

use proxy_protocol::{Decision, Trust, cloudflare, loopback};

use crate::{ip, networks};

#[test]
fn cloudflare_s_networks_send_headers_loopback_does_not_and_nobody_else_may_connect() {
    let trust = Trust::require(cloudflare()).direct(loopback());
    for (peer, decision) in [
        ("173.245.48.0", Decision::Require),
        ("173.245.63.255", Decision::Require),
        ("173.245.47.255", Decision::Deny),
        ("173.245.64.0", Decision::Deny),
        ("2400:cb00::1", Decision::Require),
        ("2400:cb01::1", Decision::Deny),
        ("127.0.0.1", Decision::Direct),
        ("127.255.255.254", Decision::Direct),
        ("128.0.0.0", Decision::Deny),
        ("::1", Decision::Direct),
        ("::2", Decision::Deny),
        ("::", Decision::Deny),
        ("0.0.0.0", Decision::Deny),
        ("203.0.113.7", Decision::Deny),
        ("10.0.0.1", Decision::Deny),
    ] {
        assert_eq!(trust.decide(ip(peer)), decision, "{peer}");
    }
}

#[test]
fn a_peer_of_ipv4_that_is_written_as_ipv6_is_the_one_of_ipv4() {
    let trust = Trust::require(cloudflare()).direct(loopback());
    assert_eq!(trust.decide(ip("::ffff:173.245.48.9")), Decision::Require);
    assert_eq!(trust.decide(ip("::ffff:127.0.0.1")), Decision::Direct);
    assert_eq!(trust.decide(ip("::ffff:203.0.113.7")), Decision::Deny);
    // The IPv4-compatible form of old is another address.
    assert_eq!(trust.decide(ip("::127.0.0.1")), Decision::Deny);
}

#[test]
fn a_network_of_ipv6_contains_no_address_of_ipv4() {
    let trust = Trust::require(networks(&["::/1"]));
    assert_eq!(trust.decide(ip("::ffff:203.0.113.7")), Decision::Deny);
    assert_eq!(trust.decide(ip("203.0.113.7")), Decision::Deny);
    assert_eq!(trust.decide(ip("2001:db8::1")), Decision::Require);
}

#[test]
fn of_two_networks_that_contain_a_peer_the_smaller_one_counts() {
    let trust = Trust::require(networks(&["10.0.0.0/8", "10.1.2.0/24"]))
        .direct(networks(&["10.1.0.0/16", "10.1.2.3"]));
    assert_eq!(trust.decide(ip("10.2.0.0")), Decision::Require);
    assert_eq!(trust.decide(ip("10.1.0.1")), Decision::Direct);
    assert_eq!(trust.decide(ip("10.1.2.1")), Decision::Require);
    assert_eq!(trust.decide(ip("10.1.2.3")), Decision::Direct);
}

#[test]
fn all_sets_of_networks_count() {
    let trust = Trust::require(networks(&["192.0.2.0/24"]))
        .and_require(networks(&["198.51.100.0/24"]))
        .direct(networks(&["10.0.0.0/8"]))
        .direct(networks(&["172.16.0.0/12"]));
    assert_eq!(trust.decide(ip("192.0.2.1")), Decision::Require);
    assert_eq!(trust.decide(ip("198.51.100.1")), Decision::Require);
    assert_eq!(trust.decide(ip("10.0.0.1")), Decision::Direct);
    assert_eq!(trust.decide(ip("172.16.0.1")), Decision::Direct);
    assert_eq!(trust.decide(ip("203.0.113.1")), Decision::Deny);
}
