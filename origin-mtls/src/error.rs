mod config;
mod verify;

pub use self::config::ConfigError;
pub use self::verify::VerifyError;
