use axum::body::Body;
use axum::http::Response;
use siwe_session::testing::Site;

use crate::support::*;

fn cache_control(response: &Response<Body>) -> &str {
    response.headers()["cache-control"].to_str().unwrap()
}

#[tokio::test]
async fn only_what_is_answered_without_a_session_may_be_shared() {
    let site = Site::new();
    let app = app(&site.builder().routes(routes().public("/cached")).build().unwrap());
    let token = token(&site, now());
    for path in ["/", "/cached"] {
        let response = ask(&app, request("GET", path)).await;
        assert_eq!(cache_control(&response), "public, max-age=60");
        let response = ask(&app, with_cookie(request("GET", path), &token)).await;
        assert_eq!(cache_control(&response), "no-store");
        let response = ask(&app, with_bearer(request("GET", path), &token)).await;
        assert_eq!(cache_control(&response), "no-store");
        // Nor what is answered to a session that does not hold.
        let response = ask(&app, with_cookie(request("GET", path), "other")).await;
        assert_eq!(cache_control(&response), "no-store");
        let two = with_bearer(with_cookie(request("GET", path), &token), "other");
        assert_eq!(cache_control(&ask(&app, two).await), "no-store");
    }
    // An answer that says nothing of caches may be stored by some.
    let response = ask(&app, with_cookie(request("GET", "/me"), &token)).await;
    assert_eq!(cache_control(&response), "no-store");
    let response = ask(&app, with_cookie(request("GET", "/error"), &token)).await;
    assert_eq!((response.status().as_u16(), cache_control(&response)), (409, "no-store"));
}

#[tokio::test]
async fn an_answer_that_sets_a_session_by_itself_is_not_shared_either() {
    let site = Site::new();
    let routes = routes().public("/in").public("/spaced").public("/other");
    let siwe = site.builder().routes(routes).build().unwrap();
    let sets = |cookie: &'static str| {
        let headers = [("cache-control", "public, max-age=60"), ("set-cookie", cookie)];
        axum::routing::get(async move || (headers, "in"))
    };
    let app: axum::Router = axum::Router::new()
        .route("/in", sets("__Host-siwe=token; Secure; Path=/"))
        .route("/spaced", sets("__Host-siwe =token; Secure; Path=/"))
        .route("/other", sets("__Host-siwe2=token; Secure; Path=/"))
        .layer(siwe.layer());
    // Browsers leave out the spaces around a name.
    for path in ["/in", "/spaced"] {
        assert_eq!(cache_control(&ask(&app, request("GET", path)).await), "no-store", "{path}");
    }
    let other = ask(&app, request("GET", "/other")).await;
    assert_eq!(cache_control(&other), "public, max-age=60");
}

#[tokio::test]
async fn endpoints_are_never_stored() {
    let site = Site::new();
    let app = app(&site.builder().build().unwrap());
    for (method, path) in [
        ("GET", "nonce"),
        ("POST", "verify"),
        ("POST", "refresh"),
        ("POST", "logout"),
        ("GET", "session"),
        ("GET", "verify"),
        ("POST", "nonce"),
    ] {
        let path = format!("/api/auth/{path}");
        assert_eq!(cache_control(&ask(&app, request(method, &path)).await), "no-store", "{path}");
        let signed = site.sign(request(method, &path));
        assert_eq!(cache_control(&ask(&app, signed).await), "no-store", "{path}");
    }
}
