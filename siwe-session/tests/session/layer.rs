use axum::body::Body;
use axum::http::{Request, Response};
use axum::response::IntoResponse;
use futures_util::FutureExt;
use siwe_session::testing::Site;
use siwe_session::{
    ConfigError, IdentityError, IdentityHeader, IdentityTrust, Session, SessionError, SignInError,
};
use tower::{Layer, Service, ServiceExt};

use crate::support::*;

#[tokio::test]
async fn a_protected_route_needs_a_session_and_a_public_one_does_not() {
    let site = Site::new();
    let app = app(&site.builder().routes(routes()).build().unwrap());
    let token = token(&site, now());
    let address = site.wallet().address().to_string();

    for path in ["/me", "/cached", "/headers", "/nowhere", "/api/auth", "/api/auth/other"] {
        let response = ask(&app, request("GET", path)).await;
        assert_eq!(response.status(), 401, "{path}");
        assert_eq!(refusal(&response), "missing_session", "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer", "{path}");
    }
    assert_eq!(text(ask(&app, with_cookie(request("GET", "/me"), &token)).await).await, address);
    assert_eq!(text(ask(&app, with_bearer(request("GET", "/me"), &token)).await).await, address);
    assert_eq!(text(ask(&app, site.sign(request("GET", "/me"))).await).await, address);
    assert_eq!(status(&app, with_cookie(request("GET", "/nowhere"), &token)).await, 404);

    assert_eq!(text(ask(&app, request("GET", "/ann/forge")).await).await, "stranger");
    let response = ask(&app, with_cookie(request("GET", "/ann/forge"), &token)).await;
    assert_eq!(text(response).await, address);
    // For GET and HEAD alone, unless other methods are named.
    assert_eq!(status(&app, request("HEAD", "/ann/forge")).await, 200);
    assert_eq!(status(&app, request("POST", "/ann/forge")).await, 401);
    assert_eq!(status(&app, request("POST", "/hook")).await, 200);
    assert_eq!(status(&app, request("GET", "/hook")).await, 401);
    let upgrade = with(request("GET", "/ann/forge"), "upgrade", "websocket");
    assert_eq!(status(&app, upgrade).await, 401);
}

#[tokio::test]
async fn a_session_that_does_not_hold_is_a_stranger_s_on_a_public_page_and_refused_elsewhere() {
    let (site, clock) = (Site::new(), Clock::new());
    let app = app(&clock.of(site.builder()).routes(routes()).build().unwrap());
    let expired = token(&site, clock.now() - HOUR);
    for (token, expected) in [
        (expired.as_str(), "expired_session"),
        (expired.get(..expired.len() - 3).unwrap(), "bad_session_signature"),
        ("", "malformed_session"),
        ("a.b.c", "malformed_session"),
        (
            &Site::new().token(site.wallet(), siwe_session::Claims::new(), clock.now()),
            "bad_session_signature",
        ),
    ] {
        let response = ask(&app, with_cookie(request("GET", "/me"), token)).await;
        assert_eq!(response.status(), 401);
        assert_eq!(refusal(&response), expected, "{token}");
        let response = ask(&app, with_cookie(request("GET", "/ann/forge"), token)).await;
        assert_eq!(text(response).await, "stranger", "{token}");
    }
    let both = with_bearer(with_cookie(request("GET", "/me"), &expired), "other");
    assert_eq!(refusal(&ask(&app, both).await), "conflicting_sessions");
}

#[tokio::test]
async fn under_observation_every_request_passes_and_no_proof_is_made_from_a_failure() {
    let site = Site::new();
    let siwe =
        site.builder().identity_header(IdentityHeader::new("x-user").unwrap()).build().unwrap();
    let app = axum::Router::new()
        .route("/open", axum::routing::get(async || "open"))
        .route("/me", axum::routing::get(async |_: Session| "me"))
        .route(
            "/found",
            axum::routing::get(async |request: axum::extract::Request| {
                let found = Session::of(request.extensions()).unwrap_err();
                let is_named = request.headers().contains_key("x-user");
                format!("{} {is_named}", found.code())
            }),
        )
        .layer(siwe.layer().observe());
    assert_eq!(status(&app, request("GET", "/open")).await, 200);
    assert_eq!(status(&app, request("GET", "/me")).await, 401);
    let named = with(request("GET", "/found"), "x-user", "0x00");
    assert_eq!(text(ask(&app, named).await).await, "missing_session false");
}

