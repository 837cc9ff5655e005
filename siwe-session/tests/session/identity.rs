use axum::body::Body;
use axum::http::{HeaderName, Request};
use siwe_session::testing::Site;
use siwe_session::{
    AssertionSigner, IdentityHeader, IdentityTrust, KeyRing, SessionKey, SiweSession,
};

use crate::support::*;

fn siwe(site: &Site) -> SiweSession {
    let header = IdentityHeader::new("x-plue-user-address").unwrap();
    site.builder().routes(routes().public("/a/headers")).identity_header(header).build().unwrap()
}

#[tokio::test]
async fn every_spelling_is_taken_away_and_one_is_set_for_whoever_has_a_session() {
    let site = Site::new();
    let app = app(&siwe(&site));
    let address = site.wallet().address().to_string();
    for name in [
        "X-Plue-User-Address",
        "x-plue-user-address",
        "X_Plue_User_Address",
        "x_plue_user_address",
        "x-plue_user-address",
    ] {
        for path in ["/a/headers", "/headers"] {
            let forged = |request: Request<Body>| {
                let mut request = request;
                for _ in 0..2 {
                    let value = "0x0000000000000000000000000000000000000000".parse().unwrap();
                    let name = HeaderName::try_from(name).unwrap();
                    request.headers_mut().append(name, value);
                }
                with(request, "connection", "close, X-Plue-User-Address")
            };
            let with_session = ask(&app, forged(site.sign(request("GET", path)))).await;
            let found = text(with_session).await;
            assert_eq!(found.matches("plue").count(), 1, "{name} {path}: {found}");
            assert!(found.contains(&format!("x-plue-user-address: {address}\n")), "{found}");
            assert!(found.contains("connection: close\n"), "{found}");

            let response = ask(&app, forged(request("GET", path))).await;
            if path == "/headers" {
                assert_eq!(response.status(), 401);
            } else {
                let found = text(response).await;
                assert!(!found.contains("0x00") && !found.contains("plue"), "{found}");
            }
        }
    }
}

#[tokio::test]
async fn no_next_proxy_is_told_to_take_the_header_away() {
    let site = Site::new();
    let app = app(&siwe(&site));
    // `Connection` alone, without a form of the header itself.
    let named = with(request("GET", "/a/headers"), "connection", "close, X-Plue-User-Address");
    assert_eq!(text(ask(&app, named).await).await, "connection: close\n");
    let named = with(site.sign(request("GET", "/headers")), "connection", "x_plue_user_address");
    let found = text(ask(&app, named).await).await;
    assert!(!found.contains("connection"), "{found}");
    assert!(found.contains(&site.wallet().address().to_string()), "{found}");
}

#[tokio::test]
async fn nobody_brings_an_assertion_of_their_own() {
    let site = Site::new();
    let header = IdentityHeader::new("x-user-assertion").unwrap();
    let signer = AssertionSigner::new(header, site.keys().clone(), "origin.example").unwrap();
    let builder = site.builder().routes(routes().public("/a/headers"));
    let app = app(&builder.assertion(signer).build().unwrap());
    for name in ["x-user-assertion", "x_user_assertion", "x-user_assertion"] {
        let forged = with(request("GET", "/a/headers"), name, "m4rk");
        assert_eq!(text(ask(&app, forged).await).await, "", "{name}");
        let forged = with(site.sign(request("GET", "/headers")), name, "m4rk");
        let found = text(ask(&app, forged).await).await;
        assert_eq!(found.matches("assertion").count(), 1, "{name}: {found}");
        assert!(!found.contains("m4rk"), "{name}: {found}");
    }
}

#[tokio::test]
async fn an_origin_believes_what_an_assertion_says() {
    let site = Site::new();
    let header = || IdentityHeader::new("x-user-assertion").unwrap();
    let key = || SessionKey::hs256("edge", [5; 32]).unwrap();
    let keys = KeyRing::new([key()]).unwrap();
    let signer = AssertionSigner::new(header(), keys, "origin.example").unwrap();
    let siwe = site.builder().assertion(signer).build().unwrap();
    let trust = IdentityTrust::assertion(header(), [key()], "origin.example").unwrap();
    let who = async |identity: siwe_session::ForwardedIdentity| {
        format!("{} {:?}", identity.address(), identity.chain_id())
    };
    let maybe = async |identity: Option<siwe_session::ForwardedIdentity>| {
        identity.map_or_else(|| "nobody".to_owned(), |identity| identity.address().to_string())
    };
    let unlayered = || {
        axum::Router::<()>::new()
            .route("/who", axum::routing::get(who))
            .route("/maybe", axum::routing::get(maybe))
    };
    // The layer that was added last is asked first: the edge, and then the origin.
    let app = unlayered().layer(trust.layer()).layer(siwe.layer());
    let response = ask(&app, site.sign(request("GET", "/who"))).await;
    assert_eq!(text(response).await, format!("{} Some(1)", site.wallet().address()));
    let response = ask(&app, site.sign(request("GET", "/maybe"))).await;
    assert_eq!(text(response).await, site.wallet().address().to_string());

    // By itself, the origin believes nobody.
    let origin = unlayered().layer(trust.layer());
    for path in ["/who", "/maybe"] {
        let forged = with(request("GET", path), "x-user-assertion", &token(&site, start()));
        assert_eq!(status(&origin, forged).await, 401, "{path}");
        assert_eq!(status(&unlayered(), request("GET", path)).await, 500, "{path}");
    }
    assert_eq!(status(&origin, request("GET", "/who")).await, 401);
    assert_eq!(text(ask(&origin, request("GET", "/maybe")).await).await, "nobody");
}
