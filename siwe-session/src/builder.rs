use std::fmt;
use std::sync::Arc;
use std::time::Duration;
#[cfg(feature = "testing")]
use std::time::SystemTime;

use crate::old_sessions::{Migration, MigrationStep, OldSessions};
use crate::on_login::{OnLogin, boxed};
use crate::siwe_session::Counters;
use crate::{
    AssertionSigner, Claims, ConfigError, IdentityHeader, KeyRing, Login, LoginDenied, RouteTable,
    Routes, SessionTokens, SiweLogin, SiweLoginBuilder, SiweSession,
};

pub(crate) struct Settings {
    pub(crate) login: SiweLogin,
    pub(crate) tokens: SessionTokens,
    pub(crate) routes: RouteTable,
    pub(crate) mounted_at: String,
    pub(crate) identity: Option<IdentityHeader>,
    pub(crate) assertion: Option<AssertionSigner>,
    pub(crate) on_login: Option<OnLogin>,
    pub(crate) old: Option<(Box<dyn OldSessions>, Migration)>,
    pub(crate) asks_store: bool,
    pub(crate) on_outcome: Option<Box<dyn Fn(&'static str) + Send + Sync>>,
    pub(crate) counters: Counters,
}

impl Settings {
    pub(crate) fn step(&self) -> MigrationStep {
        self.old.as_ref().map_or(MigrationStep::NewOnly, |(_, migration)| migration.step())
    }
}

/// Makes a [`SiweSession`]. The defaults are the strict choice.
#[must_use]
pub struct SiweSessionBuilder {
    login: SiweLoginBuilder,
    keys: KeyRing,
    routes: Routes,
    mounted_at: String,
    lifetimes: Lifetimes,
    identity: Option<IdentityHeader>,
    assertion: Option<AssertionSigner>,
    on_login: Option<OnLogin>,
    old: Option<(Box<dyn OldSessions>, Migration)>,
    asks_store: bool,
    on_outcome: Option<Box<dyn Fn(&'static str) + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Lifetimes {
    idle: Option<Duration>,
    absolute: Option<Duration>,
    leeway: Option<Duration>,
}

impl SiweSessionBuilder {
    pub(crate) fn new(login: SiweLoginBuilder, keys: KeyRing) -> Self {
        Self {
            login,
            keys,
            routes: Routes::protected(),
            mounted_at: "/api/auth".to_owned(),
            lifetimes: Lifetimes::default(),
            identity: None,
            assertion: None,
            on_login: None,
            old: None,
            asks_store: true,
            on_outcome: None,
        }
    }

    /// Which routes need no session. Default: none but the endpoints of a sign-in.
    pub fn routes(mut self, routes: Routes) -> Self {
        self.routes = routes;
        self
    }

    /// Where the router stands, as the layer sees it: `.nest("/api/auth", siwe.router())`. Default:
    /// `/api/auth`.
    pub fn mounted_at(mut self, path: impl Into<String>) -> Self {
        self.mounted_at = path.into();
        self
    }

    /// As [`SessionTokensBuilder::idle`](crate::SessionTokensBuilder::idle). Default: 1 hour.
    pub fn idle(mut self, idle: Duration) -> Self {
        self.lifetimes.idle = Some(idle);
        self
    }

    /// As [`SessionTokensBuilder::absolute`](crate::SessionTokensBuilder::absolute). Default: 24 hours.
    pub fn absolute(mut self, absolute: Duration) -> Self {
        self.lifetimes.absolute = Some(absolute);
        self
    }

    /// As [`SessionTokensBuilder::leeway`](crate::SessionTokensBuilder::leeway). Default: 30 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.lifetimes.leeway = Some(leeway);
        self
    }

    /// Tells what is behind the layer who is signed in, by this header. It is taken away from every
    /// request first, in every form.
    pub fn identity_header(mut self, header: IdentityHeader) -> Self {
        self.identity = Some(header);
        self
    }

    /// Tells it by a signed assertion as well.
    pub fn assertion(mut self, signer: AssertionSigner) -> Self {
        self.assertion = Some(signer);
        self
    }

    /// Asks the application, for each login, before there is a session: it may refuse it, or give the
    /// session claims. It has as long as it takes.
    pub fn on_login<F, Fut>(mut self, on_login: F) -> Self
    where
        F: Fn(Login) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Claims, LoginDenied>> + Send + 'static,
    {
        self.on_login = Some(boxed(on_login));
        self
    }

    /// Takes sessions of the system that was there before as well, as the migration says.
    pub fn old_sessions(mut self, old: impl OldSessions, migration: Migration) -> Self {
        self.old = Some((Box::new(old), migration));
        self
    }

    /// Does not ask the store with each request whether the session was ended.
    ///
    /// # Security
    ///
    /// A session that was signed out of is good until its token expires, for whoever has stolen it.
    pub fn allow_ended_until_expiry(mut self) -> Self {
        self.asks_store = false;
        self
    }

    /// Calls this with the code of every decision about a session: `accepted`, `accepted_old`, or
    /// [`SessionError::code`](crate::SessionError::code); and of what an endpoint refuses for other reasons
    /// than the sign-in itself, [`SignInError::code`](crate::SignInError::code). For counters; it runs on
    /// the request's path. What is decided about sign-ins, [`SiweLoginBuilder::on_outcome`] hears.
    pub fn on_outcome(mut self, on_outcome: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        self.on_outcome = Some(Box::new(on_outcome));
        self
    }

    /// As [`SiweLoginBuilder::clock`].
    #[cfg(feature = "testing")]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.login = self.login.clock(clock);
        self
    }

    /// Checks the configuration.
    ///
    /// # Errors
    ///
    /// As of [`SiweLoginBuilder::build`], [`SessionTokensBuilder::build`](crate::SessionTokensBuilder::build)
    /// and [`Routes::build`]; [`ConfigError::MountPoint`] if the router stands on no plain path.
    pub fn build(self) -> Result<SiweSession, ConfigError> {
        let login = self.login.build()?;
        let mut tokens = SessionTokens::builder(self.keys, login.verifier().audiences());
        let Lifetimes { idle, absolute, leeway } = self.lifetimes;
        if let Some(idle) = idle {
            tokens = tokens.idle(idle);
        }
        if let Some(absolute) = absolute {
            tokens = tokens.absolute(absolute);
        }
        if let Some(leeway) = leeway {
            tokens = tokens.leeway(leeway);
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_".contains(&byte);
        let at = &self.mounted_at;
        if !at.starts_with('/')
            || at.ends_with('/')
            || at.contains("//")
            || !at.bytes().all(is_plain)
        {
            return Err(ConfigError::MountPoint);
        }
        Ok(SiweSession(Arc::new(Settings {
            tokens: tokens.build()?,
            login,
            routes: self.routes.build()?,
            mounted_at: self.mounted_at,
            identity: self.identity,
            assertion: self.assertion,
            on_login: self.on_login,
            old: self.old,
            asks_store: self.asks_store,
            on_outcome: self.on_outcome,
            counters: Counters::default(),
        })))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("login", &self.login)
            .field("tokens", &self.tokens)
            .field("routes", &self.routes)
            .field("mounted_at", &self.mounted_at)
            .field("identity", &self.identity)
            .field("assertion", &self.assertion)
            .field("old", &self.old)
            .field("asks_store", &self.asks_store)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SiweSessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiweSessionBuilder")
            .field("login", &self.login)
            .field("keys", &self.keys)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}
