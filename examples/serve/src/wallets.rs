//! What sessions of wallets are made with.

mod secrets;
pub use secrets::{Secrets, SecretsError};

mod storage;
pub use storage::{NonceStorage, StorageError};
