mod config;
mod identity;
mod parse;
mod session;
mod sign_in;
mod verify;

pub use config::ConfigError;
pub use identity::IdentityError;
pub use parse::{Field, ParseError, Problem};
pub use session::SessionError;
pub use sign_in::{LoginDenied, SignInError};
pub use verify::VerifyError;
