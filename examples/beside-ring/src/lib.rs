//! The application: TLS by rustls on ring, JWTs by `jsonwebtoken` on `rust_crypto`, and no provider
//! installed. What it proves is in `tests/`.

pub mod issuer;
pub mod keys;
pub mod tls;
