use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::claims::{Claims, Field};
use crate::header::Header;
use crate::identity::Verified;
use crate::keys::Key;
use crate::token::{MAX_HEADER, MAX_SIGNATURE, Token};
use crate::{
    AccessIdentity, Audience, ConfigError, KeySet, KeyStatus, Policy, Principal, TeamDomain,
    TeamKeys, VerifyError,
};

/// Verifies the tokens of one Access application, or of several with the same policy.
///
/// Cloning shares one value.
#[derive(Clone, Debug)]
pub struct CfAccess(Arc<Shared>);

struct Shared {
    keys: TeamKeys,
    allow_cookie: bool,
    audiences: Vec<Audience>,
    extra_issuers: Vec<TeamDomain>,
    leeway: Duration,
    max_age: Option<Duration>,
    on_outcome: Option<Box<dyn Fn(&'static str) + Send + Sync>>,
    policy: Option<Policy>,
    require_type: bool,
}

impl CfAccess {
    /// Starts from what cannot be left out: the team's keys, which name the issuer, and the
    /// audiences of the applications whose tokens are accepted.
    pub fn builder(
        keys: TeamKeys,
        audiences: impl IntoIterator<Item = Audience>,
    ) -> CfAccessBuilder {
        CfAccessBuilder(Shared {
            keys,
            allow_cookie: false,
            audiences: audiences.into_iter().collect(),
            extra_issuers: Vec::new(),
            leeway: DEFAULT_LEEWAY,
            max_age: None,
            on_outcome: None,
            policy: None,
            require_type: false,
        })
    }

    /// Verifies a token, as it stood in the header `Cf-Access-Jwt-Assertion`, with the keys at hand
    /// and against this time. It neither waits nor reads a clock.
    ///
    /// # Errors
    ///
    /// The first of the checks that fails, in the order of [`VerifyError`].
    pub fn verify(
        &self,
        token: impl AsRef<[u8]>,
        now: SystemTime,
    ) -> Result<AccessIdentity, VerifyError> {
        let decision = self.check(token.as_ref(), now);
        self.report(&decision);
        decision
    }

    /// How the team's keys are doing.
    #[must_use]
    pub fn status(&self) -> KeyStatus {
        self.0.keys.status()
    }

    pub(crate) fn check(
        &self,
        token: &[u8],
        now: SystemTime,
    ) -> Result<AccessIdentity, VerifyError> {
        self.0.verify(token, now)
    }

    /// Lets whoever listens know of a decision.
    pub(crate) fn report(&self, decision: &Result<AccessIdentity, VerifyError>) {
        #[cfg(feature = "tracing")]
        if let Err(error) = decision {
            tracing::debug!(code = error.code(), "not proven: {error}");
        }
        self.tell(decision.as_ref().map_or_else(VerifyError::code, |_| ACCEPTED));
    }

    pub(crate) fn tell(&self, outcome: &'static str) {
        if let Some(on_outcome) = &self.0.on_outcome {
            on_outcome(outcome);
        }
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn keys(&self) -> &TeamKeys {
        &self.0.keys
    }

    #[cfg(feature = "cookie")]
    pub(crate) fn allows_cookie(&self) -> bool {
        self.0.allow_cookie
    }
}

impl Shared {
    fn verify(&self, token: &[u8], now: SystemTime) -> Result<AccessIdentity, VerifyError> {
        let token = Token::split(token)?;
        let keys = self.keys.current();
        let key = find_key(keys.as_deref(), &token)?;
        let mut signature = [0; MAX_SIGNATURE];
        if !key.verifies(token.signed, token.decode_signature(&mut signature)?) {
            return Err(VerifyError::BadSignature);
        }

        let payload = token.decode_payload()?;
        let claims = Claims::read(&payload)?;
        self.check_issuer(&claims)?;
        let audience = self.audience(&claims)?;
        self.check_type(&claims)?;
        let (issued_at, expires_at) = self.check_times(&claims, now)?;
        let principal = Principal::of(&claims)?;
        let country = claims.printable(Field::Country)?.map(Box::from);
        drop(claims);

        let identity = AccessIdentity::new(Verified {
            principal,
            audience,
            issued_at,
            expires_at,
            country,
            payload,
        });
        match &self.policy {
            Some(policy) if !policy.allows(&identity) => Err(VerifyError::Denied),
            _ => Ok(identity),
        }
    }

    fn check_issuer(&self, claims: &Claims<'_>) -> Result<(), VerifyError> {
        let iss = claims.text(Field::Iss)?.ok_or_else(|| Field::Iss.missing())?;
        let mut issuers = std::iter::once(self.keys.team()).chain(&self.extra_issuers);
        if issuers.any(|team| team.issuer() == iss) {
            Ok(())
        } else {
            Err(VerifyError::WrongIssuer)
        }
    }

    fn audience(&self, claims: &Claims<'_>) -> Result<Audience, VerifyError> {
        let aud = claims.aud()?;
        let mut accepted = self.audiences.iter();
        accepted
            .find(|audience| aud.iter().any(|aud| aud == audience.as_str()))
            .cloned()
            .ok_or(VerifyError::WrongAudience)
    }

