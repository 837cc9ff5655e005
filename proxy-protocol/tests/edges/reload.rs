//! Networks that are replaced while they are in use.

use proxy_protocol::{Decision, ListError, Networks, Trust, loopback};

use crate::{ip, networks};

#[test]
fn all_who_have_the_set_see_the_new_one_at_once() {
    let set = networks(&["192.0.2.0/24"]);
    let trust = Trust::require(set.clone()).direct(loopback());
    assert_eq!(trust.decide(ip("198.51.100.1")), Decision::Deny);
    set.reload(networks(&["192.0.2.0/24", "198.51.100.0/24"])).unwrap();
    assert_eq!(trust.decide(ip("198.51.100.1")), Decision::Require);
    assert_eq!(trust.decide(ip("192.0.2.1")), Decision::Require);
    set.reload(networks(&["198.51.100.0/24"])).unwrap();
    assert_eq!(trust.decide(ip("192.0.2.1")), Decision::Deny);
}

#[test]
fn the_last_good_set_stays_when_the_new_one_is_empty_or_lacks_more_than_half() {
    let four = ["192.0.2.0/26", "192.0.2.64/26", "192.0.2.128/26", "192.0.2.192/26"];
    let set = networks(&four);
    for (new, error) in [
        (vec![], ListError::Empty),
        (vec![four[0]], ListError::Shrunk),
        (vec![four[0], "10.0.0.0/8", "10.0.0.0/9", "10.0.0.0/10"], ListError::Shrunk),
        (vec!["192.0.2.0/24"], ListError::Shrunk),
    ] {
        assert_eq!(set.reload(networks(&new)), Err(error), "{new:?}");
        assert_eq!(set.to_vec(), networks(&four).to_vec());
        assert_eq!(set.status().last_error, Some(error));
        assert_eq!(set.status().generation, 1);
    }
    set.reload(networks(&[four[0], four[3]])).unwrap();
    assert_eq!((set.status().generation, set.status().last_error), (2, None));
    assert!(!set.contains(ip("192.0.2.64")));
}

#[test]
fn a_list_without_one_of_the_families_replaces_nothing() {
    let set = networks(&["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"]);
    let only_ipv4 = networks(&["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]);
    assert_eq!(set.reload(only_ipv4), Err(ListError::Shrunk));
    assert_eq!(set.reload(networks(&["2001:db8::/32"])), Err(ListError::Shrunk));
    assert!(set.contains(ip("2001:db8::1")) && set.contains(ip("192.0.2.1")));
}

#[test]
fn a_set_that_is_empty_can_be_filled() {
    let set = Networks::from([]);
    set.reload(networks(&["192.0.2.0/24"])).unwrap();
    assert!(set.contains(ip("192.0.2.1")));
}

#[test]
fn a_peer_whom_a_reload_puts_into_both_must_send_a_header() {
    let direct = networks(&["10.0.0.0/16"]);
    let trust = Trust::require(networks(&["192.0.2.0/24"])).direct(direct);
    assert_eq!(trust.decide(ip("10.0.0.1")), Decision::Direct);
    let required = networks(&["192.0.2.0/24"]);
    let trust = Trust::require(required.clone()).direct(networks(&["10.0.0.0/16"]));
    required.reload(networks(&["192.0.2.0/24", "10.0.0.0/16"])).unwrap();
    assert_eq!(trust.decide(ip("10.0.0.1")), Decision::Require);
}
