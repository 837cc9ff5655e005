use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use alloy_primitives::{Address, hex};

use crate::{BurnKey, Claims, SessionError};

/// That whoever sent the request holds a session of a wallet that signed in.
///
/// Made by [`SessionTokens`](crate::SessionTokens) alone, or from a session of before
/// (`SiweSessionBuilder::old_sessions`). Cloning shares one value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Session(Arc<Parts>);

#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Parts {
    pub(crate) address: Address,
    pub(crate) chain_id: u64,
    pub(crate) origin: Arc<str>,
    pub(crate) is_contract: bool,
    pub(crate) is_old: bool,
    pub(crate) id: SessionId,
    /// Seconds since 1970, as all three.
    pub(crate) signed_in_at: u64,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
    pub(crate) claims: Claims,
}

/// Names a session, from the sign-in to its end, however often it is renewed: 16 random bytes.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SessionId([u8; 16]);

impl Session {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    /// Who signed in.
    #[must_use]
    pub fn address(&self) -> Address {
        self.0.address
    }

    /// The chain that the wallet was on (EIP-155). A contract is who it is on this chain alone.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.0.chain_id
    }

    /// What was signed in to: one of the audience's origins.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// Whether a contract said that the signature is its own. What it says may have changed since.
    #[must_use]
    pub fn is_contract(&self) -> bool {
        self.0.is_contract
    }

    /// Whether it is a session of the system that was there before
    /// (`SiweSessionBuilder::old_sessions`).
    #[must_use]
    pub fn is_old(&self) -> bool {
        self.0.is_old
    }

    /// Which session this is.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.0.id
    }

    /// When the wallet signed in, by the server's clock.
    #[must_use]
    pub fn signed_in_at(&self) -> SystemTime {
        time(self.0.signed_in_at)
    }

    /// When the token was made: at the sign-in, or when it was last renewed.
    #[must_use]
    pub fn issued_at(&self) -> SystemTime {
        time(self.0.issued_at)
    }

    /// When the token expires, if it is not renewed.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        time(self.0.expires_at)
    }

    /// What the application added when the wallet signed in.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// The proof of a request that a layer of this crate let pass.
    ///
    /// # Errors
    ///
    /// Why there is none; [`SessionError::MissingLayer`] if the layer is missing.
    pub fn of(extensions: &http::Extensions) -> Result<&Self, SessionError> {
        match extensions.get::<Result<Self, SessionError>>() {
            Some(Ok(session)) => Ok(session),
            Some(Err(error)) => Err(*error),
            None => Err(SessionError::MissingLayer),
        }
    }
}

impl SessionId {
    /// From 16 bytes that a cryptographic source of random numbers gave.
    pub(crate) fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// From 32 lower-case hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        let is_form = text.len() == 32 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        (is_form && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(Self(bytes))
    }

    /// The name under which it is remembered that the session has ended.
    #[must_use]
    pub fn burn_key(&self) -> BurnKey {
        BurnKey::of_session(&self.0)
    }
}

impl fmt::Display for SessionId {
    /// 32 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Whoever has it cannot do anything with it, so it may be shown.
impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
