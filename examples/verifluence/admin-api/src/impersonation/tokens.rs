use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::{digest, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use database::Store;

use super::Impersonation;
use crate::error::ApiError;

/// Tokens that work once, within a minute. The public API takes them away. What is kept is their SHA-256:
/// who reads that cannot use them.
#[derive(Debug)]
pub(crate) enum Tokens {
    /// Nobody can take one away, so that they expire is all that is kept of them.
    Memory {
        expire_at: Mutex<Vec<SystemTime>>,
        most: u32,
    },
    Postgres {
        store: Store,
        most: u32,
    },
}

/// A new token, and from which second on, since 1970, it is refused.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) token: String,
    pub(crate) expires_at: i64,
}

impl Tokens {
    pub(crate) fn memory(most: u32) -> Self {
        Self::Memory { expire_at: Mutex::default(), most }
    }

    pub(crate) fn postgres(store: Store, most: u32) -> Self {
        Self::Postgres { store, most }
    }

    /// Makes one, and removes those that have expired.
    pub(crate) async fn issue(&self, wanted: &Impersonation) -> Result<Token, ApiError> {
        let mut random = [0; 32];
        rand::fill(&mut random).map_err(|_| ApiError::Internal)?;
        let token = URL_SAFE_NO_PAD.encode(random);
        let expires_at = match self {
            Self::Memory { expire_at, most } => {
                let mut expire_at = expire_at.lock().unwrap_or_else(PoisonError::into_inner);
                note(&mut expire_at, *most, now())?
            }
            Self::Postgres { store, most } => {
                let hash = digest::digest(&digest::SHA256, token.as_bytes());
                let insert = sqlx::query_scalar(INSERT)
                    .bind(hash.as_ref())
                    .bind(wanted.user_id.as_str())
                    .bind(&wanted.by)
                    .bind(LIFETIME.as_secs_f64())
                    .bind(i64::from(*most));
                let inserted = store.ask(insert.fetch_optional(store.pool())).await?;
                inserted.ok_or(ApiError::Full)?
            }
        };
        Ok(Token { token, expires_at })
    }
}

fn note(expire_at: &mut Vec<SystemTime>, most: u32, now: SystemTime) -> Result<i64, ApiError> {
    expire_at.retain(|expires_at| now < *expires_at);
    if expire_at.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(ApiError::Full);
    }
    let expires_at = now.checked_add(LIFETIME).ok_or(ApiError::Internal)?;
    expire_at.push(expires_at);
    let since_1970 = expires_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_secs()).map_err(|_| ApiError::Internal)
}

#[expect(clippy::disallowed_methods, reason = "the edge: what is behind takes the time")]
fn now() -> SystemTime {
    SystemTime::now()
}

const LIFETIME: Duration = Duration::from_secs(60);

/// Both see what was there before: the expired are told apart once more.
const INSERT: &str = "\
WITH expired AS (DELETE FROM impersonations WHERE expires_at <= now())
INSERT INTO impersonations (token_hash, user_id, by, expires_at)
SELECT $1::bytea, $2::text, $3::text, now() + $4::float8 * interval '1 second'
WHERE (SELECT count(*) FROM impersonations WHERE expires_at > now()) < $5
RETURNING floor(extract(epoch FROM expires_at))::bigint";

#[cfg(test)]
mod tests {
    #![expect(clippy::arithmetic_side_effects, reason = "tests may panic")]

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn what_is_full_refuses_until_tokens_expire_after_a_minute() {
        let mut expire_at = Vec::new();
        assert_eq!(note(&mut expire_at, 2, at(1000)), Ok(1060));
        assert_eq!(note(&mut expire_at, 2, at(1001)), Ok(1061));
        let last_moment = at(1060) - Duration::from_nanos(1);
        assert_eq!(note(&mut expire_at, 2, last_moment), Err(ApiError::Full));
        assert_eq!(note(&mut expire_at, 2, at(1060)), Ok(1120));
        assert_eq!(note(&mut expire_at, 2, at(1060)), Err(ApiError::Full));
    }
}
