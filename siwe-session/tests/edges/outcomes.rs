//! Who counts hears of every decision, by its code.

use std::sync::{Arc, Mutex};

use siwe_session::{Nonces, SiweLogin};

use crate::support::{browser, message, sign_in, verifier};

#[tokio::test]
async fn every_decision_is_heard_once() {
    let heard: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let hearer = Arc::clone(&heard);
    let siwe = SiweLogin::builder(verifier(), Nonces::single_process())
        .on_outcome(move |code| hearer.lock().unwrap().push(code))
        .build()
        .unwrap();
    let message = message(&siwe);
    assert!(sign_in(&siwe, &message).await.is_ok());
    assert!(sign_in(&siwe, &message).await.is_err());
    assert!(siwe.login("", "0x", None).await.is_err());
    assert!(siwe.login(message.as_str(), "x", Some(&browser())).await.is_err());
    let expected = ["accepted", "used_nonce", "malformed_message", "malformed_signature"];
    assert_eq!(*heard.lock().unwrap(), expected);
}
