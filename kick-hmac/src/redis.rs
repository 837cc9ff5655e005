//! Ids in Redis, or what speaks its protocol: for any number of processes.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use ::redis::aio::ConnectionLike;
use ::redis::{FromRedisValue, Script};

use crate::replay::{Lease, ReplayStore, Reserved, StoreError, StoreFuture};
use crate::{ConfigError, MessageId};

/// Ids in Redis 2.6 or later, through a connection of the crate `redis` that can be cloned: a
/// `ConnectionManager` goes on after an outage, a `MultiplexedConnection` does not.
///
/// Each id is one key, which Redis itself forgets after the retention. Redis must not forget it before:
/// set `maxmemory-policy noeviction`. What Redis loses it cannot tell: after a restart without its data,
/// or a failover to a replica that lacked the latest of it, a message sent within
/// [`max_age`](crate::KickHmacBuilder::max_age) can be handled a second time. `appendonly yes` with
/// `appendfsync always` loses nothing in a restart; PostgreSQL does not either.
#[derive(Clone)]
pub struct RedisReplays<C> {
    connection: C,
    prefix: String,
    retention: Duration,
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> RedisReplays<C> {
    /// Keys that begin with `kick:`, each kept for 24 hours.
    #[must_use]
    pub fn new(connection: C) -> Self {
        Self { connection, prefix: "kick:".to_owned(), retention: DEFAULT_RETENTION }
    }

    /// What the keys begin with, for each who shares the Redis another.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Prefix`] if it is not 1 to 40 lower-case letters, digits, `_` and `:`, the first a
    /// letter.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Result<Self, ConfigError> {
        self.prefix = prefix.into();
        if is_prefix(&self.prefix) { Ok(self) } else { Err(ConfigError::Prefix) }
    }

    /// For how long an id is remembered. Default: 24 hours.
    #[must_use]
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    fn run<T: FromRedisValue + Send>(
        &self,
        script: &'static Script,
        id: MessageId,
        lease: Lease,
        duration: Duration,
    ) -> StoreFuture<'_, T> {
        let mut connection = self.connection.clone();
        let key = format!("{}{id}", self.prefix);
        Box::pin(async move {
            let mut call = script.key(key);
            call.arg(lease.as_bytes()).arg(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
            call.invoke_async(&mut connection).await.map_err(StoreError::new)
        })
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> ReplayStore for RedisReplays<C> {
    fn reserve(
        &self,
        id: MessageId,
        lease: Lease,
        duration: Duration,
    ) -> StoreFuture<'_, Reserved> {
        let answer = self.run::<u8>(&RESERVE, id, lease, duration);
        Box::pin(async move {
            Ok(match answer.await? {
                NEW => Reserved::New,
                COMMITTED => Reserved::Committed,
                _ => Reserved::InFlight,
            })
        })
    }

    fn commit(&self, id: MessageId, lease: Lease) -> StoreFuture<'_, bool> {
        self.run(&COMMIT, id, lease, self.retention)
    }

    fn release(&self, id: MessageId, lease: Lease) -> StoreFuture<'_, ()> {
        self.run(&RELEASE, id, lease, Duration::ZERO)
    }

    fn retention(&self) -> Option<Duration> {
        Some(self.retention)
    }
}

impl<C> fmt::Debug for RedisReplays<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisReplays")
            .field("prefix", &self.prefix)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}

fn is_prefix(text: &str) -> bool {
    let rest =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_:".contains(&byte);
    text.len() <= 40
        && text.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        && text.bytes().all(rest)
}

const DEFAULT_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

// A key holds `c`, or the 16 bytes of a lease. Redis runs one script at a time, so each is one step.

static RESERVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local held = redis.call('GET', KEYS[1])
         if held == 'c' then return 2 end
         if held and held ~= ARGV[1] then return 1 end
         redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
         return 0",
    )
});

static COMMIT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local held = redis.call('GET', KEYS[1])
         if held and held ~= ARGV[1] then return 0 end
         redis.call('SET', KEYS[1], 'c', 'PX', ARGV[2])
         return 1",
    )
});

static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
         return redis.status_reply('OK')",
    )
});

const NEW: u8 = 0;
const COMMITTED: u8 = 2;
