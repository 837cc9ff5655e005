use hyper::StatusCode;

use crate::Scene;

const VISITOR: (&str, &str) = ("cf-connecting-ip", "203.0.113.7");

#[tokio::test]
async fn who_a_visitor_says_to_be_reaches_no_handler_in_any_spelling() {
    let scene = Scene::start(&[]).await;
    let mut http = scene.connect().await;
    for spelling in ["X-Plue-User-Address", "x_plue_user_address", "X-PLUE_user-Address"] {
        let headers = [VISITOR, ("x-plue-theme", "dark"), (spelling, "0xd8dA6BF26964aF9D")];
        let who = http.get_with("/whoami", &headers).await.unwrap().json();
        let names = who["headers"].as_array().unwrap();
        let left: Vec<_> = names.iter().filter_map(|name| name.as_str()).collect();
        assert_eq!(left, ["host", "cf-connecting-ip", "x-plue-theme"], "{spelling}");
    }
}

#[tokio::test]
async fn what_else_names_a_client_reaches_no_handler() {
    let scene = Scene::start(&[]).await;
    let mut http = scene.connect().await;
    let headers = [
        VISITOR,
        ("x-forwarded-for", "127.0.0.1"),
        ("x_real_ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
    ];
    let who = http.get_with("/whoami", &headers).await.unwrap().json();
    assert_eq!(who["client"], "203.0.113.7");
    assert_eq!(who["headers"], serde_json::json!(["host", "cf-connecting-ip"]));
}

#[tokio::test]
async fn a_visitor_without_one_address_is_not_guessed() {
    let scene = Scene::start(&[]).await;
    let mut http = scene.connect().await;
    let twice = [VISITOR, ("cf-connecting-ip", "203.0.113.8")];
    for (headers, code) in [
        (&[][..], "missing"),
        (&twice, "several"),
        (&[("cf-connecting-ip", "plue.dev")], "invalid_address"),
    ] {
        let answer = http.get_with("/whoami", headers).await.unwrap();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{code}");
        scene.service.counted_of("visitors", code, 1).await;
    }
    let answer = http.get_with("/whoami", &[("cf-connecting-ip", "127.0.0.1")]).await.unwrap();
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    scene.service.counted_of("visitors", "special_source", 1).await;
    assert_eq!(http.get("/").await.unwrap().status, StatusCode::OK, "who does not ask");
}
