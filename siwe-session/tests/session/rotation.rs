use siwe_session::testing::{Site, Wallet};
use siwe_session::{
    Audience, KeyRing, LoginVerifier, NonceKeys, Nonces, Routes, SessionKey, SiweLogin, SiweSession,
};

use crate::support::*;

fn key(kid: &str) -> SessionKey {
    SessionKey::hs256(kid, kid.repeat(32)).unwrap()
}

struct Instance {
    keys: KeyRing,
    app: axum::Router,
}

fn instance(nonces: Nonces) -> Instance {
    let audience = Audience::origin("https://example.com").unwrap().chains([1]);
    let verifier = LoginVerifier::builder(audience, NonceKeys::new([[7; 32]]).unwrap());
    let keys = KeyRing::new([key("a")]).unwrap();
    let siwe = SiweSession::builder(SiweLogin::builder(verifier, nonces), keys.clone());
    let app = app(&siwe.routes(Routes::protected()).build().unwrap());
    Instance { keys, app }
}

#[tokio::test]
async fn a_key_is_replaced_on_two_instances_without_one_refused_session() {
    let nonces = Nonces::single_process();
    let instances = [instance(nonces.clone()), instance(nonces)];
    let mut tokens = Vec::new();
    // Accept, sign, retire; on one instance, and then on the other. In between, each session that was
    // begun on either is known to both.
    let steps: [&[&str]; 3] = [&["a"], &["a", "b"], &["b", "a"]];
    for step in steps {
        for reloaded in &instances {
            reloaded.keys.reload(step.iter().map(|kid| key(kid))).unwrap();
            for instance in &instances {
                let token = sign_in(&instance.app, &Wallet::new(), now()).await;
                tokens.push(token);
            }
            for token in &tokens {
                for instance in &instances {
                    let request = with_cookie(request("GET", "/me"), token);
                    assert_eq!(status(&instance.app, request).await, 200, "{step:?}");
                }
            }
        }
    }
    let (old, new) = (&tokens[0], tokens.last().unwrap());
    for instance in &instances {
        instance.keys.reload([key("b")]).unwrap();
        let response = ask(&instance.app, with_cookie(request("GET", "/me"), old)).await;
        assert_eq!(refusal(&response), "unknown_key");
        assert_eq!(status(&instance.app, with_cookie(request("GET", "/me"), new)).await, 200);
    }
    // A step that fails changes nothing.
    assert!(instances[0].keys.reload([]).is_err());
    assert_eq!(status(&instances[0].app, with_cookie(request("GET", "/me"), new)).await, 200);
}

#[tokio::test]
async fn a_session_of_another_site_with_the_same_keys_is_refused() {
    let site = Site::new();
    let audience = Audience::origin("https://other.example").unwrap().chains([1]);
    let verifier = LoginVerifier::builder(audience, NonceKeys::new([[7; 32]]).unwrap());
    let login = SiweLogin::builder(verifier, Nonces::single_process());
    let other = app(&SiweSession::builder(login, site.keys().clone()).build().unwrap());
    let response = ask(&other, site.sign(request("GET", "/me"))).await;
    assert_eq!(refusal(&response), "wrong_audience");
}
