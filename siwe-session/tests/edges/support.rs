//! What signs in here, and stores that do as they are told.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use siwe_session::testing::Wallet;
use siwe_session::{
    Audience, BrowserBinding, BurnKey, Login, LoginVerifier, LoginVerifierBuilder, Message,
    NonceKeys, NonceStore, SiweLogin, StoreFuture, VerifyError,
};

pub(crate) fn audience() -> Audience {
    Audience::origin("https://plue.dev").unwrap().chains([1])
}

pub(crate) fn verifier() -> LoginVerifierBuilder {
    LoginVerifier::builder(audience(), NonceKeys::new([[7; 32]]).unwrap())
}

pub(crate) fn wallet() -> Wallet {
    Wallet::from_key([1; 32])
}

pub(crate) fn browser() -> BrowserBinding {
    BrowserBinding::new([3; 16])
}

/// A message with a nonce for the browser, as the wallet's library makes it now.
pub(crate) fn message(siwe: &SiweLogin) -> Message<'static> {
    let nonce = siwe.nonce(&audience(), Some(&browser())).unwrap();
    Message::builder("plue.dev", wallet().address())
        .uri("https://plue.dev/login")
        .chain_id(1)
        .nonce(nonce.as_str())
        .issued_at(now())
        .build()
        .unwrap()
}

pub(crate) async fn sign_in(siwe: &SiweLogin, message: &Message<'_>) -> Result<Login, VerifyError> {
    siwe.login(message.as_str(), &wallet().sign(message), Some(&browser())).await
}

#[expect(clippy::disallowed_methods, reason = "what is tested has no other clock")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// A store that does what it is told, and counts how often it is asked.
#[derive(Clone)]
pub(crate) struct Told {
    asked: Arc<AtomicUsize>,
    answer: Arc<dyn Fn() -> StoreFuture<'static, bool> + Send + Sync>,
}

impl Told {
    pub(crate) fn to(
        answer: impl Fn() -> StoreFuture<'static, bool> + Send + Sync + 'static,
    ) -> Self {
        Self { asked: Arc::default(), answer: Arc::new(answer) }
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl NonceStore for Told {
    fn put_if_absent(&self, _: BurnKey, keep_for: Duration) -> StoreFuture<'_, bool> {
        assert_eq!(keep_for, Duration::from_secs(720));
        self.asked.fetch_add(1, Ordering::SeqCst);
        (self.answer)()
    }

    fn contains(&self, _: BurnKey) -> StoreFuture<'_, bool> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        (self.answer)()
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}
