use hyper::StatusCode;

use crate::{Http, Scene, Zone, tls};

#[tokio::test]
async fn everybody_is_answered_and_only_the_edge_is_proven() {
    let scene = Scene::start(&[("PLUE_OBSERVE", "true")]).await;
    scene.service.logs(&["WARN", "PLUE_OBSERVE"]).await;
    assert_eq!(scene.service.status().await["observe"], true);
    let other = Zone::new("another account's authority").client(7);
    let visitor = [("cf-connecting-ip", "203.0.113.7"), ("x-plue-user-address", "0x00")];
    for (client, code) in [(None, "no_certificate"), (Some(&other), "unknown_issuer")] {
        let mut http = Http::connect(scene.address(), tls(&scene.zone, client)).await.unwrap();
        assert_eq!(http.get("/").await.unwrap().status, StatusCode::OK, "{code}");
        let answer = http.get_with("/whoami", &visitor).await.unwrap();
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{code}");
        // One for the connection, and one for each request.
        scene.service.counted(code, 3).await;
    }
    // No address was believed, whoever wrote it.
    assert_eq!(scene.service.status().await["visitors"], serde_json::json!({ "denied": 4 }));

    let mut http = scene.connect().await;
    let who = http.get_with("/whoami", &visitor).await.unwrap().json();
    assert_eq!(who["client"], "203.0.113.7");
}
