use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::SystemTime;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::claims::{Claims, Field};
use crate::{Audience, ConfigError, VerifyError, text};

/// Who Cloudflare Access let in: the proof that [`CfAccess::verify`](crate::CfAccess::verify) gives,
/// and nothing else can make.
///
/// Cloning shares one value. `Debug` leaves out the e-mail address and the claims.
#[derive(Clone)]
pub struct AccessIdentity(Arc<Verified>);

/// What is known of a verified token.
pub(crate) struct Verified {
    pub(crate) principal: Principal,
    pub(crate) audience: Audience,
    pub(crate) issued_at: SystemTime,
    pub(crate) expires_at: SystemTime,
    pub(crate) country: Option<Box<str>>,
    pub(crate) payload: Vec<u8>,
}

impl AccessIdentity {
    pub(crate) fn new(verified: Verified) -> Self {
        Self(Arc::new(verified))
    }

    /// The identity that the layer put into a request's extensions: `of(request.extensions())`.
    ///
    /// # Errors
    ///
    /// What the layer found instead, if it let the request pass all the same
    /// ([`optional`](crate::tower::CfAccessLayer::optional),
    /// [`observe`](crate::tower::CfAccessLayer::observe)); [`VerifyError::MissingLayer`] if the
    /// request went through none.
    #[cfg(feature = "tower")]
    pub fn of(extensions: &http::Extensions) -> Result<&Self, VerifyError> {
        let Some(decision) = extensions.get::<Result<Self, VerifyError>>() else {
            #[cfg(feature = "tracing")]
            tracing::error!("no layer of cf-access is on the way to what asks for its proof");
            return Err(VerifyError::MissingLayer);
        };
        decision.as_ref().map_err(|error| *error)
    }

    /// The person or the service token.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }

    /// The person's e-mail address; `None` for a service token.
    ///
    /// Addresses are given to other people over time: key your own records by [`User::id`].
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        match self.principal() {
            Principal::User(user) => Some(user.email()),
            Principal::ServiceToken(_) => None,
        }
    }

    /// Which of the configured audiences the token is for.
    #[must_use]
    pub fn audience(&self) -> &Audience {
        &self.0.audience
    }

    /// When Access issued the token (`iat`).
    #[must_use]
    pub fn issued_at(&self) -> SystemTime {
        self.0.issued_at
    }

    /// From when on the token is refused, leeway aside (`exp`).
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.0.expires_at
    }

    /// The country that the person signed in from (ISO 3166-1 alpha-2), as Cloudflare saw it.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// All claims, read as `T`: for `custom` and what else the application needs.
    ///
    /// # Errors
    ///
    /// If the claims do not have the form of `T`.
    pub fn claims<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.0.payload)
    }

    /// Whether the attribute `claim` within `custom` is `value`, or an array that has it.
    pub(crate) fn has_group(&self, claim: &str, value: &str) -> bool {
        #[derive(Deserialize)]
        struct Custom {
            custom: BTreeMap<String, Value>,
        }

        let custom = self.claims().map_or_else(|_| BTreeMap::new(), |claims: Custom| claims.custom);
        match custom.get(claim) {
            Some(Value::String(group)) => group == value,
            Some(Value::Array(groups)) => groups.iter().any(|group| group == value),
            _ => false,
        }
    }
}

impl fmt::Debug for AccessIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessIdentity")
            .field("principal", self.principal())
            .field("audience", self.audience())
            .field("issued_at", &self.issued_at())
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

/// The two kinds of callers that Access lets in. A later version may know more: refuse a kind that
/// your service does not know.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Principal {
    /// A person, signed in with the team's identity provider.
    User(User),
    /// A machine, with a service token.
    ServiceToken(ClientId),
}

impl Principal {
    pub(crate) fn of(claims: &Claims<'_>) -> Result<Self, VerifyError> {
        let sub = claims.printable(Field::Sub)?;
        let email = claims.printable(Field::Email)?;
        let common_name = claims.printable(Field::CommonName)?;

        // A service token has an empty `sub`, no `email`, and its client id, which ends with
        // `.access`, as `common_name`; a person has the other two. What mixes them is neither.
        let is_client_id = common_name.is_some_and(|name| name.ends_with(ClientId::SUFFIX));
        match (sub.ok_or_else(|| Field::Sub.missing())?, email) {
            ("", None) => common_name
                .ok_or_else(|| Field::CommonName.missing())?
                .parse()
                .map(Self::ServiceToken)
                .map_err(|_| VerifyError::AmbiguousIdentity),
            ("", Some(_)) => Err(VerifyError::AmbiguousIdentity),
            _ if is_client_id => Err(VerifyError::AmbiguousIdentity),
            (_, None) => Err(Field::Email.missing()),
            (_, Some("")) => Err(Field::Email.invalid()),
            (id, Some(email)) => Ok(Self::User(User { id: id.into(), email: email.into() })),
        }
    }
}

/// A person, as the team's identity provider and Access know them.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct User {
    id: Box<str>,
    email: Box<str>,
}

impl User {
    /// The user id (`sub`): stays with the person, and changes if they are removed and added again.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The e-mail address, as the identity provider vouched for it.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The client id of a service token: `<32 hexadecimal digits>.access`. Not a secret.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ClientId(Box<str>);

impl ClientId {
    const SUFFIX: &str = ".access";

    /// The id, as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        text.strip_suffix(Self::SUFFIX)
            .filter(|id| text::is_visible(id))
            .map(|_| Self(text.into()))
            .ok_or(ConfigError::ClientId)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer)
    }
}
