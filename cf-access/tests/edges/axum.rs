//! Under axum: the extractors.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cf_access::{AccessIdentity, Policy, Principal};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::{ALICE, ISSUER, access, alice, client_id, wrong_audience};

async fn whoami(who: AccessIdentity) -> String {
    match who.principal() {
        Principal::User(user) => user.email().to_owned(),
        Principal::ServiceToken(client_id) => client_id.to_string(),
        _ => "neither".to_owned(),
    }
}

async fn greet(who: Option<AccessIdentity>) -> String {
    who.map_or_else(|| "stranger".to_owned(), |who| who.email().unwrap_or("machine").to_owned())
}

fn routes() -> Router {
    Router::new().route("/whoami", get(whoami)).route("/", get(greet))
}

async fn ask(app: &Router, path: &str, token: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(crate::ASSERTION, token);
    }
    let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, String::from_utf8(body.to_vec()).unwrap())
}

fn ok(body: &str) -> (StatusCode, String) {
    (StatusCode::OK, body.to_owned())
}

fn refused(status: u16) -> (StatusCode, String) {
    (StatusCode::from_u16(status).unwrap(), String::new())
}

#[tokio::test]
async fn the_extractor_gives_the_identity() {
    let app = routes().layer(access().layer());
    assert_eq!(ask(&app, "/whoami", Some(&alice())).await, ok(ALICE));
    let machine = ISSUER.service_token(&client_id()).token();
    assert_eq!(ask(&app, "/whoami", Some(&machine)).await, ok(client_id().as_str()));
    assert_eq!(ask(&app, "/", Some(&alice())).await, ok(ALICE));
    assert_eq!(ask(&app, "/whoami", None).await, refused(401));
    assert_eq!(ask(&app, "/", None).await, refused(401));
    // Whoever is not let in learns nothing about which routes there are.
    assert_eq!(ask(&app, "/none", None).await, refused(401));
    assert_eq!(ask(&app, "/none", Some(&alice())).await, refused(404));
}

#[tokio::test]
async fn the_optional_extractor_is_none_without_a_token_alone() {
    let app = routes().layer(access().layer().optional());
    assert_eq!(ask(&app, "/", None).await, ok("stranger"));
    assert_eq!(ask(&app, "/", Some(&alice())).await, ok(ALICE));
    assert_eq!(ask(&app, "/", Some(&wrong_audience())).await, refused(401));
    // A handler that must know refuses whom the layer let pass.
    assert_eq!(ask(&app, "/whoami", None).await, refused(401));
}

#[tokio::test]
async fn under_observe_the_extractors_still_refuse() {
    let app = routes().route("/open", get(async || "open")).layer(access().layer().observe());
    for token in [None, Some(wrong_audience())] {
        assert_eq!(ask(&app, "/open", token.as_deref()).await, ok("open"));
        assert_eq!(ask(&app, "/whoami", token.as_deref()).await, refused(401));
    }
    assert_eq!(ask(&app, "/", None).await, ok("stranger"));
    assert_eq!(ask(&app, "/", Some(&wrong_audience())).await, refused(401));
    assert_eq!(ask(&app, "/whoami", Some(&alice())).await, ok(ALICE));
}

#[tokio::test]
async fn without_the_layer_the_extractors_answer_500_and_never_anonymous() {
    assert_eq!(ask(&routes(), "/whoami", Some(&alice())).await, refused(500));
    assert_eq!(ask(&routes(), "/", Some(&alice())).await, refused(500));
    assert_eq!(ask(&routes(), "/", None).await, refused(500));
}

#[tokio::test]
async fn a_sub_router_may_require_more() {
    let access = access();
    let admin = Router::new()
        .route("/whoami", get(whoami))
        .layer(access.require(Policy::email("bob@example.com").unwrap()));
    let app = routes().nest("/admin", admin).layer(access.layer());
    let bob = ISSUER.user("bob@example.com").token();
    assert_eq!(ask(&app, "/whoami", Some(&alice())).await, ok(ALICE));
    assert_eq!(ask(&app, "/admin/whoami", Some(&alice())).await, refused(403));
    assert_eq!(ask(&app, "/admin/whoami", Some(&bob)).await, ok("bob@example.com"));
    assert_eq!(ask(&app, "/admin/whoami", None).await, refused(401));
}