    fn check_type(&self, claims: &Claims<'_>) -> Result<(), VerifyError> {
        match claims.text(Field::Type)? {
            Some("app") => Ok(()),
            Some(_) => Err(VerifyError::WrongType),
            // Tokens of 2020 had no `type`, and no document promises it.
            None if !self.require_type => Ok(()),
            None => Err(Field::Type.missing()),
        }
    }

    /// RFC 7519 §4.1.4 to §4.1.6. Gives `iat` and `exp`.
    fn check_times(
        &self,
        claims: &Claims<'_>,
        now: SystemTime,
    ) -> Result<(SystemTime, SystemTime), VerifyError> {
        let exp = claims.date(Field::Exp)?.ok_or_else(|| Field::Exp.missing())?;
        let nbf = claims.date(Field::Nbf)?;
        let iat = claims.date(Field::Iat)?.ok_or_else(|| Field::Iat.missing())?;

        // A clock before 1970 finds every token issued in the future.
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let latest = now.saturating_add(self.leeway);
        if now >= exp.saturating_add(self.leeway) {
            return Err(VerifyError::Expired);
        }
        if nbf.is_some_and(|nbf| nbf > latest) {
            return Err(VerifyError::NotYetValid);
        }
        if iat > latest {
            return Err(VerifyError::IssuedInFuture);
        }
        if self
            .max_age
            .is_some_and(|age| now >= iat.saturating_add(age).saturating_add(self.leeway))
        {
            return Err(VerifyError::TooOld);
        }
        let at = |name: Field, date| {
            SystemTime::UNIX_EPOCH.checked_add(date).ok_or_else(|| name.invalid())
        };
        Ok((at(Field::Iat, iat)?, at(Field::Exp, exp)?))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("keys", &self.keys)
            .field("allow_cookie", &self.allow_cookie)
            .field("audiences", &self.audiences)
            .field("extra_issuers", &self.extra_issuers)
            .field("leeway", &self.leeway)
            .field("max_age", &self.max_age)
            .field("policy", &self.policy)
            .field("require_type", &self.require_type)
            .finish_non_exhaustive()
    }
}

fn find_key<'a>(keys: Option<&'a KeySet>, token: &Token<'_>) -> Result<&'a Key, VerifyError> {
    if let Some(key) = keys.and_then(|keys| keys.find_by_header(token.header)) {
        return Ok(key);
    }
    // What is malformed is so with any keys, and none need to be fetched for it.
    let mut header = [0; MAX_HEADER];
    let header = Header::read(token.decode_header(&mut header)?)?;
    let keys = keys.ok_or(VerifyError::KeysUnavailable)?;
    keys.find(header.kid).ok_or(VerifyError::UnknownKid)
}

/// Makes a [`CfAccess`]. The defaults are the strict choice; nothing that is set here skips a check.
#[derive(Debug)]
#[must_use]
pub struct CfAccessBuilder(Shared);

impl CfAccessBuilder {
    /// Who may pass, of those whom Access let in. Default: all of them, as the application's own
    /// policies at Cloudflare decided.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.0.policy = Some(policy);
        self
    }

    /// A further team name to accept in `iss`, while a team is being renamed. The keys stay those of
    /// the team given to the builder.
    pub fn extra_issuer(mut self, team: TeamDomain) -> Self {
        self.0.extra_issuers.push(team);
        self
    }

    /// How far this machine's clock may be off when `exp`, `nbf` and `iat` are compared with it.
    /// Default: 30 seconds; at most 300.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.0.leeway = leeway;
        self
    }

    /// Refuses a token that was issued longer ago than this, though it has not expired: a session
    /// may last a month, and what Access revokes is revoked at the edge alone. Default: no limit.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.0.max_age = Some(age);
        self
    }

    /// Refuses a token without the claim `type`. Default: only one of another type than `app`.
    pub fn require_type(mut self) -> Self {
        self.0.require_type = true;
        self
    }

    /// Takes the token from the cookie `CF_Authorization` where the header is missing, which is so
    /// only where a request has not come through Access. Default: from the header alone.
    ///
    /// # Security
    ///
    /// A browser adds its cookies to requests that other sites cause (Access sets this one with
    /// `SameSite=None` by default): check the origin of every request that changes something.
    #[cfg(feature = "cookie")]
    pub fn allow_cookie(mut self) -> Self {
        self.0.allow_cookie = true;
        self
    }

    /// Calls this with the code of every decision: `accepted`, or [`VerifyError::code`] of a
    /// refusal. For counters; it runs on the request's path.
    ///
    /// It is called once for each layer that decides: what `require` refuses was `accepted` by the
    /// layer before. What passes `optional` without a token is `anonymous`; under `observe` it hears
    /// what would be refused.
    pub fn on_outcome(mut self, on_outcome: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        self.0.on_outcome = Some(Box::new(on_outcome));
        self
    }

    /// Checks the configuration.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::NoAudience`] if there is no audience.
    /// 2. [`ConfigError::Leeway`] if the leeway is over 300 seconds.
    pub fn build(self) -> Result<CfAccess, ConfigError> {
        if self.0.audiences.is_empty() {
            return Err(ConfigError::NoAudience);
        }
        if self.0.leeway > MAX_LEEWAY {
            return Err(ConfigError::Leeway);
        }
        Ok(CfAccess(Arc::new(self.0)))
    }
}

const ACCEPTED: &str = "accepted";

const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);
const MAX_LEEWAY: Duration = Duration::from_secs(300);
