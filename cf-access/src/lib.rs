//! lib
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "testing")]
pub mod testing;

mod access;
pub use access::{CfAccess, CfAccessBuilder};

mod audience;
pub use audience::Audience;

mod error;
pub use error::{ConfigError, KeySetError, TokenPart, VerifyError};

mod identity;
pub use identity::{AccessIdentity, ClientId, Principal, User};

mod keys;
pub use keys::{KeySet, SkipReason};

mod policy;
pub use policy::Policy;

mod team;
pub use team::TeamDomain;

mod team_keys;
pub use team_keys::TeamKeys;

mod claims;
mod header;
mod text;
mod token;
