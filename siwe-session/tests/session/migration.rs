use std::future::ready;

use alloy_primitives::{Address, address};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use siwe_session::testing::Site;
use siwe_session::{
    Migration, MigrationStep, OldSession, OldSessionFuture, OldSessions, SiweSession, StoreError,
};

use crate::support::*;

/// The system that was there before: it knows one session, in a header.
#[derive(Debug)]
struct Before;

const OLD: Address = address!("0x00000000000000000000000000000000000000aa");

impl OldSessions for Before {
    fn find<'a>(&'a self, headers: &'a HeaderMap) -> OldSessionFuture<'a> {
        let found = headers.get("x-old").map(|value| value.to_str().unwrap());
        Box::pin(ready(match found {
            Some("good") => Ok(Some(OldSession::new(OLD, 1, [1; 16]))),
            Some("down") => Err(StoreError::new("down")),
            Some("silent") => return Box::pin(std::future::pending()),
            _ => Ok(None),
        }))
    }
}

struct Scene {
    site: Site,
    clock: Clock,
    migration: Migration,
    siwe: SiweSession,
    app: Router,
}

fn scene(step: MigrationStep) -> Scene {
    let (site, clock, migration) = (Site::new(), Clock::new(), Migration::new(step));
    let builder = clock.of(site.builder()).routes(routes());
    let siwe = builder.old_sessions(Before, migration.clone()).build().unwrap();
    let app = app(&siwe);
    Scene { site, clock, migration, siwe, app }
}

fn old(request: Request<Body>, value: &str) -> Request<Body> {
    with(request, "x-old", value)
}

#[tokio::test(start_paused = true)]
async fn old_sessions_both_and_new_ones_forth_and_back() {
    let Scene { site, clock, migration, siwe, app } = scene(MigrationStep::OldOnly);
    let me = || request("GET", "/me");
    let token = token(&site, clock.now());
    let (body, binding) = signed(&app, site.wallet(), clock.now()).await;
    for (step, takes_old, takes_new) in [
        (MigrationStep::OldOnly, true, false),
        (MigrationStep::Both, true, true),
        (MigrationStep::NewOnly, false, true),
        (MigrationStep::Both, true, true),
        (MigrationStep::OldOnly, true, false),
    ] {
        migration.set(step);
        assert_eq!(siwe.status().step, step);
        clock.pass(MINUTE);
        let expect = |is_taken: bool| if is_taken { 200 } else { 401 };
        assert_eq!(status(&app, old(me(), "good")).await, expect(takes_old), "{step:?}");
        assert_eq!(status(&app, with_cookie(me(), &token)).await, expect(takes_new), "{step:?}");
        assert_eq!(status(&app, me()).await, 401);
        assert_eq!(status(&app, old(me(), "bad")).await, 401);
        let down = if takes_old { 503 } else { 401 };
        assert_eq!(status(&app, old(me(), "down")).await, down);
        assert_eq!(status(&app, old(me(), "silent")).await, down);
        // While old ones alone are taken, nobody begins a new one.
        let response = ask(&app, post("/api/auth/verify", &body, "")).await;
        let expected = if takes_new { "missing_binding" } else { "sign_in_closed" };
        assert_eq!(code(response).await, expected, "{step:?}");
    }
    assert_eq!(siwe.status().accepted_old, 4);
    assert_eq!(siwe.status().accepted, 3);
    migration.set(MigrationStep::Both);
    assert_eq!(status(&app, post("/api/auth/verify", &body, &binding)).await, 200);
}

#[tokio::test(start_paused = true)]
async fn the_old_system_has_250_ms_for_its_answer() {
    let Scene { app, .. } = scene(MigrationStep::Both);
    let before = tokio::time::Instant::now();
    let response = ask(&app, old(request("GET", "/me"), "silent")).await;
    assert_eq!(refusal(&response), "store_unavailable");
    assert_eq!(before.elapsed().as_millis() / 10, 25);
}

#[tokio::test]
async fn who_brings_a_new_session_is_known_by_that_alone() {
    let Scene { site, clock, app, .. } = scene(MigrationStep::Both);
    let token = token(&site, clock.now());
    let both = old(with_cookie(request("GET", "/me"), &token), "good");
    assert_eq!(text(ask(&app, both).await).await, site.wallet().address().to_string());
    // One that was signed out of does not go on by the other.
    assert_eq!(status(&app, with_cookie(request("POST", "/api/auth/logout"), &token)).await, 204);
    let both = old(with_cookie(request("GET", "/me"), &token), "good");
    assert_eq!(refusal(&ask(&app, both).await), "revoked_session");
    let both = old(with_cookie(request("GET", "/me"), "x"), "good");
    assert_eq!(refusal(&ask(&app, both).await), "malformed_session");
}

#[tokio::test]
async fn an_old_session_is_ended_like_any_other_and_never_renewed() {
    let Scene { clock, app, .. } = scene(MigrationStep::Both);
    let me = || old(request("GET", "/me"), "good");
    clock.pass(HOUR);
    let response = ask(&app, me()).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(cookie_set(&response, "__Host-siwe"), None);
    assert_eq!(text(response).await, OLD.to_string());
    let response = ask(&app, old(request("POST", "/api/auth/refresh"), "good")).await;
    assert_eq!(code(response).await, "missing_session");
    let other_site = with(old(request("POST", "/me"), "good"), "origin", "https://evil.example");
    assert_eq!(refusal(&ask(&app, other_site).await), "cross_site");
    assert_eq!(status(&app, old(request("POST", "/api/auth/logout"), "good")).await, 204);
    assert_eq!(refusal(&ask(&app, me()).await), "revoked_session");
}
