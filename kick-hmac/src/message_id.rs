use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};

use crate::ConfigError;

/// A message's id, `Kick-Event-Message-Id`: a [ULID], and signed.
///
/// In its one canonical form alone: 26 characters of Crockford's base 32 in upper case, the first of
/// which is at most `7`. A lower-case letter would be another text under the signature and the same
/// id to whoever decodes it. Ids sort by the millisecond in which they were made.
///
/// [ULID]: https://github.com/ulid/spec
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MessageId([u8; Self::LENGTH]);

impl MessageId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // It is ASCII, so this never falls back.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(crate) const LENGTH: usize = 26;

    pub(crate) fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let id: [u8; Self::LENGTH] = text.try_into().ok()?;
        let fits = id[0] <= b'7' && id.iter().all(|byte| is_crockford(*byte));
        fits.then_some(Self(id))
    }
}

impl FromStr for MessageId {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text.as_bytes()).ok_or(ConfigError::MessageId)
    }
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The digits and letters but I, L, O and U.
const fn is_crockford(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'H' | b'J' | b'K' | b'M' | b'N' | b'P'..=b'T' | b'V'..=b'Z')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_form() {
        for good in [
            "01JQR5KV0QC94HMETWYNBWRW4Z",
            "00000000000000000000000000",
            "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        ] {
            let id: MessageId = good.parse().unwrap();
            assert_eq!(id.as_str(), good);
            assert_eq!((id.to_string(), format!("{id:?}")), (good.to_owned(), good.to_owned()));
        }
        for bad in [
            "",
            "01JQR5KV0QC94HMETWYNBWRW4",
            "01JQR5KV0QC94HMETWYNBWRW4ZZ",
            "01jqr5kv0qc94hmetwynbwrw4z",
            "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "01JQR5KV0QC94HMETWYNBWRW4.",
            "01JQR5KV0QC94HMETWYNBWRW4I",
            "01JQR5KV0QC94HMETWYNBWRW4L",
            "01JQR5KV0QC94HMETWYNBWRW4O",
            "01JQR5KV0QC94HMETWYNBWRW4U",
            " 1JQR5KV0QC94HMETWYNBWRW4Z",
        ] {
            assert_eq!(bad.parse::<MessageId>(), Err(ConfigError::MessageId), "{bad}");
        }
    }

    #[test]
    fn the_alphabet_is_crockfords() {
        let alphabet: Vec<u8> = (0..=255).filter(|byte| is_crockford(*byte)).collect();
        assert_eq!(alphabet, b"0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    }
}
