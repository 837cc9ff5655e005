//! Three of the crates in a server on hyper, without axum: who Access let in (`cf-access`), what
//! Kick sent (`kick-hmac`), and from which address it came (`proxy-protocol`).
//!
//! What each variable, path and code means is written in this folder's README.

mod app;
pub use app::App;

mod config;
pub use config::Config;
pub use serve::{ConfigErrors, Problem};

mod health;
pub use health::{Counts, Health};

mod server;
pub use server::{RunError, run};

mod answer;
mod connections;
