use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderMap;

use crate::check::{Begun, Check, Window};
use crate::headers::{DeliveryHeaders, Head, Kind};
use crate::{
    Broadcasters, Campaigns, ConfigError, Delivery, Keys, Replays, Timestamp, VerifyError,
};

/// Verifies the webhooks of Kick, or of a relay of yours.
///
/// Cloning shares one value.
#[derive(Clone, Debug)]
pub struct KickHmac(Arc<Settings>);

pub(crate) struct Settings {
    pub(crate) keys: Keys,
    pub(crate) broadcasters: Broadcasters,
    pub(crate) campaigns: Option<Campaigns>,
    pub(crate) replays: Replays,
    #[cfg(feature = "tokio")]
    pub(crate) store_is_failing: std::sync::atomic::AtomicBool,
    pub(crate) body_limit: usize,
    pub(crate) body_deadline: Duration,
    pub(crate) lease: Duration,
    leeway: Duration,
    max_age: Duration,
    pub(crate) on_outcome: Option<Box<dyn Fn(&'static str) + Send + Sync>>,
}

impl KickHmac {
    /// Starts from what cannot be left out: who signs ([`KickKeys`](crate::KickKeys) or
    /// [`RelayKeys`](crate::RelayKeys)), whose events are for you, and where the ids of what was handled
    /// are remembered.
    pub fn builder(
        keys: impl Into<Keys>,
        broadcasters: Broadcasters,
        replays: impl Into<Replays>,
    ) -> KickHmacBuilder {
        KickHmacBuilder(Settings {
            keys: keys.into(),
            broadcasters,
            campaigns: None,
            replays: replays.into(),
            #[cfg(feature = "tokio")]
            store_is_failing: std::sync::atomic::AtomicBool::default(),
            body_limit: DEFAULT_BODY_LIMIT,
            body_deadline: DEFAULT_BODY_DEADLINE,
            lease: DEFAULT_LEASE,
            leeway: DEFAULT_LEEWAY,
            max_age: DEFAULT_MAX_AGE,
            on_outcome: None,
        })
    }

    /// Verifies a request whose body is here, against this time: [`headers`](Self::headers),
    /// [`begin`](Self::begin) and [`finish`](Check::finish) in one. It neither waits nor reads a clock.
    ///
    /// That the message comes for the first time is not proven by this: the edges ask the store for it.
    ///
    /// # Errors
    ///
    /// The first of the checks that fails, in the order of [`VerifyError`].
    pub fn verify(
        &self,
        headers: &HeaderMap,
        body: impl Into<Bytes>,
        now: SystemTime,
    ) -> Result<Delivery, VerifyError> {
        let mut check = self.begin(self.headers(headers)?, now)?;
        check.update(body.into())?;
        check.finish(now)
    }

    /// Reads a request's headers: no content coding, each header once, each in its form.
    ///
    /// # Errors
    ///
    /// [`VerifyError::ContentEncoding`], [`VerifyError::MissingHeader`], [`VerifyError::RepeatedHeader`]
    /// or [`VerifyError::MalformedHeader`].
    pub fn headers<'a>(&self, headers: &'a HeaderMap) -> Result<DeliveryHeaders<'a>, VerifyError> {
        DeliveryHeaders::read(headers, &self.0.keys)
    }

    /// Checks what can be checked before there is a body: whether Drops claims are expected, the time,
    /// and the form of the signature.
    ///
    /// # Errors
    ///
    /// [`VerifyError::UnexpectedDrops`], [`VerifyError::Stale`], [`VerifyError::SentInFuture`] or
    /// [`VerifyError::MalformedSignature`].
    pub fn begin(
        &self,
        headers: DeliveryHeaders<'_>,
        now: SystemTime,
    ) -> Result<Check<'_>, VerifyError> {
        Ok(Check::new(self, self.check_head(headers, now)?))
    }

    /// What [`begin`](Self::begin) checks, without a borrow.
    pub(crate) fn check_head(
        &self,
        headers: DeliveryHeaders<'_>,
        now: SystemTime,
    ) -> Result<Begun, VerifyError> {
        let DeliveryHeaders { head, signature } = headers;
        if head.kind == Kind::Drops && self.0.campaigns.is_none() {
            return Err(VerifyError::UnexpectedDrops);
        }
        let window = self.0.window(&head.timestamp);
        window.check(now)?;
        let signature = self.0.keys.check(signature, now)?;
        Ok(Begun { head, signature, window })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0
    }
}

