//! The stores of ids in Redis and in PostgreSQL: by themselves, under the layer, and under servers in
//! processes of their own. Each test starts its own server, on loopback.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod at_once;
mod contract;
mod failures;
mod full;
mod outages;
mod prefixes;
mod processes;
mod prune;
mod receiver;
mod restarts;
mod scene;
mod server;
mod storm;

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

/// The broadcaster whose events are ours.
const BROADCASTER: u64 = 7;

const EVENT_TYPE: &str = "channel.followed";
const BODY: &str = r#"{"broadcaster":{"user_id":7},"follower":{"user_id":8,"username":"eve"}}"#;

/// Waits for it, but not for ever. How long it takes proves nothing: what does not come would hang.
async fn within<T>(what: &str, awaited: impl Future<Output = T>) -> T {
    timeout(PATIENCE, awaited).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}

const PATIENCE: Duration = Duration::from_secs(60);
