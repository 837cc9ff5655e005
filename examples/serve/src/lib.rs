//! What the servers of the examples share: how they begin and are asked to end, what they read from the
//! environment, what they count.

#[cfg(feature = "arguments")]
pub mod arguments;

#[cfg(feature = "database")]
mod database;
#[cfg(feature = "database")]
pub use database::{Database, UrlError};

mod environment;
pub use environment::{ConfigErrors, Environment, Problem, Setting, Source, SourceError};

mod outcomes;
pub use outcomes::Outcomes;

mod program;
pub use program::{main, variable};

mod reload;
pub use reload::reload_on;

mod shutdown;
pub use shutdown::{Draining, Signals, hangup};

#[cfg(feature = "tunnel")]
mod tunnel;
#[cfg(feature = "tunnel")]
pub use tunnel::Tunnel;

#[cfg(feature = "plue")]
pub mod plue;

#[cfg(feature = "wallets")]
pub mod wallets;
