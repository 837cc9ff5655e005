//! With the feature `fetch`, rustls has two providers, and an application names the one it wants.

use std::sync::Arc;

use beside_ring::tls::{Localhost, handshake};
use beside_ring::{issuer, keys};
use cf_access::TeamKeys;
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, ConfigBuilder, ServerConfig, WantsVerifier};

#[test]
#[should_panic(expected = "Could not automatically determine the process-level CryptoProvider")]
fn an_application_that_names_no_provider_panics() {
    let _ = ClientConfig::builder();
}

#[tokio::test]
async fn tls_works_for_an_application_that_names_its_provider() {
    let localhost = Localhost::new();
    let client = localhost.client(client());
    assert_eq!(handshake(localhost.server(server()), client).await.unwrap(), "ping");
}

#[tokio::test]
async fn reads_the_keys_over_the_tls_of_the_application() {
    let localhost = Localhost::new();
    let issuer = issuer::tls(localhost.server(server())).await;
    let keys = keys::read(&issuer, localhost.client(client()));
    assert!(keys::first_attempt(&keys).await.is_ready());
}

#[test]
fn a_client_of_reqwest_that_names_no_provider_is_still_made() {
    reqwest::Client::builder().build().unwrap();
    assert!(CryptoProvider::get_default().is_none());
}

#[tokio::test]
async fn fetch_reads_the_keys_and_installs_no_provider() {
    let issuer = issuer::plain().await;
    let keys = TeamKeys::fetch(issuer.team().clone()).unwrap();
    assert!(keys::first_attempt(&keys).await.is_ready());
    assert!(CryptoProvider::get_default().is_none());
}

#[tokio::test]
async fn fetch_trusts_the_roots_of_the_system_alone_and_installs_no_provider() {
    let issuer = issuer::tls(Localhost::new().server(server())).await;
    let keys = TeamKeys::fetch(issuer.team().clone()).unwrap();
    let status = keys::first_attempt(&keys).await;
    assert!(!status.is_ready());
    assert_eq!(status.last_error.unwrap().code(), "connection");
    assert!(CryptoProvider::get_default().is_none());
}

fn client() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
}

fn server() -> ConfigBuilder<ServerConfig, WantsVerifier> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
}
