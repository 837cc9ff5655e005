use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use cf_access::{AccessIdentity, Principal};
use serde::Serialize;

use crate::error::ApiError;

/// Who calls. Every handler takes one, so that none runs without.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Proven by Access.
    Access(AccessIdentity),
    /// Somebody who has the old secret: nobody can say who.
    Secret,
}

impl Caller {
    /// Notes that the secret was right.
    pub(crate) fn admit_by_secret(extensions: &mut Extensions) {
        extensions.insert(BySecret);
    }

    /// What is written down of them.
    pub(crate) fn author(&self) -> Result<Author, ApiError> {
        match self {
            Self::Access(identity) => Author::of(identity),
            Self::Secret => Ok(Author::AdminSecret),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match AccessIdentity::of(&parts.extensions) {
            Ok(identity) => Ok(Self::Access(identity.clone())),
            Err(_) if parts.extensions.get::<BySecret>().is_some() => Ok(Self::Secret),
            Err(error) => Err(ApiError::Access(error)),
        }
    }
}

#[derive(Clone, Copy)]
struct BySecret;

/// Who did something, in a form to keep. The id of a person, since an address may become another's.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Author {
    AdminSecret,
    ServiceToken(String),
    User(String),
}

impl Author {
    pub(crate) fn of(identity: &AccessIdentity) -> Result<Self, ApiError> {
        match identity.principal() {
            Principal::User(user) => Ok(Self::User(user.id().to_owned())),
            Principal::ServiceToken(client_id) => {
                Ok(Self::ServiceToken(client_id.as_str().to_owned()))
            }
            // A kind of caller that this service does not know is not let in.
            _ => Err(ApiError::Access(cf_access::VerifyError::Denied)),
        }
    }
}

/// As it is written down.
impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AdminSecret => f.write_str("admin_secret"),
            Self::ServiceToken(client_id) => write!(f, "service_token:{client_id}"),
            Self::User(id) => write!(f, "user:{id}"),
        }
    }
}
