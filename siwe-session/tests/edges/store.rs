//! No store, no login; and none is asked for what can be told without it.

use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use siwe_session::{
    BrowserBinding, LoginVerifier, MemoryNonces, Message, NonceKeys, Nonces, SiweLogin, StoreError,
    VerifyError,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::support::{Told, audience, browser, message, sign_in, verifier, wallet};

#[tokio::test]
async fn a_message_signs_in_once() {
    let siwe = SiweLogin::builder(verifier(), Nonces::single_process()).build().unwrap();
    let message = message(&siwe);
    assert_eq!(sign_in(&siwe, &message).await.unwrap().address(), wallet().address());
    assert_eq!(sign_in(&siwe, &message).await.unwrap_err(), VerifyError::UsedNonce);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_sign_ins_with_one_nonce_one_succeeds() {
    let siwe = SiweLogin::builder(verifier(), Nonces::single_process()).build().unwrap();
    for _ in 0..4 {
        let message = message(&siwe);
        let mut attempts = JoinSet::new();
        for _ in 0..64 {
            let (siwe, message) = (siwe.clone(), message.clone());
            attempts.spawn(async move { sign_in(&siwe, &message).await });
        }
        let mut logins = 0;
        for attempt in attempts.join_all().await {
            match attempt {
                Ok(_) => logins += 1,
                Err(error) => assert_eq!(error, VerifyError::UsedNonce),
            }
        }
        assert_eq!(logins, 1);
    }
}

#[tokio::test]
async fn a_wrong_signature_burns_the_nonce() {
    let siwe = SiweLogin::builder(verifier(), Nonces::single_process()).build().unwrap();
    let message = message(&siwe);
    let forged = siwe_session::testing::Wallet::new().sign(&message);
    let refused = siwe.login(message.as_str(), &forged, Some(&browser())).await;
    assert_eq!(refused.unwrap_err(), VerifyError::BadSignature);
    assert_eq!(sign_in(&siwe, &message).await.unwrap_err(), VerifyError::UsedNonce);
}

#[tokio::test]
async fn a_store_that_fails_signs_nobody_in_until_it_is_back() {
    let fails = Arc::new(AtomicBool::new(true));
    let told = Arc::clone(&fails);
    let store = Told::to(move || {
        let fails = told.load(Ordering::SeqCst);
        Box::pin(ready(if fails { Err(StoreError::new("down")) } else { Ok(true) }))
    });
    let siwe = SiweLogin::builder(verifier(), store).build().unwrap();
    let message = message(&siwe);
    let refused = sign_in(&siwe, &message).await.unwrap_err();
    assert_eq!((refused, refused.status().as_u16()), (VerifyError::StoreUnavailable, 503));
    fails.store(false, Ordering::SeqCst);
    assert!(sign_in(&siwe, &message).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_store_has_250_ms_for_its_answer() {
    let hangs = SiweLogin::builder(verifier(), Told::to(|| Box::pin(pending()))).build().unwrap();
    let before = Instant::now();
    let refused = sign_in(&hangs, &message(&hangs)).await.unwrap_err();
    assert_eq!(refused, VerifyError::StoreUnavailable);
    assert_eq!(before.elapsed().as_millis() / 10, 25);

    let after = |milliseconds| {
        Told::to(move || {
            Box::pin(async move {
                sleep(Duration::from_millis(milliseconds)).await;
                Ok(true)
            })
        })
    };
    let slow = SiweLogin::builder(verifier(), after(249)).build().unwrap();
    assert!(sign_in(&slow, &message(&slow)).await.is_ok());
    let too_slow = SiweLogin::builder(verifier(), after(252)).build().unwrap();
    assert!(sign_in(&too_slow, &message(&too_slow)).await.is_err());
}

#[tokio::test]
async fn a_store_that_is_full_signs_nobody_in() {
    let siwe = SiweLogin::builder(verifier(), MemoryNonces::new(1)).build().unwrap();
    assert!(sign_in(&siwe, &message(&siwe)).await.is_ok());
    let refused = sign_in(&siwe, &message(&siwe)).await.unwrap_err();
    assert_eq!(refused, VerifyError::StoreUnavailable);
}

#[tokio::test]
async fn no_store_is_asked_for_nonces_of_others_nor_for_anything_else_that_can_be_told() {
    let store = Told::to(|| Box::pin(ready(Ok(true))));
    let siwe = SiweLogin::builder(verifier(), store.clone()).build().unwrap();
    let other_key = LoginVerifier::builder(audience(), NonceKeys::new([[8; 32]]).unwrap());
    let other_key = SiweLogin::builder(other_key, Nonces::single_process()).build().unwrap();
    let elsewhere = siwe_session::Audience::origin("https://plue.example").unwrap().chains([1]);
    let own = message(&siwe);
    let foreign = siwe.nonce(&elsewhere, Some(&browser())).unwrap();
    let foreign = own.as_str().replace(own.nonce(), foreign.as_str());
    let old = siwe.verifier().nonce(
        &audience(),
        Some(&browser()),
        [9; 10],
        crate::support::now() - Duration::from_secs(601),
    );
    let old = own.as_str().replace(own.nonce(), old.as_str());
    let sign =
        |text: &str| wallet().sign(&Message::parse(text, siwe_session::Grammar::Practice).unwrap());
    let of_other_key = message(&other_key);
    let another = BrowserBinding::new([4; 16]);
    for (text, binding, expected) in [
        (foreign.as_str(), Some(&browser()), VerifyError::UnknownNonce),
        (of_other_key.as_str(), Some(&browser()), VerifyError::UnknownNonce),
        (own.as_str(), Some(&another), VerifyError::UnknownNonce),
        (own.as_str(), None, VerifyError::MissingBinding),
        (old.as_str(), Some(&browser()), VerifyError::ExpiredNonce),
    ] {
        let refused = siwe.login(text, &sign(text), binding).await.unwrap_err();
        assert_eq!(refused, expected);
    }
    for signature in ["", "0x", "0x00", &format!("0x{}", "ff".repeat(65))] {
        assert!(siwe.login(own.as_str(), signature, Some(&browser())).await.is_err());
    }
    assert_eq!(store.asked(), 0);
    assert!(sign_in(&siwe, &own).await.is_ok());
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn nonces_and_bindings_are_made_without_the_store_and_never_twice() {
    let store = Told::to(|| Box::pin(ready(Ok(true))));
    let siwe = SiweLogin::builder(verifier(), store.clone()).build().unwrap();
    let nonce = || siwe.nonce(&audience(), None).unwrap();
    assert_ne!(nonce().as_str()[..20], nonce().as_str()[..20]);
    assert_eq!(nonce().as_str().len(), 54);
    assert_ne!(siwe.new_binding().unwrap(), siwe.new_binding().unwrap());
    assert_eq!(store.asked(), 0);
}
