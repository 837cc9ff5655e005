//! Measures the hot paths of the crates against the best peers and the raw primitive, over the same
//! bytes and in one run: `cargo run --release --bin ratios -- [group]`.

pub mod allocations;
pub mod cf_access;
pub mod kick_hmac;
pub mod measure;
pub mod origin_mtls;
pub mod proxy_protocol;
pub mod siwe_session;
