//! What sessions of wallets are made with.

use std::time::Duration;

mod old_sessions;
pub use old_sessions::{OldSessionTable, OldSessionTableError};

mod secrets;
pub use secrets::{Secrets, SecretsError};

mod storage;
pub use storage::{NonceStorage, StorageError};

/// How long a store may take to answer, and how many connections to it there are.
const ANSWER: Duration = Duration::from_secs(1);
const CONNECTIONS: u32 = 8;

/// How long a store may take to be there when the server begins.
const START: Duration = Duration::from_secs(10);
