//! The one database of Verifluence: its tables, and which of the servers may do what in it.
//!
//! Migrations are applied by `verifluence-migrate`, as the database's owner. The servers make no tables,
//! and each of them has a role that reaches its own alone.

mod migrations;
pub use migrations::{DatabaseError, check, migrate};
pub use serve::{Database, UrlError};

mod storage;
pub use storage::Storage;

mod store;
pub use store::{Store, Unavailable};

#[cfg(feature = "testing")]
pub mod testing;
