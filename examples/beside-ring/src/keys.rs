//! The team's keys, read with the application's own HTTP client.

use std::time::Duration;

use cf_access::testing::Issuer;
use cf_access::{KeyStatus, TeamKeys};
use rustls::ClientConfig;

/// Keys that are read with a client on this TLS.
pub fn read(issuer: &Issuer, tls: ClientConfig) -> TeamKeys {
    // Whatever proxy the machine has is not for loopback.
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build();
    TeamKeys::reqwest(issuer.team().clone(), client.expect("a client")).expect("a runtime")
}

/// How they are doing when the first attempt to read them has ended, well or not.
pub async fn first_attempt(keys: &TeamKeys) -> KeyStatus {
    loop {
        let status = keys.status();
        if status.is_ready() || status.last_error.is_some() {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The token with another signature of the same length.
pub fn forged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    format!("{signed}.{}", "A".repeat(signature.len()))
}
