//! What an operator is told.

use std::time::{Duration, SystemTime};

use rustls::ServerConnection;

use crate::client::{TLS13, config};
use crate::handshake::shake;
use crate::zone::{Client, Zone, trusting};

fn connect(origin: &origin_mtls::OriginMtls, zone: &Zone, client: &Client) {
    let config = std::sync::Arc::new(config(zone, Some(client), TLS13));
    let mut client =
        rustls::ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let mut server = ServerConnection::new(origin.server_config()).unwrap();
    shake(&mut client, &mut server).unwrap();
    origin.established(&server).unwrap();
}

#[test]
fn the_status_tells_which_key_was_seen_last() {
    let (old, new) = (Zone::new("old"), Zone::new("new"));
    let origin = old.builder().build().unwrap();
    let status = origin.status();
    assert_eq!((status.generation, status.anchors.len(), status.clients.len()), (1, 1, 0));
    assert!(status.since <= SystemTime::now());
    assert!(status.anchors[0].crl_next_update.is_none());

    let (first, second) = (old.client(1), new.client(2));
    connect(&origin, &old, &first);
    let both = trusting(&[&old, &new]).crls(old.crl(1, &[]));
    // With a list for one authority, the other needs one too.
    origin.reload(both.build().unwrap(), &old.server()).unwrap();
    let status = origin.status();
    assert_eq!((status.generation, status.anchors.len()), (2, 2));
    assert!(status.anchors[0].crl_next_update.unwrap() > SystemTime::now());
    assert!(status.anchors[1].crl_next_update.is_none());

    origin.reload(trusting(&[&old, &new]).build().unwrap(), &old.server()).unwrap();
    connect(&origin, &old, &second);
    let pins = |status: origin_mtls::OriginStatus| {
        status.clients.iter().map(|client| client.pin).collect::<Vec<_>>()
    };
    assert_eq!(pins(origin.status()), [second.pin(), first.pin()]);
    connect(&origin, &old, &first);
    assert_eq!(pins(origin.status()), [first.pin(), second.pin()]);
    let seen = origin.status().clients[0].last_seen;
    assert!(seen <= SystemTime::now() && seen >= origin.status().clients[1].last_seen);
}

#[test]
fn only_the_last_sixteen_keys_are_kept() {
    let zone = Zone::new("zone");
    let origin = zone.origin();
    let clients: Vec<_> = (0..18).map(|serial| zone.client(serial + 1)).collect();
    for client in &clients {
        connect(&origin, &zone, client);
    }
    let status = origin.status();
    assert_eq!(status.clients.len(), 16);
    assert_eq!(status.clients[0].pin, clients[17].pin());
    assert_eq!(status.clients[15].pin, clients[2].pin());
}

#[test]
fn the_days_to_expiry_are_those_of_the_first_certificate() {
    let day = Duration::from_secs(24 * 60 * 60);
    let now = SystemTime::now();
    let zone = Zone::new("zone");
    let origin = zone.origin();
    let far = origin.status().days_to_expiry(now).unwrap();
    assert!(far > 365, "{far}");
    let client = zone.client_with(7, |params| {
        params.not_after = (now + 10 * day + Duration::from_secs(3600)).into();
    });
    connect(&origin, &zone, &client);
    let status = origin.status();
    assert_eq!(status.days_to_expiry(now), Some(10));
    assert_eq!(status.days_to_expiry(now + 10 * day), Some(0));
    assert_eq!(status.days_to_expiry(now + 11 * day), Some(0));
    // Of clients the last one counts: the one before may have been replaced.
    connect(&origin, &zone, &zone.client(8));
    assert_eq!(origin.status().days_to_expiry(now), Some(far));
}
