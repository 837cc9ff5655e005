use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::checked::Checked;
use crate::signature::Form;
use crate::{
    Audience, BrowserBinding, ConfigError, Grammar, Message, Nonce, NonceKeys, Signature,
    Timestamp, VerifyError,
};

/// Verifies sign-ins: what needs neither I/O nor a clock, on any target.
///
/// A sign-in goes through four values, each made from the one before and from nothing else:
///
/// ```text
/// Message ─ check ─► Checked ─ consume ─► Consumed ─ verify ─► Login
/// ```
///
/// `SiweLogin` does all of it, with a store (feature `tokio`). Cloning shares one value.
#[derive(Clone, Debug)]
pub struct LoginVerifier(Arc<Settings>);

struct Settings {
    audiences: Vec<Audience>,
    keys: NonceKeys,
    grammar: Grammar,
    max_age: Duration,
    leeway: Duration,
    allows_unbound: bool,
    allows_contracts: bool,
}

impl LoginVerifier {
    /// Starts from what cannot be left out: for whom messages are signed, and the secrets that seal
    /// nonces.
    pub fn builder(audience: Audience, keys: NonceKeys) -> LoginVerifierBuilder {
        LoginVerifierBuilder(Settings {
            audiences: vec![audience],
            keys,
            grammar: Grammar::default(),
            max_age: DEFAULT_MAX_AGE,
            leeway: DEFAULT_LEEWAY,
            allows_unbound: false,
            allows_contracts: false,
        })
    }

    /// The audience with this origin, as a browser writes it: `https://example.com`.
    #[must_use]
    pub fn audience(&self, origin: &str) -> Option<&Audience> {
        self.0.audiences.iter().find(|audience| audience.as_str() == origin)
    }

    /// The audiences, in the order in which they were given.
    #[must_use]
    pub fn audiences(&self) -> &[Audience] {
        &self.0.audiences
    }

    /// For how long a message, and a nonce, is good.
    #[must_use]
    pub fn max_age(&self) -> Duration {
        self.0.max_age
    }

    /// Makes a nonce for this audience and this browser, from 10 bytes that a cryptographic source of
    /// random numbers gave. It writes nothing anywhere.
    ///
    /// A nonce without a binding serves where [`allow_unbound`](LoginVerifierBuilder::allow_unbound) was
    /// called, and only without one.
    #[must_use]
    pub fn nonce(
        &self,
        audience: &Audience,
        binding: Option<&BrowserBinding>,
        random: [u8; 10],
        now: SystemTime,
    ) -> Nonce {
        Nonce::seal(random, audience, binding, &self.0.keys, now)
    }

    /// Checks all that needs no I/O and no public key: the form of the message, the audience, the time,
    /// the nonce with its binding, and of what kind the signature is. In this order, which is that of
    /// [`VerifyError`]; that the signature is one at all, the first of it, was told by [`Signature`].
    ///
    /// # Errors
    ///
    /// The first check that fails, up to [`VerifyError::MalleableSignature`].
    pub fn check<'a>(
        &self,
        message: &'a str,
        signature: &Signature,
        binding: Option<&BrowserBinding>,
        now: SystemTime,
    ) -> Result<Checked<'a>, VerifyError> {
        let settings = &*self.0;
        let message =
            Message::parse(message, settings.grammar).map_err(VerifyError::MalformedMessage)?;
        let audience = self.audience_of(&message).ok_or(VerifyError::WrongDomain)?;
        audience.check(&message)?;
        settings.check_time(&message, now)?;
        if binding.is_none() && !settings.allows_unbound {
            return Err(VerifyError::MissingBinding);
        }
        let (burn_key, made_at) = Nonce::open(message.nonce(), audience, binding, &settings.keys)?;
        settings.check_nonce_time(made_at, now)?;
        let form = signature.form(settings.allows_contracts)?;
        Ok(Checked {
            origin: audience.shared_origin(),
            message,
            key_signature: match form {
                Form::OfKey(signature) => Some(signature),
                Form::OfContract => None,
            },
            contract_signature: settings.allows_contracts.then(|| signature.as_bytes().to_vec()),
            burn_key,
            keep_for: settings.keep_for(),
        })
    }

    fn audience_of(&self, message: &Message<'_>) -> Option<&Audience> {
        let domain = message.authority()?;
        self.0.audiences.iter().find(|audience| audience.is_domain(domain, message.scheme()))
    }
}

