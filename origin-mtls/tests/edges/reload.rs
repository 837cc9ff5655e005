//! A reload is for new connections at once, in whole or not at all, and none is lost by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Version;
use origin_mtls::{ConfigError, ServerCertificate};
use rustls::crypto::CryptoProvider;

use crate::axum::{app, serve};
use crate::client::{self, Http, TLS13, config};
use crate::zone::{Zone, trusting};
use crate::{Outcomes, provider};

#[tokio::test]
async fn new_connections_are_held_to_it_at_once() {
    let (old, new) = (Zone::new("old"), Zone::new("new"));
    let (origin, outcomes) = Outcomes::of(old.builder());
    let address = serve(&origin, app()).await;
    let (of_old, of_new) = (old.client(7), new.client(8));
    let is_served = async |client| {
        client::get(address, config(&old, Some(client), TLS13), "/plain").await.is_some()
    };
    for (policy, expected) in [
        (old.policy(), [true, false]),
        // A rotation: both, in either order, then the new one alone.
        (trusting(&[&old, &new]), [true, true]),
        (trusting(&[&new, &old]), [true, true]),
        (new.policy(), [false, true]),
        (trusting(&[&old, &new]).pin(of_new.pin()), [false, true]),
        (old.policy().crls(old.crl(1, &[])), [true, false]),
        (old.policy().crls(old.crl(2, &[7])), [false, false]),
        (old.policy().common_name("client 7"), [true, false]),
    ] {
        origin.reload(policy.build().unwrap(), &old.server()).unwrap();
        assert_eq!([is_served(&of_old).await, is_served(&of_new).await], expected);
        let codes = outcomes.wait_for(2).await;
        assert_eq!(codes.iter().filter(|code| **code == "accepted").count(), {
            expected.iter().filter(|accepted| **accepted).count()
        });
    }
}

#[tokio::test]
async fn what_cannot_be_used_leaves_everything_as_it_was() {
    let (zone, other) = (Zone::new("zone"), Zone::new("other"));
    let origin = zone.origin();
    let address = serve(&origin, app()).await;
    let mut provider = CryptoProvider::clone(&provider());
    provider.cipher_suites.clear();
    let (certificate, key) = zone.server_pem("localhost");
    let useless = ServerCertificate::from_pem(certificate, key, Arc::new(provider)).unwrap();
    let failed = origin.reload(other.policy().build().unwrap(), &useless);
    assert_eq!(failed, Err(ConfigError::Provider));
    assert_eq!(origin.status().generation, 1);
    for (client, is_served) in [(zone.client(1), true), (other.client(1), false)] {
        let answer = client::get(address, config(&zone, Some(&client), TLS13), "/plain").await;
        assert_eq!(answer.is_some(), is_served);
    }
}

#[tokio::test]
async fn the_server_s_certificate_is_another_one_afterwards() {
    let (zone, other) = (Zone::new("zone"), Zone::new("other"));
    let origin = zone.origin();
    let address = serve(&origin, app()).await;
    let client = zone.client(7);
    let trusts = async |server: &Zone| {
        client::get(address, config(server, Some(&client), TLS13), "/plain").await.is_some()
    };
    assert_eq!([trusts(&zone).await, trusts(&other).await], [true, false]);
    origin.reload(zone.policy().build().unwrap(), &other.server()).unwrap();
    assert_eq!([trusts(&zone).await, trusts(&other).await], [false, true]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_handshakes_during_reloads_lose_none() {
    let (old, new) = (Zone::new("old"), Zone::new("new"));
    let origin = old.builder().max_pending_per_peer(1024).build().unwrap();
    origin.reload(trusting(&[&old, &new]).build().unwrap(), &old.server()).unwrap();
    let address = serve(&origin, app()).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let reloads = {
        let (origin, is_over) = (origin.clone(), Arc::clone(&is_over));
        let certificate = old.server();
        let policies = [trusting(&[&old, &new]), trusting(&[&new, &old])]
            .map(|policy| policy.build().unwrap());
        tokio::spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                for policy in &policies {
                    origin.reload(policy.clone(), &certificate).unwrap();
                }
                tokio::task::yield_now().await;
            }
        })
    };
    let clients: Vec<_> =
        [config(&old, Some(&old.client(1)), TLS13), config(&old, Some(&new.client(2)), TLS13)]
            .into_iter()
            .flat_map(|config| (0..10).map(move |_| config.clone()))
            .map(|config| {
                tokio::spawn(async move {
                    for _ in 0..50 {
                        let http = Http::connect(address, config.clone(), Version::HTTP_11).await;
                        let answer = http.expect("a handshake").get("/whoami").await;
                        assert_eq!(answer.expect("an answer").status(), 200);
                    }
                })
            })
            .collect();
    for client in clients {
        client.await.unwrap();
    }
    is_over.store(true, Ordering::Relaxed);
    reloads.await.unwrap();
    assert!(origin.status().generation > 2);
}
