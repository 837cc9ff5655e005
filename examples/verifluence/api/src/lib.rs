//! A public API that people use with their wallets: a front end on an origin of its own signs them in
//! here, and holds their session.
//!
//! What each variable, status and code means is written in this folder's README.

mod app;
pub use app::{App, router};

mod config;
pub use config::Config;
pub use serve::{ConfigErrors, Problem};

mod health;
pub use health::{Counters, health_router};

mod people;
pub use people::{People, PeopleError};

mod server;
pub use server::{RunError, behind_tunnel, run};

mod stores;
pub use stores::{Limits, Stores};

mod caller;
mod error;
mod impersonations;
mod operators;
mod streams;
mod watchlists;
