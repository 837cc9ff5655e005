//! Who Access let in.

use std::time::Duration;

use cf_access::testing::{Answer, Issuer};
use cf_access::{FetchError, TeamKeys};
use serde_json::json;

use crate::{ALICE, Scene, request, two_hours_ago};

const ASSERTION: &str = "cf-access-jwt-assertion";

#[tokio::test]
async fn a_person_is_told_who_they_are_and_from_where() {
    let scene = Scene::start().await;
    let answer = scene.send(scene.alice()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json, json!({ "client": "127.0.0.1", "person": ALICE }));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_machine_is_told_by_its_service_token() {
    let scene = Scene::start().await;
    let ci = "e367826f93b8d71185e03fe518aff3b4.access";
    let token = scene.issuer.service_token(&ci.parse().unwrap());
    let answer = scene.send(token.sign(request("GET", "/whoami"))).await;
    assert_eq!(answer.json, json!({ "client": "127.0.0.1", "service_token": ci }));
}

#[tokio::test]
async fn without_a_token_nobody_is_told_and_the_answer_says_what_is_missing() {
    let scene = Scene::start().await;
    let answer = scene.send(request("GET", "/whoami")).await;
    assert_eq!(answer.code(), (401, "missing"));
    assert_eq!(answer.header("www-authenticate"), "Cloudflare-Access");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn an_address_in_a_header_that_is_not_signed_proves_nothing() {
    let scene = Scene::start().await;
    let mut request = request("GET", "/whoami");
    request.headers_mut().insert("cf-access-authenticated-user-email", ALICE.parse().unwrap());
    assert_eq!(scene.send(request).await.code(), (401, "missing"));
}

#[tokio::test]
async fn a_token_of_another_application_is_refused() {
    let scene = Scene::start().await;
    let token = scene.issuer.user(ALICE).audience(&"another".parse().unwrap());
    let answer = scene.send(token.sign(request("GET", "/whoami"))).await;
    assert_eq!(answer.code(), (401, "wrong_audience"));
}

#[tokio::test]
async fn a_token_that_has_expired_is_refused() {
    let scene = Scene::start().await;
    let token = scene.issuer.user(ALICE).lifetime(two_hours_ago(), Duration::from_secs(60 * 60));
    let answer = scene.send(token.sign(request("GET", "/whoami"))).await;
    assert_eq!(answer.code(), (401, "expired"));
}

#[tokio::test]
async fn a_token_of_somebody_else_s_key_is_refused_also_under_the_name_of_the_team_s() {
    let scene = Scene::start().await;
    let team = scene.issuer.team().clone();
    let forger = Issuer::at(team, scene.issuer.audience().clone());
    let forged = forger.user(ALICE).sign(request("GET", "/whoami"));
    assert_eq!(scene.send(forged).await.code(), (401, "unknown_kid"));

    // The claims and the signature of one token under the header of the other.
    let (forged, real) = (forger.user(ALICE).token(), scene.issuer.user(ALICE).token());
    let (header, _) = real.split_once('.').unwrap();
    let (_, rest) = forged.split_once('.').unwrap();
    let mut mixed = request("GET", "/whoami");
    mixed.headers_mut().insert(ASSERTION, format!("{header}.{rest}").parse().unwrap());
    assert_eq!(scene.send(mixed).await.code(), (401, "bad_signature"));
}

#[tokio::test]
async fn two_tokens_are_refused_though_each_is_good() {
    let scene = Scene::start().await;
    let mut twice = scene.alice();
    let token = twice.headers()[ASSERTION].clone();
    twice.headers_mut().append(ASSERTION, token);
    assert_eq!(scene.send(twice).await.code(), (401, "several"));
}

#[tokio::test]
async fn without_keys_it_cannot_be_told_who_asks_and_they_may_try_again() {
    let issuer = Issuer::new();
    issuer.endpoint().set(Answer::Fail(FetchError::Timeout));
    let keys = TeamKeys::from_source(issuer.team().clone(), issuer.endpoint()).unwrap();
    let scene = Scene::with_keys(issuer, keys).await;
    let answer = scene.send(scene.alice()).await;
    assert_eq!(answer.code(), (503, "keys_unavailable"));
    assert_eq!(answer.header("retry-after"), "10");
}

#[tokio::test]
async fn there_is_nothing_else_not_even_for_alice() {
    let scene = Scene::start().await;
    for (method, path) in [
        ("POST", "/whoami"),
        ("GET", "/whoami/"),
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/readyz"),
        ("POST", "/kick/"),
    ] {
        let request = scene.issuer.user(ALICE).sign(request(method, path));
        assert_eq!(scene.send(request).await.code(), (404, "not_found"), "{method} {path}");
    }
}
