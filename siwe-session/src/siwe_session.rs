use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use tokio::time::timeout;

use crate::arrival::{Arrived, Carries, Question};
use crate::builder::Settings;
use crate::{
    BrowserBinding, Claims, KeyRing, Login, MigrationStep, OldSession, Session, SessionError,
    SignInError, SiweLogin, SiweLoginBuilder, SiweSessionBuilder,
};

/// Signs wallets in, and from then on knows whose requests are whose: a [`SiweLogin`], the tokens of
/// sessions, and which routes are for whom.
///
/// It needs a Tokio runtime with time. Cloning shares one value.
#[derive(Clone, Debug)]
pub struct SiweSession(pub(crate) Arc<Settings>);

/// What was decided since the start, and what holds now.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SiweStatus {
    /// How many requests had a session of this crate.
    pub accepted: u64,
    /// How many had one of the system that was there before.
    pub accepted_old: u64,
    /// Which of them are taken.
    pub step: MigrationStep,
    /// Whether the store's last answer was none.
    pub store_is_failing: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    accepted: AtomicU64,
    accepted_old: AtomicU64,
}

impl SiweSession {
    /// Starts from what cannot be left out: how wallets sign in, and the keys of sessions.
    pub fn builder(login: SiweLoginBuilder, keys: KeyRing) -> SiweSessionBuilder {
        SiweSessionBuilder::new(login, keys)
    }

    /// How wallets sign in.
    #[must_use]
    pub fn login(&self) -> &SiweLogin {
        &self.0.login
    }

    /// What was decided since the start, and what holds now.
    #[must_use]
    pub fn status(&self) -> SiweStatus {
        let settings = &*self.0;
        SiweStatus {
            accepted: settings.counters.accepted.load(Ordering::Relaxed),
            accepted_old: settings.counters.accepted_old.load(Ordering::Relaxed),
            step: settings.step(),
            store_is_failing: settings.login.nonces().is_failing(),
        }
    }

    /// Signs in, asks the application ([`on_login`](SiweSessionBuilder::on_login)), and begins a session:
    /// the proof, and the token for the client.
    ///
    /// # Errors
    ///
    /// [`SignInError::Verify`], [`SignInError::Denied`], or [`SignInError::NotYet`] while old sessions
    /// alone are taken.
    pub async fn sign_in(
        &self,
        message: &str,
        signature: &str,
        binding: Option<&BrowserBinding>,
    ) -> Result<(Session, String), SignInError> {
        let settings = &*self.0;
        if settings.step() == MigrationStep::OldOnly {
            return Err(self.refused(SignInError::NotYet));
        }
        let login = settings.login.login(message, signature, binding).await?;
        self.begin(login).await.map_err(|error| self.refused(error))
    }

    async fn begin(&self, login: Login) -> Result<(Session, String), SignInError> {
        let settings = &*self.0;
        let claims = match &settings.on_login {
            Some(on_login) => on_login(login.clone()).await?,
            None => Claims::new(),
        };
        let mut random = [0; 16];
        settings.login.fill(&mut random)?;
        Ok(settings.tokens.issue(&login, claims, random, self.now())?)
    }

    /// Verifies the session of a request: the token in its cookie or its header `Authorization`, and
    /// that it was not ended. Who changes something by a cookie must ask
    /// [`check_origin`](crate::endpoints::check_origin) too, as the layer does.
    ///
    /// # Errors
    ///
    /// The first check that fails, in the order of [`SessionError`].
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Session, SessionError> {
        self.decide(headers).await.1
    }

    /// As [`authenticate`](Self::authenticate), with where the token was.
    pub(crate) async fn decide(
        &self,
        headers: &HeaderMap,
    ) -> (Carries, Result<Session, SessionError>) {
        let (carries, arrived) = self.find(headers);
        let decision = match arrived {
            Arrived::Decided(decision) => decision,
            Arrived::Ask(question) => self.clone().ask(question).await,
        };
        self.report(&decision);
        (carries, decision)
    }

    /// Makes another token for the session, which expires later.
    ///
    /// # Errors
    ///
    /// [`SessionError::Over`] if it may not last longer.
    pub fn renew(&self, session: &Session) -> Result<(Session, String), SessionError> {
        self.0.tokens.renew(session, self.now())
    }

    /// Ends a session, whatever tokens there are of it.
    ///
    /// # Errors
    ///
    /// [`SessionError::StoreUnavailable`]: it has not ended then.
    pub async fn end(&self, session: &Session) -> Result<(), SessionError> {
        let settings = &*self.0;
        let keep_for = settings.tokens.keep_for(session, self.now());
        let put = settings.login.nonces().put_if_absent(session.id().burn_key(), keep_for).await;
        put.map(|_| ()).map_err(|_| SessionError::StoreUnavailable)
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.0.login.now()
    }

    /// Waits for what a decision depends on.
    pub(crate) async fn ask(self, question: Question) -> Result<Session, SessionError> {
        let session = match question {
            Question::Ended(session) => session,
            Question::Old(headers) => self.ask_old(&headers).await?,
        };
        let settings = &*self.0;
        if settings.asks_store {
            match settings.login.nonces().contains(session.id().burn_key()).await {
                Ok(false) => {}
                Ok(true) => return Err(SessionError::Revoked),
                Err(_) => return Err(SessionError::StoreUnavailable),
            }
        }
        Ok(session)
    }

    async fn ask_old(&self, headers: &HeaderMap) -> Result<Session, SessionError> {
        let Some((old, _)) = &self.0.old else { return Err(SessionError::Missing) };
        let answer = timeout(OLD_DEADLINE, old.find(headers)).await;
        let Ok(Ok(found)) = answer else { return Err(SessionError::StoreUnavailable) };
        let old: OldSession = found.ok_or(SessionError::Missing)?;
        Ok(self.0.tokens.of_old(old, self.now()))
    }

    /// Counts and logs what is refused without a decision about a signature or a session, and gives it back.
    pub(crate) fn refused(&self, error: SignInError) -> SignInError {
        #[cfg(feature = "tracing")]
        tracing::debug!(code = error.code(), "refused: {error}");
        if let Some(on_outcome) = &self.0.on_outcome {
            on_outcome(error.code());
        }
        error
    }

    /// Counts and logs a decision.
    #[inline]
    pub(crate) fn report(&self, decision: &Result<Session, SessionError>) {
        let settings = &*self.0;
        let code = match decision {
            Ok(session) if session.is_old() => {
                settings.counters.accepted_old.fetch_add(1, Ordering::Relaxed);
                ACCEPTED_OLD
            }
            Ok(_) => {
                settings.counters.accepted.fetch_add(1, Ordering::Relaxed);
                ACCEPTED
            }
            Err(error) => error.code(),
        };
        #[cfg(feature = "tracing")]
        if let Err(error) = decision
            && *error != SessionError::Missing
        {
            tracing::debug!(code, "no session: {error}");
        }
        if let Some(on_outcome) = &settings.on_outcome {
            on_outcome(code);
        }
    }
}

const ACCEPTED: &str = "accepted";
const ACCEPTED_OLD: &str = "accepted_old";
const OLD_DEADLINE: Duration = Duration::from_millis(250);
