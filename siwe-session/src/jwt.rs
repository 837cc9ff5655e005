//! JSON Web Tokens in the one form that this crate makes: three parts (RFC 7515 §7.1), a header of
//! `alg`, `typ` and `kid`, and a payload that is read when the signature has been verified.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::key_ring::Keys;
use crate::session_key::{SessionKey, is_kid};
use crate::{KeyRing, SessionError};

/// What a token is for (RFC 8725 §3.11): none is taken for one of another type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Type {
    Session,
    Assertion,
}

pub(crate) const TYPES: usize = 2;

impl Type {
    fn as_str(self) -> &'static str {
        match self {
            Self::Session => "siwe-session+jwt",
            Self::Assertion => "siwe-assertion+jwt",
        }
    }

    fn of(self, headers: &[String; TYPES]) -> &str {
        let [session, assertion] = headers;
        match self {
            Self::Session => session,
            Self::Assertion => assertion,
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    typ: Cow<'a, str>,
    #[serde(borrow)]
    kid: Cow<'a, str>,
}

/// The first parts of a key's tokens, one for each type.
pub(crate) fn headers(key: &SessionKey) -> [String; TYPES] {
    [Type::Session, Type::Assertion].map(|typ| {
        let (alg, kid) = (key.algorithm().as_str(), key.kid());
        // None of the three needs an escape.
        let json = format!(r#"{{"alg":"{alg}","typ":"{}","kid":"{kid}"}}"#, typ.as_str());
        URL_SAFE_NO_PAD.encode(json)
    })
}

/// Signs with the first key of the ring. `None` if that cannot sign, or what is signed has no form in
/// JSON: neither is so for what this crate signs.
pub(crate) fn sign(keys: &KeyRing, typ: Type, payload: &impl Serialize) -> Option<String> {
    let keys = keys.load();
    let (key, headers) = keys.first()?;
    let mut token = typ.of(headers).to_owned();
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(payload).ok()?, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Some(token)
}

/// Verifies a token against the key that it names, and gives its payload. No other key is tried.
pub(crate) fn verify(keys: &KeyRing, typ: Type, token: &str) -> Result<Vec<u8>, SessionError> {
    if token.len() > MAX_TOKEN {
        return Err(SessionError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(SessionError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(SessionError::Malformed)?;
    if payload.contains('.') {
        return Err(SessionError::Malformed);
    }
    let keys = keys.load();
    let key = find_key(&keys, typ, header)?;

    // Longer than any signature is, and no more: nothing is allocated for what nobody signed.
    let mut buffer = [0; MAX_SIGNATURE];
    let length = URL_SAFE_NO_PAD
        .decode_slice(signature, &mut buffer)
        .map_err(|_| SessionError::Malformed)?;
    let signature = buffer.get(..length).ok_or(SessionError::Malformed)?;
    if !key.verifies(signed.as_bytes(), signature) {
        return Err(SessionError::BadSignature);
    }
    URL_SAFE_NO_PAD.decode(payload).map_err(|_| SessionError::Malformed)
}

fn find_key<'a>(keys: &'a Keys, typ: Type, header: &str) -> Result<&'a SessionKey, SessionError> {
    // What this crate made is known by its bytes.
    if let Some((key, _)) = keys.iter().find(|(_, headers)| typ.of(headers) == header) {
        return Ok(key);
    }
    let mut buffer = [0; MAX_HEADER];
    let length =
        URL_SAFE_NO_PAD.decode_slice(header, &mut buffer).map_err(|_| SessionError::Malformed)?;
    let header = buffer.get(..length).ok_or(SessionError::Malformed)?;
    // Members beside these three are refused: `crit` says that they matter (RFC 7515 §4.1.11), and
    // `jwk`, `jku`, `x5c` and `x5u` bring keys of the sender's. So is one that stands twice.
    let header: Header<'_> = object(header).ok_or(SessionError::Malformed)?;
    if !is_kid(&header.kid) {
        return Err(SessionError::Malformed);
    }
    // Media types have no case, and `application/` may stand before them (RFC 7515 §4.1.9).
    let found = header.typ.strip_prefix("application/").unwrap_or(&header.typ);
    if !found.eq_ignore_ascii_case(typ.as_str()) {
        return Err(SessionError::WrongType);
    }
    let mut keys = keys.iter().map(|(key, _)| key);
    let key = keys.find(|key| key.kid() == header.kid).ok_or(SessionError::UnknownKey)?;
    if key.algorithm().as_str() != header.alg {
        return Err(SessionError::WrongAlgorithm);
    }
    Ok(key)
}

/// Reads a JSON object. Serde would take an array for a structure as well.
pub(crate) fn object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    json.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(json).ok())?
}

/// A cookie ends near 4 KiB (RFC 6265 §6.1), its name and attributes with it.
pub(crate) const MAX_TOKEN: usize = 4000;

/// The longest that a name can make it, and room for another order and spaces.
const MAX_HEADER: usize = 256;

/// Of Ed25519.
const MAX_SIGNATURE: usize = 64;
