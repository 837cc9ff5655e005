//! The certificates of Cloudflare's Authenticated Origin Pulls: an authority of one's own, the client
//! certificate for Cloudflare, revocation, rotation, and a check before each upload.
//!
//! What each command does is written in this folder's README.

mod arguments;
pub use arguments::Arguments;

mod commands;
pub use commands::run;

mod error;
pub use error::Error;

mod authority;
mod certificate;
mod check;
mod dates;
mod files;
mod keys;
mod names;
mod pem;
mod revocation;
mod rotation;
mod verifier;
