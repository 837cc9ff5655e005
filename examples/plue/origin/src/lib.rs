//! Plue's origin: answers its own Cloudflare zone, over mutual TLS, and nobody else. Certificates,
//! authorities and revocation lists are replaced while it runs.
//!
//! What each setting and status means is written in this folder's README.

mod config;
pub use config::Config;

mod ephemeral;
pub use ephemeral::EphemeralError;

mod material;
pub use material::{FileError, FileProblem};

mod server;
pub use server::{RunError, run};

mod app;
mod health;
mod reload;
mod user;
mod users;
