//! The receiver of Kick's webhooks: each is proven to be Kick's, kept once, and acknowledged within a
//! second. What is done about it happens later, from what is kept.
//!
//! What each variable, status and metric means is written in this folder's README.

mod app;
pub use app::router;

mod config;
pub use config::{Config, Storage};

mod event;
pub use event::{KeptEvent, NewEvent};

mod intake;
pub use intake::Intake;

mod keys;
pub use keys::{KeyFileError, Signer};

mod metrics;
pub use metrics::Metrics;

mod operator;
pub use operator::operator_router;

mod server;
pub use server::{RunError, run};

mod store;
pub use store::{EmbeddedStore, EventStore, Kept, PostgresStore, StoreError, StoreFuture};

mod tunnel;
