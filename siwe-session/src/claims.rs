use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::ConfigError;

/// What an application adds to a session before it exists, as the names of roles: signed with it, and
/// readable by whoever holds it.
///
/// At most 16 claims: names of 1 to 64 bytes, values, and 1024 bytes of both together.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Claims(BTreeMap<String, String>);

impl Claims {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more, in the place of one that has this name.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Claims`] over a limit.
    pub fn with(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        self.0.insert(name.into(), value.into());
        let names_fit = self.0.keys().all(|name| (1..=MAX_NAME).contains(&name.len()));
        // What JSON writes in six bytes counts as six.
        let bytes = |text: &String| -> usize {
            text.chars().map(|char| if needs_escape(char) { 6 } else { char.len_utf8() }).sum()
        };
        let size: usize = self.0.iter().flat_map(|(name, value)| [name, value]).map(bytes).sum();
        if names_fit && self.0.len() <= MAX_CLAIMS && size <= MAX_SIZE {
            Ok(self)
        } else {
            Err(ConfigError::Claims)
        }
    }

    /// The value of the claim with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Within the same limits, and with each name once.
impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
                let mut claims = Claims::new();
                while let Some((name, value)) = map.next_entry::<String, String>()? {
                    if claims.get(&name).is_some() {
                        return Err(A::Error::custom("each claim has its own name"));
                    }
                    claims = claims.with(name, value).map_err(A::Error::custom)?;
                }
                Ok(claims)
            }
        }

        deserializer.deserialize_map(Names)
    }
}

fn needs_escape(char: char) -> bool {
    char < ' ' || char == '"' || char == '\\'
}

const MAX_CLAIMS: usize = 16;
const MAX_NAME: usize = 64;
const MAX_SIZE: usize = 1024;
