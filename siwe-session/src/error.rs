mod config;
mod parse;
mod verify;

pub use config::ConfigError;
pub use parse::{Field, ParseError, Problem};
pub use verify::VerifyError;
