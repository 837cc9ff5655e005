use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use siwe_session::testing::{Site, Wallet};
use siwe_session::{
    Audience, BurnKey, KeyRing, LoginVerifier, MemoryNonces, NonceKeys, NonceStore, SessionError,
    SessionKey, SiweLogin, SiweSession, SiweSessionBuilder, StoreError, StoreFuture,
};

use crate::support::*;

/// A store that answers, fails, or does not answer.
#[derive(Clone)]
struct Moody(Arc<(MemoryNonces, AtomicU8)>);

impl Moody {
    fn new() -> Self {
        Self(Arc::new((MemoryNonces::new(1000), AtomicU8::new(GOOD))))
    }

    fn set(&self, mood: u8) {
        self.0.1.store(mood, Ordering::SeqCst);
    }

    fn in_mood<'a>(&'a self, answer: StoreFuture<'a, bool>) -> StoreFuture<'a, bool> {
        match self.0.1.load(Ordering::SeqCst) {
            GOOD => answer,
            FAILS => Box::pin(std::future::ready(Err(StoreError::new("down")))),
            _ => Box::pin(pending()),
        }
    }
}

const GOOD: u8 = 0;
const FAILS: u8 = 1;
const HANGS: u8 = 2;

impl NonceStore for Moody {
    fn put_if_absent(&self, key: BurnKey, keep_for: Duration) -> StoreFuture<'_, bool> {
        self.in_mood(self.0.0.put_if_absent(key, keep_for))
    }

    fn contains(&self, key: BurnKey) -> StoreFuture<'_, bool> {
        self.in_mood(self.0.0.contains(key))
    }
}

impl fmt::Debug for Moody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Moody")
    }
}

fn builder(store: &Moody) -> SiweSessionBuilder {
    let audience = Audience::origin("https://example.com").unwrap().chains([1]);
    let verifier = LoginVerifier::builder(audience, NonceKeys::new([[7; 32]]).unwrap());
    let keys = KeyRing::new([SessionKey::hs256("a", [8; 32]).unwrap()]).unwrap();
    SiweSession::builder(SiweLogin::builder(verifier, store.clone()), keys).routes(routes())
}

#[tokio::test(start_paused = true)]
async fn while_the_store_does_not_answer_no_session_holds_and_none_is_ended() {
    let store = Moody::new();
    let siwe = builder(&store).build().unwrap();
    let app = app(&siwe);
    let wallet = Wallet::new();
    let token = sign_in(&app, &wallet, now()).await;
    for mood in [FAILS, HANGS] {
        store.set(mood);
        let response = ask(&app, with_cookie(request("GET", "/me"), &token)).await;
        assert_eq!(response.status(), 503);
        assert_eq!(refusal(&response), "store_unavailable");
        assert_eq!(response.headers()["retry-after"], "1");
        assert!(siwe.status().store_is_failing);
        // A page that is for everybody is still there; who asks there who it is, is told.
        assert_eq!(status(&app, with_cookie(request("GET", "/"), &token)).await, 200);
        assert_eq!(status(&app, with_cookie(request("GET", "/ann/forge"), &token)).await, 503);
        for (method, path) in [("POST", "refresh"), ("POST", "logout"), ("GET", "session")] {
            let sent = with_cookie(request(method, &format!("/api/auth/{path}")), &token);
            let response = ask(&app, sent).await;
            assert_eq!(response.status(), 503, "{path}");
            // The cookie is kept, so that it can be tried again.
            assert_eq!(cookie_set(&response, "__Host-siwe"), None, "{path}");
            assert_eq!(code(response).await, "store_unavailable");
        }
        let (body, binding) = signed(&app, &wallet, now()).await;
        assert_eq!(status(&app, post("/api/auth/verify", &body, &binding)).await, 503);
        store.set(GOOD);
        assert_eq!(status(&app, with_cookie(request("GET", "/me"), &token)).await, 200);
        assert!(!siwe.status().store_is_failing);
    }
    assert_eq!(status(&app, with_cookie(request("POST", "/api/auth/logout"), &token)).await, 204);
    assert_eq!(status(&app, with_cookie(request("GET", "/me"), &token)).await, 401);
}

#[tokio::test(start_paused = true)]
async fn where_ended_sessions_are_good_until_they_expire_the_store_is_not_asked() {
    let store = Moody::new();
    let app = app(&builder(&store).allow_ended_until_expiry().build().unwrap());
    let token = sign_in(&app, &Wallet::new(), now()).await;
    store.set(HANGS);
    assert_eq!(status(&app, with_cookie(request("GET", "/me"), &token)).await, 200);
    // To end one is still to say so.
    assert_eq!(status(&app, with_cookie(request("POST", "/api/auth/logout"), &token)).await, 503);
    store.set(GOOD);
    assert_eq!(status(&app, with_cookie(request("POST", "/api/auth/logout"), &token)).await, 204);
    assert_eq!(status(&app, with_cookie(request("GET", "/me"), &token)).await, 200);
}

#[tokio::test]
async fn every_sign_in_begins_a_session_of_its_own() {
    let site = Site::new();
    let siwe = site.builder().build().unwrap();
    let app = app(&siwe);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let token = sign_in(&app, site.wallet(), now()).await;
        let request = with_cookie(request("GET", "/"), &token);
        ids.push(siwe.authenticate(request.headers()).await.unwrap().id());
    }
    assert_ne!(ids[0], ids[1]);
    assert!(ids.iter().all(|id| id.to_string() != "0".repeat(32)));
}

#[tokio::test]
async fn ending_one_session_ends_no_other_of_the_wallet() {
    let site = Site::new();
    let siwe = site.builder().build().unwrap();
    let [first, second] = [site.sign(request("GET", "/")), site.sign(request("GET", "/"))];
    let session = siwe.authenticate(first.headers()).await.unwrap();
    siwe.end(&session).await.unwrap();
    siwe.end(&session).await.unwrap();
    assert_eq!(siwe.authenticate(first.headers()).await, Err(SessionError::Revoked));
    assert!(siwe.authenticate(second.headers()).await.is_ok());
}