impl Settings {
    fn window(&self, timestamp: &Timestamp) -> Window {
        let sent = timestamp.since_epoch();
        Window {
            earliest: sent.saturating_sub(self.leeway),
            latest: sent.saturating_add(self.max_age),
        }
    }

    pub(crate) fn check_audience(&self, head: &Head, body: &[u8]) -> Result<(), VerifyError> {
        if head.kind == Kind::Drops {
            self.campaigns.as_ref().ok_or(VerifyError::UnexpectedDrops)?.check(body)
        } else {
            self.broadcasters.check(body)
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("keys", &self.keys)
            .field("broadcasters", &self.broadcasters)
            .field("campaigns", &self.campaigns)
            .field("replays", &self.replays)
            .field("body_limit", &self.body_limit)
            .field("body_deadline", &self.body_deadline)
            .field("lease", &self.lease)
            .field("leeway", &self.leeway)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

/// Makes a [`KickHmac`]. The defaults are the strict choice; nothing that is set here skips a check.
#[derive(Debug)]
#[must_use]
pub struct KickHmacBuilder(Settings);

impl KickHmacBuilder {
    /// Accepts Drops claims of these campaigns, which come with headers of their own. Default: none.
    pub fn drops(mut self, campaigns: Campaigns) -> Self {
        self.0.campaigns = Some(campaigns);
        self
    }

    /// The largest body, in bytes. Default: 256 KiB; at most 16 MiB. Kick's own have some 10 KiB at
    /// most.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.0.body_limit = bytes;
        self
    }

    /// How long a body may take to come, at the edges. Default: 10 seconds.
    pub fn body_deadline(mut self, deadline: Duration) -> Self {
        self.0.body_deadline = deadline;
        self
    }

    /// How long ago a message may have been sent, when it comes and when its body has come. Default: 5
    /// minutes; from a second to an hour.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.0.max_age = age;
        self
    }

    /// How far Kick's clock may be ahead of this machine's. Default: 60 seconds; at most 300.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.0.leeway = leeway;
        self
    }

    /// How long a handler has a message for itself. If it has neither succeeded nor failed by then, as
    /// one whose process was killed, the next delivery of the message is handled. Default: 30 seconds;
    /// from a second to an hour.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.0.lease = lease;
        self
    }

    /// Calls this with the code of every decision: `accepted`, or [`VerifyError::code`] of what is
    /// refused or answered; and after `accepted` with how it ended: `committed`, `released` or
    /// `not_committed`, and before that `malformed_event` if an extractor refused it. For counters; it
    /// runs on the request's path.
    pub fn on_outcome(mut self, on_outcome: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        self.0.on_outcome = Some(Box::new(on_outcome));
        self
    }

    /// Checks the configuration.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::NoBroadcaster`] or [`ConfigError::NoCampaign`] if a list names nobody.
    /// 2. [`ConfigError::BodyLimit`], [`ConfigError::Window`] or [`ConfigError::Lease`] if one of them
    ///    is out of its range.
    /// 3. [`ConfigError::Retention`] if the store forgets an id while its message would be accepted.
    pub fn build(self) -> Result<KickHmac, ConfigError> {
        let Settings { body_limit, lease, leeway, max_age, .. } = self.0;
        self.0.broadcasters.check_config()?;
        self.0.campaigns.as_ref().map_or(Ok(()), Campaigns::check_config)?;
        if !(1..=MAX_BODY_LIMIT).contains(&body_limit) {
            return Err(ConfigError::BodyLimit);
        }
        if !(SECOND..=HOUR).contains(&max_age) || leeway > MAX_LEEWAY {
            return Err(ConfigError::Window);
        }
        if !(SECOND..=HOUR).contains(&lease) {
            return Err(ConfigError::Lease);
        }
        // From when it is committed, which may be as early as the message is ahead of this clock.
        let accepted_for = max_age.saturating_add(leeway);
        if self.0.replays.retention().is_some_and(|retention| retention < accepted_for) {
            return Err(ConfigError::Retention);
        }
        Ok(KickHmac(Arc::new(self.0)))
    }
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);

const DEFAULT_BODY_DEADLINE: Duration = Duration::from_secs(10);
const DEFAULT_BODY_LIMIT: usize = 256 * 1024;
const MAX_BODY_LIMIT: usize = 16 * 1024 * 1024;
const DEFAULT_LEASE: Duration = Duration::from_secs(30);
const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);
const MAX_LEEWAY: Duration = Duration::from_secs(300);
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(300);
