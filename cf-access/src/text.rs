use serde::Deserialize;

/// 1 to 128 visible ASCII characters: the form of an audience, a `kid` and a client id.
pub(crate) fn is_visible(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads a JSON object. Serde would take an array for a structure as well.
pub(crate) fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    json.trim_ascii_start().starts_with('{').then(|| serde_json::from_str(json).ok())?
}

/// Deserializes what is made from text by its own parser, and refuses what that refuses.
#[cfg(feature = "serde")]
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}
