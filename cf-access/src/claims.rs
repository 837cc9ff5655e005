use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::{TokenPart, VerifyError};

/// The claims of a payload whose signature held: RFC 7519 §4.1, and "Application token" in
/// Cloudflare's documentation.
#[derive(Debug, Default)]
pub(crate) struct Claims<'a> {
    values: [Option<Json<'a>>; Field::Other as usize],
}

impl<'a> Claims<'a> {
    /// Reads a JSON object in which no claim of [`Field`] is there twice, and nothing is nested
    /// beyond the 128 levels that `serde_json` follows.
    pub(crate) fn read(payload: &'a [u8]) -> Result<Self, VerifyError> {
        // Checked as a whole, since a value that is stepped over is not.
        str::from_utf8(payload)
            .ok()
            .and_then(|json| serde_json::from_str(json).ok())
            .ok_or(VerifyError::Malformed(TokenPart::Claims))
    }

    fn value(&self, name: Field) -> Option<&Json<'a>> {
        self.values.get(name as usize)?.as_ref()
    }

    /// The audiences: RFC 7519 §4.1.3, a string or an array of strings.
    pub(crate) fn aud(&self) -> Result<&[Cow<'a, str>], VerifyError> {
        match self.value(Field::Aud) {
            None => Err(Field::Aud.missing()),
            Some(Json::Text(aud)) => Ok(std::slice::from_ref(aud)),
            Some(Json::Texts(aud)) => Ok(aud),
            Some(_) => Err(Field::Aud.invalid()),
        }
    }

    pub(crate) fn text(&self, name: Field) -> Result<Option<&str>, VerifyError> {
        match self.value(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(name.invalid()),
        }
    }

    /// A string without control characters, which could forge a line of somebody's log.
    pub(crate) fn printable(&self, name: Field) -> Result<Option<&str>, VerifyError> {
        match self.text(name)? {
            Some(text) if text.contains(char::is_control) => Err(name.invalid()),
            text => Ok(text),
        }
    }

    /// A time since the epoch: RFC 7519 §2, but whole seconds only, as Access sends them, and not
    /// beyond the year 9999.
    pub(crate) fn date(&self, name: Field) -> Result<Option<Duration>, VerifyError> {
        match self.value(name) {
            None => Ok(None),
            Some(Json::Integer(seconds @ ..=253_402_300_799)) => {
                Ok(Some(Duration::from_secs(*seconds)))
            }
            Some(_) => Err(name.invalid()),
        }
    }
}

impl<'de> Deserialize<'de> for Claims<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Claims<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims<'de>, A::Error> {
                let mut claims = Claims::default();
                while let Some(name) = map.next_key::<Field>()? {
                    let value = map.next_value()?;
                    // RFC 7519 §4: a claim is there once, or the payload is refused.
                    if let Some(claim) = claims.values.get_mut(name as usize)
                        && claim.replace(value).is_some()
                    {
                        return Err(A::Error::duplicate_field(name.as_str()));
                    }
                }
                Ok(claims)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// The claims that are read; [`Field::Other`] ones are stepped over.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
pub(crate) enum Field {
    Aud,
    CommonName,
    Country,
    Email,
    Exp,
    Iat,
    Iss,
    Nbf,
    Sub,
    Type,
    #[serde(other)]
    Other,
}

impl Field {
    pub(crate) fn missing(self) -> VerifyError {
        VerifyError::MissingClaim(self.as_str())
    }

    pub(crate) fn invalid(self) -> VerifyError {
        VerifyError::InvalidClaim(self.as_str())
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Aud => "aud",
            Self::CommonName => "common_name",
            Self::Country => "country",
            Self::Email => "email",
            Self::Exp => "exp",
            Self::Iat => "iat",
            Self::Iss => "iss",
            Self::Nbf => "nbf",
            Self::Sub => "sub",
            Self::Type => "type",
            Self::Other => "other",
        }
    }
}

/// A value, as far as a claim can have it. A wrong type is kept as [`Json::Other`], so that the
/// refusal can name the claim.
#[derive(Debug)]
pub(crate) enum Json<'a> {
    Integer(u64),
    Text(Cow<'a, str>),
    Texts(Vec<Cow<'a, str>>),
    Other,
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Json<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
                Ok(Json::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
                Ok(Json::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_u64<E>(self, integer: u64) -> Result<Json<'de>, E> {
                Ok(Json::Integer(integer))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Json<'de>, E> {
                Ok(Json::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Json<'de>, E> {
                Ok(Json::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Json<'de>, E> {
                Ok(Json::Other)
            }

            fn visit_unit<E>(self) -> Result<Json<'de>, E> {
                Ok(Json::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
                let mut texts = Some(Vec::new());
                while let Some(element) = seq.next_element()? {
                    match (element, &mut texts) {
                        (Json::Text(text), Some(texts)) => texts.push(text),
                        _ => texts = None,
                    }
                }
                Ok(texts.map_or(Json::Other, Json::Texts))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
                // `IgnoredAny` for the names only: it follows any depth of values.
                while map.next_entry::<serde::de::IgnoredAny, Json<'_>>()?.is_some() {}
                Ok(Json::Other)
            }
        }

        deserializer.deserialize_any(Any)
    }
}