impl Settings {
    fn check_time(&self, message: &Message<'_>, now: SystemTime) -> Result<(), VerifyError> {
        let now = Timestamp::from(now);
        if message.issued_at() > now.after(self.leeway) {
            return Err(VerifyError::IssuedInFuture);
        }
        if now > message.issued_at().after(self.max_age) {
            return Err(VerifyError::Stale);
        }
        // Not valid at the time itself, as wallets and other servers have it.
        if message.expiration_time().is_some_and(|end| end <= now) {
            return Err(VerifyError::Expired);
        }
        if message.not_before().is_some_and(|start| start > now.after(self.leeway)) {
            return Err(VerifyError::NotYetValid);
        }
        Ok(())
    }

    fn check_nonce_time(&self, made_at: SystemTime, now: SystemTime) -> Result<(), VerifyError> {
        let (made_at, now) = (Timestamp::from(made_at), Timestamp::from(now));
        if made_at > now.after(self.leeway) || now >= made_at.after(self.max_age) {
            return Err(VerifyError::ExpiredNonce);
        }
        Ok(())
    }

    /// As long as any instance may take the nonce, whose clock may be behind by the leeway while that
    /// of the one that made the nonce is ahead by as much.
    fn keep_for(&self) -> Duration {
        self.max_age.saturating_add(self.leeway.saturating_mul(2))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("audiences", &self.audiences)
            .field("keys", &self.keys)
            .field("grammar", &self.grammar)
            .field("max_age", &self.max_age)
            .field("leeway", &self.leeway)
            .field("allows_unbound", &self.allows_unbound)
            .field("allows_contracts", &self.allows_contracts)
            .finish()
    }
}

/// Makes a [`LoginVerifier`]. The defaults are the strict choice.
#[derive(Debug)]
#[must_use]
pub struct LoginVerifierBuilder(Settings);

impl LoginVerifierBuilder {
    /// One more audience: another domain of the same application. Of two that differ in their scheme
    /// alone, a message without one is for the first.
    pub fn audience(mut self, audience: Audience) -> Self {
        self.0.audiences.push(audience);
        self
    }

    /// Which texts are messages. Default: [`Grammar::Practice`].
    pub fn grammar(mut self, grammar: Grammar) -> Self {
        self.0.grammar = grammar;
        self
    }

    /// How long ago a message may have been issued, and its nonce made. Default: 10 minutes; from a
    /// second to an hour.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.0.max_age = max_age;
        self
    }

    /// How far the clock of a client or of another instance may be ahead of this one. Expiration times
    /// are taken as they are. Default: 60 seconds; at most 300.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.0.leeway = leeway;
        self
    }

    /// Accepts sign-ins without a [`BrowserBinding`], for clients that are no browsers.
    ///
    /// # Security
    ///
    /// With it, someone can sign a victim's browser in to an account of theirs, unless whatever calls
    /// this refuses requests that come from other sites.
    pub fn allow_unbound(mut self) -> Self {
        self.0.allows_unbound = true;
        self
    }

    /// Accepts signatures that only a contract can check (ERC-1271): [`Consumed::verify`] then gives
    /// [`Verification::AskContract`].
    ///
    /// [`Consumed::verify`]: crate::Consumed::verify
    /// [`Verification::AskContract`]: crate::Verification::AskContract
    pub fn contracts(mut self) -> Self {
        self.0.allows_contracts = true;
        self
    }

    /// Checks the configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Chains`], [`ConfigError::AudienceTwice`] or [`ConfigError::Window`].
    pub fn build(self) -> Result<LoginVerifier, ConfigError> {
        let Settings { audiences, max_age, leeway, .. } = &self.0;
        for (index, audience) in audiences.iter().enumerate() {
            audience.check_config()?;
            if audiences.iter().take(index).any(|other| other.as_str() == audience.as_str()) {
                return Err(ConfigError::AudienceTwice);
            }
        }
        if !(SECOND..=HOUR).contains(max_age) || *leeway > MAX_LEEWAY {
            return Err(ConfigError::Window);
        }
        Ok(LoginVerifier(Arc::new(self.0)))
    }
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(600);
const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);
const MAX_LEEWAY: Duration = Duration::from_secs(300);
