//! Sessions of the system that was there before: it alone renews them.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use siwe_session::testing::Site;
use siwe_session::{
    Audience, Claims, Migration, MigrationStep, OldSession, OldSessionFuture, OldSessions, Session,
    SessionError, SessionTokens, SiweSession,
};

use crate::wallet;

/// In which everybody has the same session, but who says that he has none.
#[derive(Debug)]
struct Before;

impl OldSessions for Before {
    fn find<'a>(&'a self, headers: &'a HeaderMap) -> OldSessionFuture<'a> {
        let old = OldSession::new(wallet().address(), 8453, [5; 16]);
        let found = (!headers.contains_key("x-nobody")).then_some(old);
        Box::pin(async move { Ok(found) })
    }
}

fn site() -> (Site, SiweSession) {
    let site = Site::new();
    let siwe = site_with(&site, Before);
    (site, siwe)
}

fn site_with(site: &Site, old: impl OldSessions) -> SiweSession {
    let migration = Migration::new(MigrationStep::Both);
    site.builder().old_sessions(old, migration).build().unwrap()
}

async fn old(siwe: &SiweSession) -> Session {
    siwe.authenticate(&HeaderMap::new()).await.unwrap()
}

#[tokio::test]
async fn an_old_session_says_that_it_is_one() {
    let (_, siwe) = site();
    let session = old(&siwe).await;
    assert!(session.is_old());
    assert_eq!(session.address(), wallet().address());
    assert_eq!(session.chain_id(), 8453);
    assert_eq!(session.origin(), "https://example.com");
    assert_eq!(session.id().to_string(), crate::forge::SID);
    assert_eq!(session.claims(), &Claims::new());
    assert!(!session.is_contract());
    let nobody = [("x-nobody".parse().unwrap(), "1".parse().unwrap())];
    let refused = siwe.authenticate(&HeaderMap::from_iter(nobody)).await;
    assert_eq!(refused.unwrap_err(), SessionError::Missing);
}

/// In which everybody has a session that lives until then.
#[derive(Debug)]
struct Until(SystemTime);

impl OldSessions for Until {
    fn find<'a>(&'a self, _: &'a HeaderMap) -> OldSessionFuture<'a> {
        let old = OldSession::new(wallet().address(), 8453, [5; 16]).until(self.0);
        Box::pin(async move { Ok(Some(old)) })
    }
}

#[tokio::test]
async fn that_an_old_session_was_ended_is_remembered_for_as_long_as_it_lives() {
    let site = Site::new();
    let (day, leeway) = (Duration::from_secs(24 * 60 * 60), Duration::from_secs(30));
    let start = old(&site_with(&site, Before)).await.issued_at();
    let audience = Audience::origin("https://example.com").unwrap().chains([1]);
    let tokens = SessionTokens::builder(site.keys().clone(), [&audience]).build().unwrap();
    for (lives, remembered) in [(30 * day, 30 * day), (day / 2, day)] {
        let session = old(&site_with(&site, Until(start + lives))).await;
        assert_eq!(session.expires_at(), start + lives);
        let now = session.issued_at();
        let late = now.duration_since(start).unwrap();
        let remembered = if lives > day { remembered - late } else { remembered };
        assert_eq!(tokens.keep_for(&session, now), remembered + leeway);
        assert!(!tokens.is_due(&session, now + lives - Duration::from_secs(1)));
        assert!(tokens.renew(&session, now).is_err());
    }
}

#[tokio::test]
async fn an_old_session_is_never_renewed() {
    let (site, siwe) = site();
    let session = old(&siwe).await;
    assert_eq!(siwe.renew(&session).unwrap_err(), SessionError::Missing);
    let audience = Audience::origin("https://example.com").unwrap().chains([1]);
    let tokens = SessionTokens::builder(site.keys().clone(), [&audience]).build().unwrap();
    let now: SystemTime = session.issued_at();
    assert_eq!(tokens.renew(&session, now).unwrap_err(), SessionError::Missing);
    assert!(!tokens.is_due(&session, now));
    // A new one is.
    let (new, _) =
        tokens.issue(&site.login(site.wallet(), now), Claims::new(), [6; 16], now).unwrap();
    assert!(tokens.renew(&new, now).is_ok());
    assert!(siwe.renew(&new).is_ok());
}
