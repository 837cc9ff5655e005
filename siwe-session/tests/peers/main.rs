//! The stores of nonces in Redis and in PostgreSQL, by themselves and in sign-ins. Each test starts its own server, on
//! loopback.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod at_once;
mod behind_proxies;
mod contract;
mod expiry;
mod full;
mod instances;
mod outages;
mod prefixes;
mod prune;
mod restarts;
mod scene;
mod servers;
mod sessions;
mod sign_ins;

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

/// Waits for it, but not for ever. How long it takes proves nothing: what does not come would hang.
async fn within<T>(what: &str, awaited: impl Future<Output = T>) -> T {
    timeout(PATIENCE, awaited).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}

const PATIENCE: Duration = Duration::from_secs(60);
