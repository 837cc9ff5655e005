//! What the servers of the examples share: how they are asked to end, what they read from the
//! environment, what they count.

mod environment;
pub use environment::{ConfigErrors, Environment, Problem, Setting, Source, SourceError};

mod outcomes;
pub use outcomes::Outcomes;

mod shutdown;
pub use shutdown::{Draining, Signals, hangup};

#[cfg(feature = "wallets")]
pub mod wallets;
