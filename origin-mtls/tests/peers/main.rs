//! An origin of TLS, and those who come to it: OpenSSL and curl in Cloudflare's place, HAProxy and
//! nginx in front of it. Each test starts its own origin and its own peer, on loopback.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod accept;
mod certificates;
mod client;
mod haproxy;
mod live;
mod nginx;
mod resumption;
mod scene;
mod scripts;
mod server;
mod stack;
mod versions;
mod zone;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// The name that the origin's certificate has, and its clients ask for.
const HOST: &str = "origin.example.test";

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