#[tokio::test]
async fn a_handler_without_the_layer_is_the_server_s_fault() {
    let app: axum::Router = axum::Router::new()
        .route("/me", axum::routing::get(async |_: Session| "me"))
        .route("/maybe", axum::routing::get(async |_: Option<Session>| "maybe"));
    for path in ["/me", "/maybe"] {
        let response = ask(&app, request("GET", path)).await;
        assert_eq!(response.status(), 500);
        assert_eq!(refusal(&response), "missing_layer");
    }
}

#[tokio::test]
async fn a_refusal_has_the_body_that_it_is_given() {
    let site = Site::new();
    let siwe = site.builder().build().unwrap();
    let layer = siwe.layer().on_refuse(|error: SessionError| {
        error.response(Body::from(format!("no: {}", error.code())))
    });
    let app: axum::Router =
        axum::Router::new().route("/", axum::routing::get(async || "")).layer(layer);
    let response = ask(&app, request("GET", "/")).await;
    assert_eq!(response.status(), 401);
    assert_eq!(text(response).await, "no: missing_session");
}

#[tokio::test]
async fn every_error_is_an_answer_of_its_own() {
    let response = SignInError::TooLarge.into_response();
    assert_eq!(response.status(), 413);
    assert_eq!(code(response).await, "body_too_large");
    let response = SessionError::CrossSite.into_response();
    assert_eq!((response.status().as_u16(), refusal(&response)), (403, "cross_site"));
    let response = IdentityError::Malformed.into_response();
    assert_eq!(response.status(), 400);
    assert_eq!(response.extensions().get(), Some(&IdentityError::Malformed));
}

#[tokio::test]
async fn the_endpoints_are_where_the_router_is_mounted() {
    let site = Site::new();
    let siwe = site.builder().mounted_at("/login").build().unwrap();
    let app: axum::Router = axum::Router::new().nest("/login", siwe.router()).layer(siwe.layer());
    assert_eq!(status(&app, request("GET", "/login/nonce")).await, 200);
    assert_eq!(status(&app, request("GET", "/api/auth/nonce")).await, 401);
}

#[test]
fn a_router_is_mounted_on_a_plain_path() {
    let site = Site::new();
    let mounted_at = |path: &str| site.builder().mounted_at(path).build().map(|_| ());
    for path in ["/a", "/api/auth", "/a-b/c_d/1"] {
        assert_eq!(mounted_at(path), Ok(()), "{path}");
    }
    for path in ["", "a", "/", "/a/", "/a//b", "//a", "/a.b", "/a b", "/{a}", "/%61", "/é", "/a?b"]
    {
        assert_eq!(mounted_at(path), Err(ConfigError::MountPoint), "{path}");
    }
}

fn is_ready(service: &mut impl Service<Request<Body>>) -> bool {
    service.ready().now_or_never().is_some()
}

#[test]
fn a_service_that_is_not_ready_is_waited_for() {
    let siwe = Site::new().builder().build().unwrap();
    let header = IdentityHeader::new("x-plue-user-address").unwrap();
    let trust = IdentityTrust::proof(header, |_| true);
    let (inner, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let mut edge = siwe.layer().layer(inner.clone());
    let mut origin = trust.layer().layer(inner);
    handle.allow(0);
    assert!(!is_ready(&mut edge) && !is_ready(&mut origin));
    handle.allow(2);
    assert!(is_ready(&mut edge) && is_ready(&mut origin));
}

#[tokio::test]
async fn what_proves_a_session_without_a_layer_is_the_same() {
    let site = Site::new();
    let siwe = site.builder().build().unwrap();
    let mut request = site.sign(request("GET", "/"));
    let session = siwe.authenticate(request.headers()).await.unwrap();
    assert_eq!(session.address(), site.wallet().address());
    siwe.end(&session).await.unwrap();
    assert_eq!(siwe.authenticate(request.headers()).await, Err(SessionError::Revoked));
    request.headers_mut().clear();
    assert_eq!(siwe.authenticate(request.headers()).await, Err(SessionError::Missing));
    assert_eq!(siwe.status().accepted, 1);
}
