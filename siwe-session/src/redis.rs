//! Burned nonces, and sessions that were ended, in Redis, or what speaks its protocol: for any number of processes.

use std::fmt;
use std::time::Duration;

use ::redis::Value;
use ::redis::aio::ConnectionLike;

use crate::{BurnKey, ConfigError, NonceStore, StoreError, StoreFuture};

/// Burned nonces, and sessions that were ended, in Redis 2.6.12 or later, through a connection of the crate `redis` that can be cloned:
/// a `ConnectionManager` goes on after an outage, a `MultiplexedConnection` does not.
///
/// Each is one key, which Redis itself forgets when the nonce has expired. Redis must not forget it
/// before: set `maxmemory-policy noeviction`. Then a Redis that is full fails, and so does a sign-in.
///
/// What Redis loses it cannot tell: after a restart without its data, or a failover to a replica that
/// lacked the latest of it, a nonce that was burned just before can serve once more, until it expires.
/// That is of use to nobody but who has the signed message and, if nonces are bound to browsers, the
/// browser's cookie. `appendonly yes` with `appendfsync always` loses nothing in a restart; PostgreSQL
/// does not either.
#[derive(Clone)]
pub struct RedisNonces<C> {
    connection: C,
    prefix: String,
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> RedisNonces<C> {
    /// Keys that begin with `siwe:used:`.
    #[must_use]
    pub fn new(connection: C) -> Self {
        Self { connection, prefix: "siwe:".to_owned() }
    }

    /// What the keys begin with before `used:`, instead of `siwe:`, for each who shares the Redis
    /// another.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Prefix`] if it is not 1 to 40 lower-case letters, digits, `_` and `:`, the first a
    /// letter.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Result<Self, ConfigError> {
        self.prefix = prefix.into();
        if is_prefix(&self.prefix) { Ok(self) } else { Err(ConfigError::Prefix) }
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> NonceStore for RedisNonces<C> {
    fn put_if_absent(&self, key: BurnKey, keep_for: Duration) -> StoreFuture<'_, bool> {
        let mut connection = self.connection.clone();
        // Redis runs one command at a time, so this is one step.
        let mut set = ::redis::cmd("SET");
        set.arg(self.name(key)).arg("1");
        set.arg("NX").arg("PX").arg(milliseconds(keep_for));
        Box::pin(async move {
            match set.query_async(&mut connection).await.map_err(StoreError::new)? {
                Value::Okay => Ok(true),
                Value::Nil => Ok(false),
                _ => Err(StoreError::new("neither OK nor nil is the answer to SET with NX")),
            }
        })
    }

    fn contains(&self, key: BurnKey) -> StoreFuture<'_, bool> {
        let mut connection = self.connection.clone();
        let mut exists = ::redis::cmd("EXISTS");
        exists.arg(self.name(key));
        Box::pin(async move { exists.query_async(&mut connection).await.map_err(StoreError::new) })
    }
}

impl<C> RedisNonces<C> {
    fn name(&self, key: BurnKey) -> String {
        format!("{}used:{}", self.prefix, key.as_str())
    }
}

impl<C> fmt::Debug for RedisNonces<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisNonces").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

fn is_prefix(text: &str) -> bool {
    let rest =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_:".contains(&byte);
    text.len() <= 40
        && text.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        && text.bytes().all(rest)
}

/// Not less than the duration. Redis refuses 0, and what is over its range.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000).max(1)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_for_whole_milliseconds_and_not_for_fewer() {
        for (nanoseconds, expected) in [(0, 1), (1, 1), (1_000_000, 1), (1_000_001, 2)] {
            assert_eq!(milliseconds(Duration::from_nanos(nanoseconds)), expected, "{nanoseconds}");
        }
        assert_eq!(milliseconds(Duration::from_secs(600)), 600_000);
        assert_eq!(milliseconds(Duration::MAX), u64::MAX);
    }
}
