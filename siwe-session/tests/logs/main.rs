//! What is logged, and what never is.

#![expect(
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use std::future::ready;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use http::Extensions;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use siwe_session::testing::Site;
use siwe_session::{
    Claims, ContractCall, ContractError, ContractFuture, ContractVerifier, IdentityHeader,
    IdentityTrust, LoginDenied, Nonces, SiweLogin, StoreError,
};
use tracing::Level;
use tracing::subscriber::DefaultGuard;

#[path = "../edges/support.rs"]
mod support;

use support::{Told, audience, browser, message, sign_in, verifier, wallet};

/// What this thread logs. One test at a time listens, and they are alone in their process: what is asked
/// for its first time while nobody listens may be silent for a moment.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

static LISTENING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

impl Log {
    fn at(level: Level) -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn refusals_are_logged_at_debug_with_their_code_and_nothing_of_the_sender() {
    let _listening = LISTENING.lock().await;
    let (log, _guard) = Log::at(Level::TRACE);
    let siwe = SiweLogin::builder(verifier(), Nonces::single_process()).build().unwrap();
    let message = message(&siwe);
    assert!(sign_in(&siwe, &message).await.is_ok());
    assert_eq!(log.take(), "", "who signs in is not worth a line");

    assert!(sign_in(&siwe, &message).await.is_err());
    let logged = log.take();
    assert!(logged.contains("DEBUG") && logged.contains("used_nonce"), "{logged}");
    let signature = wallet().sign(&message);
    for secret in [message.nonce(), &signature[..20], &browser().to_string()] {
        assert!(!logged.contains(secret), "{logged}");
    }
    assert!(siwe.login("attackers text", "0x", None).await.is_err());
    let logged = log.take();
    assert!(logged.contains("malformed_message") && !logged.contains("attackers"), "{logged}");
}

#[tokio::test]
async fn a_store_that_fails_and_is_back_is_logged_once_each() {
    let _listening = LISTENING.lock().await;
    let (log, _guard) = Log::at(Level::WARN);
    let fails = Arc::new(AtomicBool::new(true));
    let told = Arc::clone(&fails);
    let store = Told::to(move || {
        let fails = told.load(Ordering::SeqCst);
        Box::pin(ready(if fails { Err(StoreError::new("no route")) } else { Ok(true) }))
    });
    let siwe = SiweLogin::builder(verifier(), store.clone()).build().unwrap();
    for _ in 0..3 {
        assert!(sign_in(&siwe, &message(&siwe)).await.is_err());
    }
    assert_eq!(store.asked(), 3);
    let logged = log.take();
    assert_eq!(logged.lines().count(), 1, "{logged}");
    assert!(logged.contains("nobody is signed in") && logged.contains("no route"), "{logged}");
    fails.store(false, Ordering::SeqCst);
    for _ in 0..3 {
        assert!(sign_in(&siwe, &message(&siwe)).await.is_ok());
    }
    let logged = log.take();
    assert_eq!(logged.lines().count(), 1, "{logged}");
    assert!(logged.contains("is back"), "{logged}");
}

#[tokio::test]
async fn a_session_that_does_not_hold_is_logged_at_debug_and_a_stranger_is_not() {
    let _listening = LISTENING.lock().await;
    let (log, _guard) = Log::at(Level::TRACE);
    let siwe = Site::new().builder().build().unwrap();
    let mut headers = HeaderMap::new();
    assert!(siwe.authenticate(&headers).await.is_err());
    assert_eq!(log.take(), "", "who has no session is not worth a line");

    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer attackers.text.here"));
    assert!(siwe.authenticate(&headers).await.is_err());
    let logged = log.take();
    assert!(logged.contains("DEBUG") && logged.contains("malformed_session"), "{logged}");
    assert!(!logged.contains("attackers"), "{logged}");
}

#[test]
fn an_edges_word_that_does_not_hold_is_logged_at_debug_and_one_that_is_not_there_is_not() {
    let _listening = LISTENING.blocking_lock();
    let (log, _guard) = Log::at(Level::TRACE);
    let header = IdentityHeader::new("x-plue-user-address").unwrap();
    let trust = IdentityTrust::proof(header, |_| true);
    let mut headers = HeaderMap::new();
    assert!(trust.take(&mut headers, &Extensions::new(), SystemTime::UNIX_EPOCH).is_err());
    assert_eq!(log.take(), "", "who is not signed in is not worth a line");

    headers.insert("x-plue-user-address", HeaderValue::from_static("attackers text"));
    assert!(trust.take(&mut headers, &Extensions::new(), SystemTime::UNIX_EPOCH).is_err());
    let logged = log.take();
    assert!(logged.contains("DEBUG") && logged.contains("malformed_identity"), "{logged}");
    assert!(!logged.contains("attackers"), "{logged}");
}

#[tokio::test]
async fn a_login_that_the_application_cannot_decide_is_logged_at_debug() {
    let _listening = LISTENING.lock().await;
    let (log, _guard) = Log::at(Level::TRACE);
    let site = Site::for_audience(audience());
    let siwe = site.builder().on_login(|_| ready(Err::<Claims, _>(LoginDenied::Unavailable)));
    let siwe = siwe.build().unwrap();
    let message = message(siwe.login());
    let signature = wallet().sign(&message);
    assert!(siwe.sign_in(message.as_str(), &signature, Some(&browser())).await.is_err());
    let logged = log.take();
    assert!(logged.contains("DEBUG") && logged.contains("login_unavailable"), "{logged}");
    assert!(!logged.contains(message.nonce()), "{logged}");
}

/// Fails at every second question, and says no at the others.
#[derive(Debug, Default)]
struct EverySecond(AtomicBool);

impl ContractVerifier for EverySecond {
    fn is_valid_signature(&self, _: ContractCall) -> ContractFuture<'_> {
        let fails = self.0.fetch_xor(true, Ordering::SeqCst);
        Box::pin(ready(if fails { Err(ContractError::new("no route")) } else { Ok(false) }))
    }
}

#[tokio::test]
async fn a_contract_that_cannot_be_asked_is_logged_at_debug_as_who_signs_in_can_make_it_fail() {
    const SIGNATURE: &str = "0xfeedfacefeedface";
    let _listening = LISTENING.lock().await;
    for level in [Level::WARN, Level::DEBUG] {
        let (log, _guard) = Log::at(level);
        let builder = SiweLogin::builder(verifier(), Nonces::single_process());
        let siwe = builder.contracts(EverySecond::default()).build().unwrap();
        for _ in 0..4 {
            let message = message(&siwe);
            let login = siwe.login(message.as_str(), SIGNATURE, Some(&browser())).await;
            assert!(login.is_err());
        }
        let logged = log.take();
        let count = |part: &str| logged.lines().filter(|line| line.contains(part)).count();
        let expected = if level == Level::WARN { 0 } else { 2 };
        for part in ["no route", "contract_unavailable", "contract_refused"] {
            assert_eq!(count(part), expected, "{logged}");
        }
        assert_eq!(count("WARN"), 0, "{logged}");
        assert!(!logged.contains("feedface") && !logged.contains("plue.dev"), "{logged}");
    }
}
