//! siwe-session in this process: a wallet signs in once, with the application's cryptography beside it,
//! and its session is known.
#![cfg(not(feature = "with-fetch"))]

use std::time::SystemTime;

use http::Request;
use siwe_session::testing::{Site, Wallet};
use siwe_session::{
    Audience, LoginVerifier, Message, NonceKeys, Nonces, SessionError, SiweLogin, VerifyError,
};

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the message is made just now")]
async fn signs_a_wallet_in_once_and_nobody_else() {
    let audience = Audience::origin("https://plue.dev").unwrap().chains([1]);
    let verifier = LoginVerifier::builder(audience.clone(), NonceKeys::new([[7; 32]]).unwrap());
    let siwe = SiweLogin::builder(verifier, Nonces::single_process()).build().unwrap();
    let (wallet, browser) = (Wallet::new(), siwe.new_binding().unwrap());
    let message = || {
        let nonce = siwe.nonce(&audience, Some(&browser)).unwrap();
        Message::builder("plue.dev", wallet.address())
            .uri("https://plue.dev")
            .chain_id(1)
            .nonce(nonce.as_str())
            .issued_at(SystemTime::now())
            .build()
            .unwrap()
    };

    let signed = message();
    let signature = wallet.sign(&signed);
    let login = siwe.login(signed.as_str(), &signature, Some(&browser)).await.unwrap();
    assert_eq!(login.address(), wallet.address());
    let again = siwe.login(signed.as_str(), &signature, Some(&browser)).await;
    assert_eq!(again.unwrap_err(), VerifyError::UsedNonce);
    let other = message();
    let forged = siwe.login(other.as_str(), &signature, Some(&browser)).await;
    assert_eq!(forged.unwrap_err(), VerifyError::BadSignature);
}

#[tokio::test]
async fn knows_a_session_until_it_is_ended_and_no_other() {
    let site = Site::new();
    let siwe = site.builder().build().unwrap();
    let request = site.sign(Request::new(()));
    let session = siwe.authenticate(request.headers()).await.unwrap();
    assert_eq!(session.address(), site.wallet().address());
    let other = Site::new().sign(Request::new(()));
    let refused = siwe.authenticate(other.headers()).await;
    assert_eq!(refused.unwrap_err(), SessionError::BadSignature);
    siwe.end(&session).await.unwrap();
    let ended = siwe.authenticate(request.headers()).await;
    assert_eq!(ended.unwrap_err(), SessionError::Revoked);
}
