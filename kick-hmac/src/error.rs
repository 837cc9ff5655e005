mod config;
mod verify;

pub use config::{ConfigError, KeyError};
pub use verify::VerifyError;
