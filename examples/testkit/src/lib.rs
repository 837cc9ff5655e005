//! What the tests of the examples share: peers that they start on loopback, and certificates.
//!
//! A peer that does not start fails the test at once, with what the peer wrote.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what the tests stand on fails as they do: by panicking"
)]

pub mod chaos;
pub mod folder;
pub mod haproxy;
pub mod issuer;
pub mod nginx;
pub mod openssh;
pub mod pki;
pub mod port;
pub mod postgres;
pub mod process;
pub mod redis;
pub mod runbook;
pub mod traffic;
