use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::{digest, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::body::Label;
use crate::error::ApiError;

/// Who is to become whom.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Impersonation {
    pub(crate) user_id: Label,
    /// The id of the person who asked for it.
    pub(crate) by: String,
}

/// Tokens that work once, within a minute. What is kept is their SHA-256: who reads this memory
/// cannot use them.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<[u8; 32], Pending>>);

#[derive(Debug)]
struct Pending {
    impersonation: Impersonation,
    expires_at: SystemTime,
}

impl Tokens {
    /// Gives a new token, and from when on it is refused.
    pub(crate) fn issue(
        &self,
        impersonation: Impersonation,
        now: SystemTime,
    ) -> Result<(String, SystemTime), ApiError> {
        let mut random = [0; 32];
        rand::fill(&mut random).map_err(|_| ApiError::Internal)?;
        let token = URL_SAFE_NO_PAD.encode(random);
        let expires_at = now.checked_add(LIFETIME).ok_or(ApiError::Internal)?;

        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pending.retain(|_, pending| now < pending.expires_at);
        if pending.len() >= CAPACITY {
            return Err(ApiError::Full);
        }
        pending.insert(sha256(&token), Pending { impersonation, expires_at });
        Ok((token, expires_at))
    }

    /// Takes it away. One that was used, has expired or never was is refused alike.
    pub(crate) fn redeem(&self, token: &str, now: SystemTime) -> Result<Impersonation, ApiError> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match pending.remove(&sha256(token)) {
            Some(found) if now < found.expires_at => Ok(found.impersonation),
            _ => Err(ApiError::UsedOrUnknown),
        }
    }
}

/// Looked up by its digest, a guess tells nothing by the time it takes: nobody chooses a digest.
fn sha256(token: &str) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    sum
}

const LIFETIME: Duration = Duration::from_secs(60);
const CAPACITY: usize = 1_000;

#[cfg(test)]
mod tests {
    #![expect(clippy::arithmetic_side_effects, reason = "tests may panic")]

    use super::*;

    fn wanted() -> Impersonation {
        let user_id = Label::try_from("user-7".to_owned()).unwrap();
        Impersonation { user_id, by: "7b5c9d0e".to_owned() }
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_token_works_once() {
        let tokens = Tokens::default();
        let (token, _) = tokens.issue(wanted(), at(1000)).unwrap();
        assert_eq!(tokens.redeem(&token, at(1001)), Ok(wanted()));
        assert_eq!(tokens.redeem(&token, at(1001)), Err(ApiError::UsedOrUnknown));
    }

    #[test]
    fn a_token_works_for_a_minute_and_not_a_moment_longer() {
        let tokens = Tokens::default();
        let (token, expires_at) = tokens.issue(wanted(), at(1000)).unwrap();
        assert_eq!(expires_at, at(1060));
        assert_eq!(tokens.redeem(&token, at(1060)), Err(ApiError::UsedOrUnknown));

        let (token, _) = tokens.issue(wanted(), at(1000)).unwrap();
        let last_moment = at(1060) - Duration::from_nanos(1);
        assert_eq!(tokens.redeem(&token, last_moment), Ok(wanted()));
    }

    #[test]
    fn a_token_with_one_character_changed_is_unknown_and_the_token_still_works() {
        let tokens = Tokens::default();
        let (token, _) = tokens.issue(wanted(), at(1000)).unwrap();
        let changed = token.replacen(|_| true, if token.starts_with('A') { "B" } else { "A" }, 1);
        assert_eq!(tokens.redeem(&changed, at(1001)), Err(ApiError::UsedOrUnknown));
        assert_eq!(tokens.redeem(&token, at(1001)), Ok(wanted()));
    }

    #[test]
    fn a_token_has_256_bits_and_is_not_kept() {
        let tokens = Tokens::default();
        let (token, _) = tokens.issue(wanted(), at(1000)).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(&token).unwrap().len(), 32);
        assert!(!format!("{tokens:?}").contains(&token));
    }

    #[test]
    fn a_full_store_refuses_until_tokens_expire() {
        let tokens = Tokens::default();
        for _ in 0..CAPACITY {
            tokens.issue(wanted(), at(1000)).unwrap();
        }
        assert_eq!(tokens.issue(wanted(), at(1059)), Err(ApiError::Full));
        assert!(tokens.issue(wanted(), at(1060)).is_ok());
    }
}
