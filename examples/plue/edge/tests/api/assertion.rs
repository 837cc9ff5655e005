use std::time::Duration;

use axum::http::{Extensions, HeaderMap};
use edge::{Upstream, guard, router};
use rcgen::{KeyPair, PKCS_ED25519};
use siwe_session::testing::Site;
use siwe_session::{AssertionSigner, IdentityHeader, IdentityTrust, KeyRing, SessionKey};

use crate::forge::Forge;
use crate::{audience, empty, get, now, send};

const HEADER: &str = "x-plue-user-assertion";

fn trust(public_key: &str) -> IdentityTrust {
    let key = SessionKey::eddsa_public_from_pem("edge", public_key).unwrap();
    IdentityTrust::assertion(IdentityHeader::new(HEADER).unwrap(), [key], "origin").unwrap()
}

#[tokio::test]
async fn the_forge_verifies_who_is_signed_in_and_nobody_else_can_tell_it() {
    let forge = Forge::start().await;
    let site = Site::for_audience(audience());
    let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let trust = trust(&pair.public_key_pem());
    let key = SessionKey::eddsa_from_pem("edge", &pair.serialize_pem()).unwrap();
    let header = IdentityHeader::new(HEADER).unwrap();
    let signer = AssertionSigner::new(header, KeyRing::new([key]).unwrap(), "origin").unwrap();
    let siwe = guard(site.builder()).unwrap().assertion(signer).build().unwrap();
    let upstream = Upstream::builder(&forge.url(), &audience()).patience(Duration::from_secs(20));
    let app = router(&siwe, upstream.build().unwrap());

    let who = |mut headers: HeaderMap| {
        let identity = trust.take(&mut headers, &Extensions::new(), now());
        identity.map(|identity| identity.address())
    };
    send(&app, site.sign(empty(get("/api/whoami").header("X_Plue_User_Assertion", "forged"))))
        .await;
    let seen = forge.seen().pop().unwrap();
    assert_eq!(seen.all(HEADER).len(), 1);
    assert_eq!(who(seen.headers.clone()), Ok(site.wallet().address()));
    // What was signed once is not to be had by sending it again: the edge takes it away.
    let replayed = get("/plue/edge").header(HEADER, &seen.headers[HEADER]);
    send(&app, empty(replayed)).await;
    let seen = forge.seen().pop().unwrap();
    assert!(seen.all(HEADER).is_empty());
    assert!(who(seen.headers).is_err());
}
