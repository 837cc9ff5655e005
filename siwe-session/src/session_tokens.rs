use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use alloy_primitives::{Address, hex};
use serde::{Deserialize, Serialize};

#[cfg(feature = "tower")]
use crate::OldSession;
use crate::jwt::{self, Type};
use crate::session::{Parts, SessionId};
use crate::{Audience, Claims, ConfigError, KeyRing, Login, Session, SessionError};

/// Makes the tokens of sessions and verifies them: without I/O, a clock or random numbers, on any target.
///
/// A token is a JSON Web Token of the type `siwe-session+jwt`:
///
/// | claim | |
/// |---|---|
/// | `iss`, `aud` | the origin that was signed in to |
/// | `sub` | the account (CAIP-10): `eip155:1:0x…` |
/// | `sid` | the session, the same however often it is renewed |
/// | `auth_time` | when the wallet signed in |
/// | `iat`, `exp` | when the token was made, and when it expires |
/// | `contract` | `true` if a contract signed in |
/// | `app` | the application's [`Claims`] |
///
/// Cloning shares one value.
#[derive(Clone, Debug)]
pub struct SessionTokens(Arc<Settings>);

#[derive(Debug)]
struct Settings {
    keys: KeyRing,
    origins: Vec<Arc<str>>,
    idle: Duration,
    absolute: Duration,
    leeway: Duration,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Payload<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    aud: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    sid: Cow<'a, str>,
    auth_time: u64,
    iat: u64,
    exp: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    contract: bool,
    #[serde(default, skip_serializing_if = "Claims::is_empty")]
    app: Claims,
}

impl SessionTokens {
    /// Starts from what cannot be left out: the keys, and what is signed in to.
    pub fn builder<'a>(
        keys: KeyRing,
        audiences: impl IntoIterator<Item = &'a Audience>,
    ) -> SessionTokensBuilder {
        SessionTokensBuilder(Settings {
            keys,
            origins: audiences.into_iter().map(Audience::shared_origin).collect(),
            idle: DEFAULT_IDLE,
            absolute: DEFAULT_ABSOLUTE,
            leeway: DEFAULT_LEEWAY,
        })
    }

    /// Begins a session, with 16 bytes that a cryptographic source of random numbers gave for its id.
    ///
    /// # Errors
    ///
    /// [`SessionError::WrongAudience`] if the login is for an origin that is none of these.
    pub fn issue(
        &self,
        login: &Login,
        claims: Claims,
        random: [u8; 16],
        now: SystemTime,
    ) -> Result<(Session, String), SessionError> {
        let origin = self.origin(login.origin())?;
        let now = seconds(now);
        self.sign(Parts {
            address: login.address(),
            chain_id: login.chain_id(),
            origin: Arc::clone(origin),
            is_contract: login.is_contract(),
            is_old: false,
            id: SessionId::new(random),
            signed_in_at: now,
            issued_at: now,
            expires_at: now,
            claims,
        })
    }

    /// The same session with a token that expires later, though never later than
    /// [`absolute`](SessionTokensBuilder::absolute) says.
    ///
    /// # Errors
    ///
    /// None for a session that [`verify`](Self::verify) gave at the same time; [`SessionError::Missing`]
    /// for one of the system that was there before, which alone can renew it.
    pub fn renew(
        &self,
        session: &Session,
        now: SystemTime,
    ) -> Result<(Session, String), SessionError> {
        let parts = session.parts();
        if parts.is_old {
            return Err(SessionError::Missing);
        }
        self.sign(Parts {
            address: parts.address,
            chain_id: parts.chain_id,
            origin: Arc::clone(self.origin(&parts.origin)?),
            is_contract: parts.is_contract,
            is_old: false,
            id: parts.id,
            signed_in_at: parts.signed_in_at,
            issued_at: seconds(now),
            expires_at: 0,
            claims: parts.claims.clone(),
        })
    }

    /// Whether half of the token's life has passed, and a renewed one would live longer.
    #[must_use]
    pub fn is_due(&self, session: &Session, now: SystemTime) -> bool {
        let Parts { signed_in_at, issued_at, expires_at, .. } = *session.parts();
        if session.is_old() {
            return false;
        }
        let now = seconds(now);
        let half = expires_at.saturating_sub(issued_at).div_ceil(2);
        now >= issued_at.saturating_add(half) && self.end(signed_in_at, now) > expires_at
    }

    /// Verifies a token: its form, its type, the key that it names, its signature, what it was made for,
    /// and the time. Whether the session was ended before, a store has to be asked
    /// ([`SessionId::burn_key`]).
    ///
    /// # Errors
    ///
    /// The first check that fails, in the order of [`SessionError`].
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Session, SessionError> {
        let settings = &*self.0;
        let payload = jwt::verify(&settings.keys, Type::Session, token)?;
        let payload: Payload<'_> = jwt::object(&payload).ok_or(SessionError::Malformed)?;
        let (chain_id, address) = parse_account(&payload.sub).ok_or(SessionError::Malformed)?;
        let id = SessionId::parse(&payload.sid).ok_or(SessionError::Malformed)?;
        let origin = self.origin(&payload.aud)?;
        if payload.iss != payload.aud {
            return Err(SessionError::WrongAudience);
        }
        let Payload { auth_time, iat, exp, .. } = payload;
        // None lives for longer than any may be configured to.
        let is_life = iat < exp && exp.saturating_sub(iat) <= MAX_IDLE.as_secs();
        if auth_time > iat || !is_life {
            return Err(SessionError::Malformed);
        }
        let now = seconds(now);
        if iat > now.saturating_add(settings.leeway.as_secs()) {
            return Err(SessionError::IssuedInFuture);
        }
        if exp <= now {
            return Err(SessionError::Expired);
        }
        if auth_time.saturating_add(settings.absolute.as_secs()) <= now {
            return Err(SessionError::Over);
        }
        Ok(Session::new(Parts {
            address,
            chain_id,
            origin: Arc::clone(origin),
            is_contract: payload.contract,
            is_old: false,
            id,
            signed_in_at: auth_time,
            issued_at: iat,
            expires_at: exp,
            claims: payload.app,
        }))
    }

    /// For how long a store must remember that this session has ended: as long as any of its tokens
    /// could be taken.
    #[must_use]
    pub fn keep_for(&self, session: &Session, now: SystemTime) -> Duration {
        let Parts { signed_in_at, expires_at, .. } = session.parts();
        // One of before may live longer.
        let end = signed_in_at.saturating_add(self.0.absolute.as_secs()).max(*expires_at);
        // Other instances' clocks may be behind.
        Duration::from_secs(end.saturating_sub(seconds(now))).saturating_add(self.0.leeway)
    }

    /// Of the system that was there before. It has no token here, so that it is never renewed.
    #[cfg(feature = "tower")]
    pub(crate) fn of_old(&self, old: OldSession, now: SystemTime) -> Session {
        let now = seconds(now);
        Session::new(Parts {
            address: old.address,
            chain_id: old.chain_id,
            // There is one at least.
            origin: self.0.origins.first().map(Arc::clone).unwrap_or_default(),
            is_contract: false,
            is_old: true,
            id: SessionId::new(old.id),
            signed_in_at: now,
            issued_at: now,
            expires_at: old.expires_at.map_or(now, seconds),
            claims: Claims::new(),
        })
    }

    fn origin(&self, origin: &str) -> Result<&Arc<str>, SessionError> {
        let mut origins = self.0.origins.iter();
        origins.find(|own| &***own == origin).ok_or(SessionError::WrongAudience)
    }

    fn end(&self, signed_in_at: u64, now: u64) -> u64 {
        let absolute = signed_in_at.saturating_add(self.0.absolute.as_secs());
        now.saturating_add(self.0.idle.as_secs()).min(absolute)
    }

    fn sign(&self, mut parts: Parts) -> Result<(Session, String), SessionError> {
        parts.expires_at = self.end(parts.signed_in_at, parts.issued_at);
        if parts.expires_at <= parts.issued_at {
            return Err(SessionError::Over);
        }
        let payload = Payload {
            iss: Cow::Borrowed(&parts.origin),
            aud: Cow::Borrowed(&parts.origin),
            sub: account(parts.chain_id, parts.address).into(),
            sid: parts.id.to_string().into(),
            auth_time: parts.signed_in_at,
            iat: parts.issued_at,
            exp: parts.expires_at,
            contract: parts.is_contract,
            app: parts.claims.clone(),
        };
        // The first key of a ring can sign.
        let token = jwt::sign(&self.0.keys, Type::Session, &payload);
        Ok((Session::new(parts), token.ok_or(SessionError::UnknownKey)?))
    }
}

