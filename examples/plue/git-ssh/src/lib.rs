//! Git over SSH behind Cloudflare Spectrum: takes the client's address from who may tell it, bounds
//! and logs by it, and hands the stream to an sshd on loopback.
//!
//! What each setting and code means is written in this folder's README.

mod config;
pub use config::{Config, SshdAddress, SshdAddressError};

mod server;
pub use server::{RunError, run};

mod admission;
mod caller;
mod carry;
mod client_network;
mod descriptors;
mod places;
mod rate;
mod session;
