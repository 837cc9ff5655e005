//! Whom the origin takes for signed in by the word of an edge.

use hyper::StatusCode;
use serde_json::Value;

use crate::{Http, Scene, VISITOR};

const HEADER: &str = "x-plue-user-address";
const USER: &str = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
const OTHER: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

/// The status of `/api/whoami`, and its error or its user.
async fn me(http: &mut Http, headers: &[(&str, &str)]) -> (StatusCode, Value) {
    let answer = http.get_with("/api/whoami", &[&[VISITOR], headers].concat()).await.unwrap();
    let told = answer.json();
    let who = if answer.status.is_success() { &told["user"] } else { &told["error"] };
    (answer.status, who.clone())
}

fn refused(status: u16, code: &str) -> (StatusCode, Value) {
    (StatusCode::from_u16(status).unwrap(), code.into())
}

#[tokio::test]
async fn a_header_is_believed_by_the_edges_own_certificate_alone() {
    let (scene, edge) = Scene::with_edge(&[]).await;
    let mut http = scene.connect_with(&edge).await;
    let (status, user) = me(&mut http, &[(HEADER, USER)]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(user, serde_json::json!({ "address": USER, "chain_id": null }));
    let who = http.get_with("/whoami", &[VISITOR, (HEADER, USER)]).await.unwrap().json();
    assert_eq!(who["user"]["address"], USER);
    assert_eq!(who["headers"], serde_json::json!(["host", "cf-connecting-ip"]));
    assert_eq!(me(&mut http, &[]).await, refused(401, "missing_identity"));

    // Of the same authority, accepted, with the same words: another key.
    for client in [&scene.client, &scene.zone.client(8)] {
        let mut http = scene.connect_with(client).await;
        assert_eq!(me(&mut http, &[(HEADER, USER)]).await, refused(401, "missing_identity"));
        let who = http.get_with("/whoami", &[VISITOR, (HEADER, USER)]).await.unwrap().json();
        assert_eq!(who["user"], Value::Null);
        assert_eq!(who["headers"], serde_json::json!(["host", "cf-connecting-ip"]));
    }
}

#[tokio::test]
async fn one_of_several_edges_is_one() {
    let zone = crate::Zone::new("the zone's authority");
    let (one, other, third) = (zone.client(8), zone.client(9), zone.client(10));
    let pins = format!("{},{}", one.pin(), other.pin());
    let scene = Scene::of(zone, &[("PLUE_USER_EDGES", &pins)]).await;
    for (client, status) in [(&one, 200), (&other, 200), (&third, 401)] {
        let mut http = scene.connect_with(client).await;
        assert_eq!(me(&mut http, &[(HEADER, USER)]).await.0, status);
    }
}

#[tokio::test]
async fn what_is_not_the_edges_one_word_in_its_form_is_refused() {
    let (scene, edge) = Scene::with_edge(&[]).await;
    let mut http = scene.connect_with(&edge).await;
    let lower = USER.to_lowercase();
    for headers in [
        &[(HEADER, USER), (HEADER, USER)][..],
        &[(HEADER, USER), (HEADER, OTHER)],
        &[(HEADER, &lower)],
        &[(HEADER, "")],
        &[(HEADER, "0x00")],
    ] {
        let malformed = refused(400, "malformed_identity");
        assert_eq!(me(&mut http, headers).await, malformed, "{headers:?}");
        // Nor is it a stranger's where one may come.
        let all = [&[VISITOR], headers].concat();
        let answer = http.get_with("/whoami", &all).await.unwrap();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{headers:?}");
    }
}

#[tokio::test]
async fn another_spelling_names_nobody_and_does_not_disturb_who_is_named() {
    let (scene, edge) = Scene::with_edge(&[]).await;
    let mut http = scene.connect_with(&edge).await;
    for spelling in ["x_plue_user_address", "X-Plue_User-Address", "x.plue.user.address"] {
        let alone = me(&mut http, &[(spelling, OTHER)]).await;
        assert_eq!(alone, refused(401, "missing_identity"), "{spelling}");
        let (status, user) = me(&mut http, &[(spelling, OTHER), (HEADER, USER)]).await;
        assert_eq!((status, &user["address"]), (StatusCode::OK, &USER.into()), "{spelling}");
        let headers = [VISITOR, (spelling, OTHER), (HEADER, USER)];
        let who = http.get_with("/whoami", &headers).await.unwrap().json();
        let expected = serde_json::json!(["host", "cf-connecting-ip"]);
        assert_eq!(who["headers"], expected, "{spelling}");
    }
}

#[tokio::test]
async fn without_a_setting_nobody_is_believed() {
    let scene = Scene::start(&[]).await;
    let mut http = scene.connect().await;
    for headers in [&[][..], &[(HEADER, USER)], &[("x-plue-user-assertion", "eyJ")]] {
        let nobody = refused(401, "missing_identity");
        assert_eq!(me(&mut http, headers).await, nobody, "{headers:?}");
    }
}

#[tokio::test]
async fn under_observation_who_proves_nothing_is_no_edge() {
    let (scene, edge) = Scene::with_edge(&[("PLUE_OBSERVE", "true")]).await;
    let mut http = scene.connect_with(&edge).await;
    assert_eq!(me(&mut http, &[(HEADER, USER)]).await.0, StatusCode::OK);
    let of_nobody = crate::tls(&scene.zone, None);
    let mut http = Http::connect(scene.address(), of_nobody).await.unwrap();
    let answer = http.get_with("/api/whoami", &[VISITOR, (HEADER, USER)]).await.unwrap();
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_becomes_of_its_word_is_counted() {
    let (scene, edge) = Scene::with_edge(&[]).await;
    let mut http = scene.connect_with(&edge).await;
    for headers in [&[(HEADER, USER)][..], &[(HEADER, "x")], &[], &[("x_plue_user_address", USER)]]
    {
        me(&mut http, headers).await;
    }
    let counts = scene.service.status().await["identities"].clone();
    let expected = serde_json::json!({
        "accepted": 1, "malformed_identity": 1, "missing_identity": 2,
    });
    assert_eq!(counts, expected);
}

#[tokio::test]
async fn who_visits_must_be_known_as_well() {
    let (scene, edge) = Scene::with_edge(&[]).await;
    let mut http = scene.connect_with(&edge).await;
    let answer = http.get_with("/api/whoami", &[(HEADER, USER)]).await.unwrap();
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}
