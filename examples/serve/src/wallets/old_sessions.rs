use std::fmt;
use std::time::{Duration, SystemTime};

use alloy_primitives::{Address, hex};
use http::HeaderMap;
use http::header::COOKIE;
use sha2::{Digest, Sha256};
use siwe_session::{OldSession, OldSessionFuture, OldSessions, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};
use thiserror::Error;
use tokio::time::timeout;

use super::{ANSWER, CONNECTIONS, START};
use crate::Database;

/// The sessions of the server that was there before, in its table of PostgreSQL. It makes and ends them;
/// here they are read alone.
///
/// ```sql
/// CREATE TABLE sessions (
///     token_hash bytea PRIMARY KEY,    -- the SHA-256 of the 32 bytes that the cookie has in hexadecimal digits
///     address text NOT NULL,
///     chain_id bigint NOT NULL,
///     expires_at timestamptz NOT NULL
/// );
/// ```
#[derive(Clone)]
pub struct OldSessionTable(PgPool);

impl OldSessionTable {
    /// The cookie that has the token: 32 random bytes, as 64 lower-case hexadecimal digits.
    pub const COOKIE: &str = forge::OLD_SESSION_COOKIE;

    /// Connects, and sees whether the table is there.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or has other columns.
    pub async fn open(database: &Database) -> Result<Self, OldSessionTableError> {
        let pool = database.pool(CONNECTIONS, ANSWER);
        let table =
            sqlx::query("SELECT token_hash, address, chain_id, expires_at FROM sessions LIMIT 0");
        let seen = timeout(START, table.execute(&pool)).await;
        seen.map_err(OldSessionTableError::new)?.map_err(OldSessionTableError::new)?;
        Ok(Self(pool))
    }

    async fn read(&self, hash: [u8; 32]) -> Result<Option<OldSession>, StoreError> {
        // The server's clock is the only one. A session that never expires is taken for one of ten years.
        let row = sqlx::query_as(
            "SELECT address, chain_id, extract(epoch FROM \
                 least(expires_at, clock_timestamp() + interval '10 years'))::bigint \
             FROM sessions WHERE token_hash = $1 AND expires_at > clock_timestamp()",
        );
        let mut connection = Borrowed(Some(self.0.acquire().await.map_err(StoreError::new)?));
        let Some(borrowed) = connection.0.as_deref_mut() else { return Ok(None) };
        let row: Option<(String, i64, i64)> =
            row.bind(&hash[..]).fetch_optional(borrowed).await.map_err(StoreError::new)?;
        connection.give_back();
        let Some((address, chain_id, expires_at)) = row else { return Ok(None) };
        let address: Address = address.parse().map_err(StoreError::new)?;
        let chain_id = u64::try_from(chain_id).map_err(StoreError::new)?;
        let expires_at = Duration::from_secs(u64::try_from(expires_at).map_err(StoreError::new)?);
        let mut id = [0; 16];
        id.iter_mut().zip(hash).for_each(|(id, byte)| *id = byte);
        let session = OldSession::new(address, chain_id, id);
        Ok(Some(match SystemTime::UNIX_EPOCH.checked_add(expires_at) {
            Some(expires_at) => session.until(expires_at),
            None => session,
        }))
    }
}

impl OldSessions for OldSessionTable {
    fn find<'a>(&'a self, headers: &'a HeaderMap) -> OldSessionFuture<'a> {
        // Who has no such cookie costs the database nothing.
        let hash = token(headers).map(|token| Sha256::digest(token).into());
        Box::pin(async move {
            match hash {
                Some(hash) => self.read(hash).await,
                None => Ok(None),
            }
        })
    }
}

/// The token of the one cookie there is. Of two, nobody can say which is the browser's own.
fn token(headers: &HeaderMap) -> Option<[u8; 32]> {
    let cookies = headers.get_all(COOKIE).iter();
    let cookies = cookies.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let mut values = cookies.filter_map(|cookie| {
        let mut parts = cookie.splitn(2, |byte| *byte == b'=');
        let (name, value) = (parts.next()?.trim_ascii(), parts.next()?.trim_ascii());
        (name == OldSessionTable::COOKIE.as_bytes()).then_some(value)
    });
    let (value, None) = (values.next()?, values.next()) else { return None };
    let is_form = value.len() == 64 && !value.iter().any(u8::is_ascii_uppercase);
    let mut token = [0; 32];
    (is_form && hex::decode_to_slice(value, &mut token).is_ok()).then_some(token)
}

impl fmt::Debug for OldSessionTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OldSessionTable").finish_non_exhaustive()
    }
}

/// A connection of the pool. If it is dropped before its call has come to its end, it is closed: the
/// pool would take it back, and wait for the answer of a server that may have fallen silent.
struct Borrowed(Option<PoolConnection<Postgres>>);

impl Borrowed {
    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

/// Why old sessions cannot be read.
#[derive(Debug, Error)]
#[error("the table of old sessions cannot be read")]
pub struct OldSessionTableError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl OldSessionTableError {
    fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn token_of(cookies: &[&str]) -> Option<[u8; 32]> {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        token(&headers)
    }

    #[test]
    fn the_token_is_that_of_the_one_cookie_of_this_name() {
        let good = format!("plue_session={}", "0a".repeat(32));
        let beside = format!("theme=dark; {good} ;lang=de");
        for cookies in [&[&*good][..], &[&beside], &["theme=dark", &good]] {
            assert_eq!(token_of(cookies), Some([10; 32]), "{cookies:?}");
        }
        for cookies in [
            &[][..],
            &["theme=dark"],
            // Two of them, though they are the same.
            &[&good, &good],
            &[&format!("{good}; {good}")],
            &[&good, "plue_session="],
            // Another name, another form.
            &[&good.replace("plue", "Plue")],
            &[&format!("x{good}")],
            &[&good.replace("0a", "0A")],
            &[&good.replacen("0a", "0x", 1)],
            &[&format!("{good}0a")],
            &[&good.replace('=', "=0x")],
            &[good.strip_suffix("a").unwrap()],
            &[&format!("plue_session=\"{}\"", "0a".repeat(31))],
        ] {
            assert_eq!(token_of(cookies), None, "{cookies:?}");
        }
    }
}
