use alloy_primitives::Address;
use http::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue};

use crate::ConfigError;

/// The header by which an edge tells an origin who is signed in: the address, in the form of EIP-55.
///
/// Anyone can send such a header. So the edge takes every form of it away from every request, and sets
/// it anew; and the origin believes it only with a proof of who sent it
/// ([`IdentityTrust`](crate::IdentityTrust)).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdentityHeader(HeaderName);

impl IdentityHeader {
    /// The header with this name, which begins with `x-`, as in `x-plue-user-address`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::HeaderName`] for any other, and for names with `_`.
    pub fn new(name: &str) -> Result<Self, ConfigError> {
        let name = HeaderName::try_from(name).map_err(|_| ConfigError::HeaderName)?;
        let is_own = name.as_str().strip_prefix("x-").is_some_and(|rest| !rest.is_empty());
        if !is_own || name.as_str().contains('_') {
            return Err(ConfigError::HeaderName);
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &HeaderName {
        &self.0
    }

    /// Takes every form of the header away, with all of its values: names have no case (RFC 9110 §5.1),
    /// and CGI and its heirs know `-` and `_` as one (RFC 3875 §4.1.18), some of them `.` and all other
    /// signs too.
    ///
    /// The header `Connection` does not name it any more either: what that names, the next proxy takes
    /// away (RFC 9110 §7.6.1), and it would take away what is set here.
    pub fn remove(&self, headers: &mut HeaderMap) {
        while let Some(name) = headers.keys().find(|name| self.is_form(name.as_str())).cloned() {
            headers.remove(name);
        }
        if headers.contains_key(CONNECTION) {
            self.remove_from_connection(headers);
        }
    }

    /// Whether it is a form of the header, or the one that may name it.
    #[cfg(feature = "tower")]
    #[inline]
    pub(crate) fn concerns(&self, name: &HeaderName) -> bool {
        self.is_form(name.as_str()) || name == CONNECTION
    }

    /// Takes every form of it away, and says who is signed in.
    pub fn set(&self, headers: &mut HeaderMap, address: Address) {
        self.remove(headers);
        self.insert(headers, &address.to_checksum(None));
    }

    pub(crate) fn insert(&self, headers: &mut HeaderMap, value: &str) {
        // What this crate sets is ASCII without control characters.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(self.0.clone(), value);
        }
    }

    #[inline]
    fn is_form(&self, name: &str) -> bool {
        let own = self.0.as_str();
        name.len() == own.len()
            && name.bytes().zip(own.bytes()).all(|(byte, own)| {
                byte.to_ascii_lowercase() == own
                    || (!own.is_ascii_alphanumeric() && !byte.is_ascii_alphanumeric())
            })
    }

    fn remove_from_connection(&self, headers: &mut HeaderMap) {
        let names_it = |value: &HeaderValue| {
            // What is not text may name anything.
            value.to_str().is_err() || self.options(value).any(|option| self.is_form(option))
        };
        if !headers.get_all(CONNECTION).iter().any(names_it) {
            return;
        }
        let values: Vec<_> = headers.get_all(CONNECTION).iter().cloned().collect();
        headers.remove(CONNECTION);
        for value in &values {
            let kept: Vec<_> = self.options(value).filter(|option| !self.is_form(option)).collect();
            if let Ok(value) = HeaderValue::try_from(kept.join(", "))
                && !value.is_empty()
            {
                headers.append(CONNECTION, value);
            }
        }
    }

    fn options<'a>(&self, value: &'a HeaderValue) -> impl Iterator<Item = &'a str> {
        let options = value.to_str().unwrap_or_default().split(',').map(str::trim);
        options.filter(|option| !option.is_empty())
    }
}
