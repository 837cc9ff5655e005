//! Plue's edge: wallets sign in here, and the origin behind it is told who asks, in one header that
//! nobody else can set.
//!
//! What each setting and status means is written in this folder's README.

mod app;
pub use app::{guard, relay, router};

mod config;
pub use config::Config;

mod proxy;
pub use proxy::{Upstream, UpstreamBuilder, UpstreamError};

mod server;
pub use assertion::AssertionError;
pub use server::{RunError, run};

mod visitor;
pub use visitor::visitors;

mod assertion;
mod demo;
mod health;
mod page;