/// Makes [`SessionTokens`].
#[derive(Debug)]
#[must_use]
pub struct SessionTokensBuilder(Settings);

impl SessionTokensBuilder {
    /// How long a token lives; from half of it on, it is renewed. Default: 1 hour; from a minute to 24
    /// hours.
    pub fn idle(mut self, idle: Duration) -> Self {
        self.0.idle = idle;
        self
    }

    /// How long a session lives, however often it is renewed. Default: 24 hours; not less than `idle`,
    /// and at most 90 days.
    pub fn absolute(mut self, absolute: Duration) -> Self {
        self.0.absolute = absolute;
        self
    }

    /// How far the clock of another instance may be ahead of this one. Expiration times are taken as
    /// they are. Default: 30 seconds; at most 300.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.0.leeway = leeway;
        self
    }

    /// Checks the configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Origin`] if there is no audience, [`ConfigError::Lifetime`].
    pub fn build(self) -> Result<SessionTokens, ConfigError> {
        let Settings { origins, idle, absolute, leeway, .. } = &self.0;
        if origins.is_empty() {
            return Err(ConfigError::Origin);
        }
        let is_ordered = MIN_IDLE <= *idle && *idle <= MAX_IDLE && idle <= absolute;
        if !is_ordered || *absolute > MAX_ABSOLUTE || *leeway > MAX_LEEWAY {
            return Err(ConfigError::Lifetime);
        }
        Ok(SessionTokens(Arc::new(self.0)))
    }
}

/// CAIP-10, as EIP-155 chains have it.
pub(crate) fn account(chain_id: u64, address: Address) -> String {
    format!("eip155:{chain_id}:{address}")
}

pub(crate) fn parse_account(text: &str) -> Option<(u64, Address)> {
    let (chain_id, address) = text.strip_prefix("eip155:")?.split_once(':')?;
    let is_number = chain_id.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || chain_id.starts_with('0') {
        return None;
    }
    // What decodes it would skip a second `0x`.
    let digits = address.strip_prefix("0x").filter(|digits| digits.len() == 40)?;
    let mut bytes = [0; 20];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some((chain_id.parse().ok()?, Address::from(bytes)))
}

pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

const MIN_IDLE: Duration = Duration::from_secs(60);
const DEFAULT_IDLE: Duration = Duration::from_secs(60 * 60);
const MAX_IDLE: Duration = Duration::from_secs(24 * 60 * 60);
const DEFAULT_ABSOLUTE: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_ABSOLUTE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);
const MAX_LEEWAY: Duration = Duration::from_secs(300);
