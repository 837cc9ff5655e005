use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use siwe_session::{ConfigError, SessionKey};
use thiserror::Error;
use zeroize::Zeroizing;

/// The keys of sessions, `kid:base64`, on lines of their own or separated by commas. The first signs.
///
/// # Errors
///
/// If one is not of this form, or cannot be a key.
pub fn session_keys(text: &str) -> Result<Vec<SessionKey>, SecretError> {
    let key = |item: &str| {
        let (kid, secret) = item.split_once(':').ok_or(SecretError::KeyForm)?;
        let secret = Zeroizing::new(STANDARD.decode(secret).map_err(|_| SecretError::KeyForm)?);
        SessionKey::hs256(kid, &*secret).map_err(SecretError::Key)
    };
    items(text).map(key).collect()
}

/// The secrets of nonces, in base64, likewise.
///
/// # Errors
///
/// If one is not of this form.
pub fn nonce_secrets(text: &str) -> Result<Vec<Zeroizing<Vec<u8>>>, SecretError> {
    let secret = |item| STANDARD.decode(item).map(Zeroizing::new);
    items(text).map(secret).collect::<Result<_, _>>().map_err(|_| SecretError::NonceForm)
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    let separates = |char: char| char == ',' || char.is_ascii_whitespace();
    text.split(separates).filter(|item| !item.is_empty())
}

/// Why a text has no secrets. None is shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SecretError {
    /// A key cannot be one.
    #[error("the session keys: {0}")]
    Key(ConfigError),
    /// A key is not of its form.
    #[error("a session key is `kid:secret`, the secret as `openssl rand -base64 32` writes it")]
    KeyForm,
    /// A secret of nonces is not of its form.
    #[error("a nonce secret is what `openssl rand -base64 32` writes")]
    NonceForm,
}
