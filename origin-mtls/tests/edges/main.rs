//! Over rustls: handshakes, connections and requests, in this process and on loopback.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod axum;
mod bounds;
mod client;
mod configuration;
mod handshake;
mod hosts;
mod hyper;
mod layer;
mod live;
mod logs;
mod observe;
mod reload;
mod resumption;
mod stack;
mod status;
mod stream;
mod tonic;
mod zone;

use std::sync::{Arc, Mutex};

use origin_mtls::{OriginMtls, OriginMtlsBuilder};
use rustls::crypto::{CryptoProvider, aws_lc_rs};

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The outcomes that a handle tells of.
#[derive(Clone, Default)]
struct Outcomes(Arc<Mutex<Vec<&'static str>>>);

impl Outcomes {
    fn of(builder: OriginMtlsBuilder) -> (OriginMtls, Self) {
        let outcomes = Self::default();
        let heard = outcomes.clone();
        let builder = builder.on_outcome(move |outcome| heard.0.lock().unwrap().push(outcome));
        (builder.build().unwrap(), outcomes)
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// Waits for as many as that, which other tasks tell of.
    async fn wait_for(&self, count: usize) -> Vec<&'static str> {
        while self.0.lock().unwrap().len() < count {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        self.take()
    }
}
