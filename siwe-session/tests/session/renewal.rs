use axum::Router;
use axum::http::StatusCode;
use siwe_session::Session;
use siwe_session::testing::Site;

use crate::support::*;

fn scene() -> (Site, Clock, Router) {
    let (site, clock) = (Site::new(), Clock::new());
    let builder = clock.of(site.builder()).routes(routes()).idle(HOUR).absolute(3 * HOUR);
    let app = app(&builder.build().unwrap());
    (site, clock, app)
}

#[tokio::test]
async fn a_cookie_is_renewed_from_half_of_its_life_on() {
    let (site, clock, app) = scene();
    let token = token(&site, clock.now());
    clock.pass(HOUR / 2 - std::time::Duration::from_secs(1));
    let renewed = |response: &_| cookie_set(response, Session::COOKIE);
    let me = |token: &str| with_cookie(request("GET", "/me"), token);
    assert_eq!(renewed(&ask(&app, me(&token)).await), None);
    clock.pass(std::time::Duration::from_secs(1));
    let response = ask(&app, me(&token)).await;
    let second = renewed(&response).unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600"), "{cookie}");
    // On public routes too, though not with an error, and never for who keeps the token themselves.
    let public = with_cookie(request("GET", "/ann/forge"), &token);
    assert!(renewed(&ask(&app, public).await).is_some());
    assert_eq!(renewed(&ask(&app, with_cookie(request("GET", "/error"), &token)).await), None);
    assert_eq!(renewed(&ask(&app, with_cookie(request("GET", "/nowhere"), &token)).await), None);
    assert_eq!(renewed(&ask(&app, with_bearer(request("GET", "/me"), &token)).await), None);
    // The first ends when it says, the second goes on.
    clock.pass(HOUR / 2);
    assert_eq!(refusal(&ask(&app, me(&token)).await), "expired_session");
    assert_eq!(status(&app, me(&second)).await, 200);
}

#[tokio::test]
async fn no_error_brings_another_cookie() {
    let (site, clock) = (Site::new(), Clock::new());
    let siwe = clock.of(site.builder()).build().unwrap();
    let answer = |status: StatusCode| axum::routing::get(async move || status);
    let app: Router = Router::new()
        .route("/302", answer(StatusCode::FOUND))
        .route("/400", answer(StatusCode::BAD_REQUEST))
        .route("/500", answer(StatusCode::INTERNAL_SERVER_ERROR))
        .route("/503", answer(StatusCode::SERVICE_UNAVAILABLE))
        .layer(siwe.layer());
    let token = token(&site, clock.now());
    clock.pass(HOUR / 2);
    for (path, is_renewed) in [("/302", true), ("/400", false), ("/500", false), ("/503", false)] {
        let response = ask(&app, with_cookie(request("GET", path), &token)).await;
        assert_eq!(cookie_set(&response, Session::COOKIE).is_some(), is_renewed, "{path}");
    }
}

#[tokio::test]
async fn however_often_it_is_renewed_a_session_ends() {
    let (site, clock, app) = scene();
    let mut token = token(&site, clock.now());
    let mut renewals = 0;
    for minute in 0..180 {
        let response = ask(&app, with_cookie(request("GET", "/me"), &token)).await;
        assert_eq!(response.status(), 200, "minute {minute}");
        if let Some(renewed) = cookie_set(&response, Session::COOKIE) {
            token = renewed;
            renewals += 1;
        }
        clock.pass(MINUTE);
    }
    // At 30, 60, 90, 120: what is renewed then lasts to the end, and cannot last longer.
    assert_eq!(renewals, 4);
    let response = ask(&app, with_cookie(request("GET", "/me"), &token)).await;
    assert_eq!(refusal(&response), "expired_session");
    let response = ask(&app, with_cookie(request("POST", "/api/auth/refresh"), &token)).await;
    assert_eq!(code(response).await, "expired_session");
}

#[tokio::test]
async fn an_answer_that_sets_the_cookie_by_itself_is_left_as_it_is() {
    let (site, clock) = (Site::new(), Clock::new());
    let siwe = clock.of(site.builder()).build().unwrap();
    let out = async || [("set-cookie", "__Host-siwe=; Path=/; Secure; Max-Age=0")];
    let app: Router = Router::new().route("/out", axum::routing::get(out)).layer(siwe.layer());
    let token = token(&site, clock.now());
    clock.pass(HOUR / 2);
    let response = ask(&app, with_cookie(request("GET", "/out"), &token)).await;
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 1);
    assert_eq!(cookie_set(&response, Session::COOKIE).as_deref(), Some(""));
}
