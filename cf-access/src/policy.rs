use std::fmt;
use std::sync::Arc;

use crate::{AccessIdentity, ClientId, ConfigError, Principal};

/// Who may pass, of those whom Access let in: asked of the verified identity, after every other
/// check.
///
/// A policy only ever allows. There is no "not": a group may be missing from a token because it did
/// not fit in, so its absence proves nothing.
///
/// ```
/// use cf_access::Policy;
///
/// let deploy_bot = "e367826f93b8d71185e03fe518aff3b4.access".parse()?;
/// let policy = Policy::email_domain("verifluence.io")?
///     .and(Policy::group("groups", "admins")?)
///     .or(Policy::service_token(deploy_bot));
/// # Ok::<(), cf_access::ConfigError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Policy(Arc<Rule>);

enum Rule {
    And(Policy, Policy),
    Country(Box<str>),
    Custom(Box<dyn Fn(&AccessIdentity) -> bool + Send + Sync>),
    Email(Box<str>),
    EmailDomain(Box<str>),
    Group { claim: Box<str>, value: Box<str> },
    Or(Policy, Policy),
    ServiceToken(ClientId),
    UserId(Box<str>),
}

impl Policy {
    /// People with an address at this domain, and not at one below it. ASCII case does not matter.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Email`] if this is not a host name in ASCII, such as `example.com`.
    pub fn email_domain(domain: &str) -> Result<Self, ConfigError> {
        let is_domain = domain.split('.').count() > 1
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
        is_domain.then(|| Self::of(Rule::EmailDomain(domain.into()))).ok_or(ConfigError::Email)
    }

    /// The person with this address. ASCII case does not matter.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Email`] if this is not an address such as `name@example.com`.
    pub fn email(address: &str) -> Result<Self, ConfigError> {
        domain_of(address).ok_or(ConfigError::Email)?;
        Ok(Self::of(Rule::Email(address.into())))
    }

    /// The person with this user id (`sub`).
    ///
    /// # Errors
    ///
    /// [`ConfigError::UserId`] if it is empty.
    pub fn user_id(id: &str) -> Result<Self, ConfigError> {
        if id.is_empty() { Err(ConfigError::UserId) } else { Ok(Self::of(Rule::UserId(id.into()))) }
    }

    /// The service token with this client id.
    pub fn service_token(client_id: ClientId) -> Self {
        Self::of(Rule::ServiceToken(client_id))
    }

    /// People who signed in from this country (ISO 3166-1 alpha-2, in upper case).
    ///
    /// # Errors
    ///
    /// [`ConfigError::Country`] if it is not two upper-case letters.
    pub fn country(country: &str) -> Result<Self, ConfigError> {
        let is_country =
            country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        is_country.then(|| Self::of(Rule::Country(country.into()))).ok_or(ConfigError::Country)
    }

    /// People whose attribute `claim` within the claim `custom` is `value`, or an array that has it.
    ///
    /// Allow-only: Access leaves attributes out of a token that would outgrow its cookie.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Group`] if either is empty.
    pub fn group(claim: &str, value: &str) -> Result<Self, ConfigError> {
        if claim.is_empty() || value.is_empty() {
            return Err(ConfigError::Group);
        }
        Ok(Self::of(Rule::Group { claim: claim.into(), value: value.into() }))
    }

    /// Whoever this function says may pass. It runs on the request's path: no I/O.
    pub fn custom(allows: impl Fn(&AccessIdentity) -> bool + Send + Sync + 'static) -> Self {
        Self::of(Rule::Custom(Box::new(allows)))
    }

    /// Whom both allow.
    pub fn and(self, other: Self) -> Self {
        Self::of(Rule::And(self, other))
    }

    /// Whom either allows.
    pub fn or(self, other: Self) -> Self {
        Self::of(Rule::Or(self, other))
    }

    /// Whether this identity may pass.
    #[must_use]
    pub fn allows(&self, identity: &AccessIdentity) -> bool {
        let user = match identity.principal() {
            Principal::User(user) => Some(user),
            Principal::ServiceToken(_) => None,
        };
        match &*self.0 {
            Rule::And(one, other) => one.allows(identity) && other.allows(identity),
            Rule::Country(country) => identity.country() == Some(country),
            Rule::Custom(allows) => allows(identity),
            Rule::Email(address) => {
                user.is_some_and(|user| user.email().eq_ignore_ascii_case(address))
            }
            Rule::EmailDomain(domain) => user
                .and_then(|user| domain_of(user.email()))
                .is_some_and(|of_user| of_user.eq_ignore_ascii_case(domain)),
            Rule::Group { claim, value } => user.is_some() && identity.has_group(claim, value),
            Rule::Or(one, other) => one.allows(identity) || other.allows(identity),
            Rule::ServiceToken(client_id) => {
                *identity.principal() == Principal::ServiceToken(client_id.clone())
            }
            Rule::UserId(id) => user.is_some_and(|user| user.id() == &**id),
        }
    }

    fn of(rule: Rule) -> Self {
        Self(Arc::new(rule))
    }
}

impl fmt::Debug for Policy {
    /// The structure; whom it names may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Rule::And(one, other) => write!(f, "({one:?} and {other:?})"),
            Rule::Country(_) => f.write_str("country"),
            Rule::Custom(_) => f.write_str("custom"),
            Rule::Email(_) => f.write_str("email"),
            Rule::EmailDomain(_) => f.write_str("email_domain"),
            Rule::Group { .. } => f.write_str("group"),
            Rule::Or(one, other) => write!(f, "({one:?} or {other:?})"),
            Rule::ServiceToken(_) => f.write_str("service_token"),
            Rule::UserId(_) => f.write_str("user_id"),
        }
    }
}

/// The domain of an address whose local part is a dot-atom or a quoted string (RFC 5321 §4.1.2,
/// RFC 6531 §3.3). Anything else, such as two addresses in one, has none.
fn domain_of(address: &str) -> Option<&str> {
    let (local, domain) = address.rsplit_once('@')?;
    let quoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let is_local = match quoted {
        // RFC 5321 §4.1.2: a quote or a backslash within is escaped by a backslash.
        Some(content) => {
            let mut escaped = false;
            let unescaped_quote = content.chars().any(|c| {
                let is_quote = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                is_quote
            });
            !unescaped_quote && !escaped
        }
        None => local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext)),
    };
    (is_local && !domain.is_empty()).then_some(domain)
}

fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(c)
        || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
}
