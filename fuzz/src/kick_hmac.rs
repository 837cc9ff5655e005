//! What the targets of kick-hmac share: a relay that signs whatever it is given, and second readers of
//! what is signed.

use std::fmt;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use kick_hmac::testing::RelaySigner;
use kick_hmac::{RelayKeys, RelaySecret};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::Sha256;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::runtime::Runtime;

/// 2025-04-01T08:00:00Z
pub const NOW: u64 = 1_743_494_400;

pub fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

const SECRET: &[u8] = b"32 random bytes, or nearly so...";

pub fn keys() -> RelayKeys {
    RelayKeys::kick_relay([RelaySecret::new(SECRET).unwrap()]).unwrap()
}

pub static RELAY: LazyLock<RelaySigner> = LazyLock::new(|| RelaySigner::with(keys()));

/// The relay's tag of any text at all, which its signer would not sign.
pub fn tag(text: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET).unwrap();
    mac.update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Whether it is a ULID in its canonical form: 26 digits of a number of 128 bits.
pub fn is_ulid(text: &[u8]) -> bool {
    let digit = |byte: &u8| CROCKFORD.iter().position(|digit| digit == byte);
    let number = text.iter().try_fold(0_u128, |number, byte| {
        let digit = digit(byte)? as u128;
        number.checked_mul(32)?.checked_add(digit)
    });
    text.len() == 26 && number.is_some()
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Nanoseconds since 1970, if it is a time in the one form of RFC 3339 that is accepted.
pub fn instant(text: &[u8]) -> Option<i128> {
    let text = str::from_utf8(text).ok()?;
    let shape = text.replace(|letter: char| letter.is_ascii_digit(), "0");
    let rest = shape.strip_prefix("0000-00-00T00:00:00")?;
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => {
            let offset = fraction.trim_start_matches('0');
            (1..=9).contains(&(fraction.len() - offset.len())).then_some(offset)?
        }
        None => rest,
    };
    let has_form = ["Z", "+00:00", "-00:00"].contains(&offset) && &text[17..19] != "60";
    let parsed = OffsetDateTime::parse(text, &Rfc3339).ok().filter(|_| has_form);
    parsed.map(OffsetDateTime::unix_timestamp_nanos)
}

/// What HTTP lets through of these lines.
pub fn headers(head: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in head.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { continue };
        let value = HeaderValue::from_bytes(value.trim_ascii());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), value) {
            headers.append(name, value);
        }
    }
    headers
}

/// With what the marks stand for in their place.
pub fn filled(input: &[u8], marks: &[(&str, String)]) -> Vec<u8> {
    let mut filled = Vec::new();
    let mut rest = input;
    while let Some(place) = rest.iter().position(|byte| *byte == b'$') {
        let (before, behind) = rest.split_at(place);
        filled.extend_from_slice(before);
        let mark = marks.iter().find(|(mark, _)| behind.starts_with(mark.as_bytes()));
        let (length, text) = mark.map_or((1, "$"), |(mark, text)| (mark.len(), &**text));
        filled.extend_from_slice(text.as_bytes());
        rest = &behind[length..];
    }
    filled.extend_from_slice(rest);
    filled
}

/// The member of this name, as it is written, if the text is a JSON object and has just one of them.
pub fn only_member<'a>(json: &'a [u8], name: &str) -> Option<&'a RawValue> {
    let Members(members) = serde_json::from_slice(json).ok()?;
    let mut found = members.into_iter().filter(|(other, _)| other == name);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Runs it on one thread, under a clock that jumps ahead when there is nothing else to do.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: LazyLock<Mutex<Runtime>> = LazyLock::new(|| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        Mutex::new(builder.enable_time().start_paused(true).build().unwrap())
    });
    RUNTIME.lock().unwrap().block_on(future)
}
