use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::ConfigError;

/// The Application Audience (AUD) tag of an Access application.
///
/// All applications of a team are signed with the same keys, so this tag alone keeps a token of one
/// application out of another. The dashboard shows it under the application's additional settings:
/// 64 hexadecimal digits. Any 1 to 128 visible ASCII characters parse, and are compared byte for
/// byte.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Audience(Arc<str>);

impl Audience {
    /// The tag, as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Audience {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        crate::text::is_visible(text).then(|| Self(text.into())).ok_or(ConfigError::Audience)
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Audience {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize(deserializer)
    }
}
