use axum::body::Body;
use axum::http::Request;

use crate::{Scene, empty, get};

const HEADER: &str = "x-plue-user-address";
const FORGED: &str = "0x000000000000000000000000000000000000dEaD";

/// Of one length, and one name to CGI.
const SPELLINGS: [&str; 3] = ["X-Plue-User-Address", "X_Plue_User_Address", "x-plue_user-address"];

fn is_told(headers: &axum::http::HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().replace('_', "-") == HEADER)
        || headers.values().any(|value| value == FORGED)
}

#[tokio::test]
async fn on_a_public_path_no_spelling_of_the_header_reaches_the_forge() {
    for spelling in SPELLINGS {
        let scene = Scene::start().await;
        let request = get("/plue/edge").header(spelling, FORGED).header(spelling, FORGED);
        assert_eq!(scene.send(empty(request)).await.status, 200);
        assert!(!is_told(&scene.seen().headers), "{spelling}");
    }
}

#[tokio::test]
async fn a_visitors_assertion_goes_nowhere_though_this_edge_signs_none() {
    for spelling in ["X-Plue-User-Assertion", "x_plue_user_assertion"] {
        for path in ["/plue/edge", "/api/whoami"] {
            let scene = Scene::start().await;
            scene.send_signed(get(path).header(spelling, "eyJ")).await;
            let seen = scene.seen();
            assert!(!seen.headers.values().any(|value| value == "eyJ"), "{path} {spelling}");
        }
    }
}

#[tokio::test]
async fn with_a_session_it_is_set_once_whatever_was_sent() {
    for path in ["/plue/edge", "/api/whoami", "/nobody/nothing"] {
        for spelling in SPELLINGS {
            let scene = Scene::start().await;
            scene.send_signed(get(path).header(spelling, FORGED)).await;
            let seen = scene.seen();
            assert_eq!(seen.all(HEADER), [scene.address()], "{path} {spelling}");
            assert!(!seen.headers.values().any(|value| value == FORGED), "{path} {spelling}");
            let forms = seen.headers.keys().filter(|name| name.as_str().contains("user"));
            assert_eq!(forms.count(), 1, "{path} {spelling}");
        }
    }
}

#[tokio::test]
async fn where_the_forge_answers_with_an_error_it_is_not_told_either() {
    for path in ["/nobody/nothing", "/broken/down"] {
        for spelling in SPELLINGS {
            let scene = Scene::start().await;
            let answer = scene.send(empty(get(path).header(spelling, FORGED))).await;
            assert!(answer.status.as_u16() >= 404);
            assert!(!is_told(&scene.seen().headers), "{path} {spelling}");
        }
    }
}

#[tokio::test]
async fn a_session_that_has_expired_is_that_of_a_stranger_on_a_public_path() {
    let scene = Scene::start().await;
    let old = scene.token(std::time::Duration::from_secs(2 * 60 * 60));
    let request = get("/plue/edge").header("authorization", format!("Bearer {old}"));
    assert_eq!(scene.send(empty(request.header(HEADER, FORGED))).await.status, 200);
    assert!(!is_told(&scene.seen().headers));
}

#[tokio::test]
async fn the_header_connection_does_not_take_it_away_behind_the_edge() {
    for spelling in SPELLINGS {
        let scene = Scene::start().await;
        scene
            .send_signed(get("/api/whoami").header("connection", format!("close, {spelling}")))
            .await;
        let seen = scene.seen();
        assert_eq!(seen.all(HEADER), [scene.address()], "{spelling}");
        assert!(seen.all("connection").is_empty(), "{spelling}");
    }
}

#[tokio::test]
async fn the_identity_of_a_cookie_is_told_as_well() {
    let scene = Scene::start().await;
    let cookie = format!("__Host-siwe={}", scene.token(std::time::Duration::ZERO));
    scene
        .send(Request::get("/api/whoami").header("cookie", cookie).body(Body::empty()).unwrap())
        .await;
    assert_eq!(scene.seen().all(HEADER), [scene.address()]);
}
