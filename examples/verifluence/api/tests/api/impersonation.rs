use std::sync::LazyLock;

use admin_api::Gate;
use api::{Limits, People, Stores};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use cf_access::testing::Issuer;
use database::testing::Migrated;
use serde_json::{Value, json};
use sqlx::Executor;
use tokio::task::JoinSet;

use crate::{Answer, Scene, WEB, Wallet, answer, with_json};

/// One issuer for all tests: its keys take a while to make.
static ISSUER: LazyLock<Issuer> = LazyLock::new(Issuer::new);

/// Both servers over one database, each as its own user.
struct Both {
    migrated: Migrated,
    admin: Router,
    scene: Scene,
}

impl Both {
    async fn start() -> Self {
        let migrated = Migrated::start().await;
        let gate = Gate::build(ISSUER.keys(), [ISSUER.audience().clone()], []).unwrap();
        let panel = "https://admin.verifluence.io".parse().unwrap();
        let limits = admin_api::Limits::default();
        let stores = admin_api::Stores::postgres(&migrated.store("admin"), limits);
        let admin = admin_api::router(&gate, &panel, None, &stores);
        let scene = Scene::over(&migrated);
        Self { migrated, admin, scene }
    }

    /// A token of a person of the staff's, for this user.
    async fn token(&self, user_id: &str) -> String {
        let request =
            with_json(Request::post("/api/auth/impersonate"), &json!({ "user_id": user_id }));
        let alice = ISSUER.user("alice@verifluence.io").claim("sub", "7335d417");
        let issued = answer(self.admin.clone(), alice.sign(request)).await;
        assert_eq!(issued.status, 201, "{issued:?}");
        issued.body["token"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_token_of_the_admin_api_shows_once_what_its_user_sees() {
    let both = Both::start().await;
    let wallet = Wallet::new();
    for stream in ["speedrun", "rust"] {
        let watch = Request::post(format!("/api/watchlist/{stream}"));
        assert_eq!(both.scene.send_as(&wallet, watch).await.status, 201);
    }
    // In whatever form support has the address.
    let user = wallet.address().to_string().to_lowercase();
    let token = both.token(&user).await;
    let seen = both.scene.redeem(&token).await;
    assert_eq!(seen.status, 200);
    let expected = json!({ "userId": user, "by": "7335d417", "watchlist": ["speedrun", "rust"] });
    assert_eq!(seen.body, expected);
    assert_eq!(seen.header("cache-control"), "no-store");
    // It is no session.
    assert_eq!(seen.header("set-cookie"), "");

    assert_eq!(both.scene.redeem(&token).await.code(), (410, "used_or_unknown"));
    let token = both.token("user-7").await;
    let seen = both.scene.redeem(&token).await.body;
    assert_eq!(seen, json!({ "userId": "user-7", "by": "7335d417", "watchlist": [] }));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_token_that_was_used_one_that_has_expired_and_one_that_never_was_are_answered_alike() {
    let both = Both::start().await;
    let expire =
        |after: &str| format!("UPDATE impersonations SET expires_at = now() + interval '{after}'");
    let used = both.token("user-7").await;
    both.migrated.owner.execute(expire("1 hour").as_str()).await.unwrap();
    let changed = used.replacen(|_| true, if used.starts_with('A') { "B" } else { "A" }, 1);
    let unknown = both.scene.redeem(&changed).await;
    let mut cut = used.clone();
    cut.pop();
    let cut = both.scene.redeem(&cut).await;
    assert_eq!(both.scene.redeem(&used).await.status, 200);
    let used = both.scene.redeem(&used).await;
    let expired = both.token("user-7").await;
    both.migrated.owner.execute(expire("0").as_str()).await.unwrap();
    let expired = both.scene.redeem(&expired).await;
    for answer in [&unknown, &cut, &used, &expired] {
        assert_eq!(answer.code(), (410, "used_or_unknown"));
        assert_eq!((&answer.headers, &answer.body), (&used.headers, &used.body));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn of_64_who_redeem_a_token_at_once_one_does() {
    let both = Both::start().await;
    let token = both.token("user-7").await;
    let mut requests = JoinSet::new();
    for _ in 0..64 {
        let app = both.scene.app.clone();
        let request = with_json(Request::post("/api/impersonate"), &json!({ "token": token }));
        requests.spawn(async { answer(app, request).await.status.as_u16() });
    }
    let statuses = requests.join_all().await;
    // On a machine that is busy, some may not have their turn in time.
    assert!(statuses.iter().all(|status| [200, 410, 503].contains(status)), "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(both.scene.redeem(&token).await.code(), (410, "used_or_unknown"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn who_is_not_shown_the_list_keeps_the_token() {
    let both = Both::start().await;
    let token = both.token(&Wallet::new().address().to_string()).await;
    both.migrated.owner.execute("ALTER TABLE watchlists RENAME TO elsewhere").await.unwrap();
    let answer = both.scene.redeem(&token).await;
    assert_eq!(answer.code(), (503, "store_unavailable"));
    assert_eq!(answer.header("retry-after"), "1");
    both.migrated.owner.execute("ALTER TABLE elsewhere RENAME TO watchlists").await.unwrap();
    assert_eq!(both.scene.redeem(&token).await.status, 200);
}

#[tokio::test]
async fn without_the_database_no_token_is_known() {
    let scene = Scene::with(People::default(), Stores::single_process(Limits::default()));
    assert_eq!(scene.redeem(&"x".repeat(43)).await.code(), (410, "used_or_unknown"));
}

#[tokio::test]
async fn what_is_not_a_token_in_json_is_refused() {
    let scene = Scene::new();
    let send = async |body: &Value| {
        let answer = scene.send(with_json(Request::post("/api/impersonate"), body)).await;
        (answer.status.as_u16(), answer.body["error"].as_str().unwrap_or("-").to_owned())
    };
    for body in [json!({}), json!({ "token": 7 }), json!({ "token": "x", "by": "y" }), json!("x")] {
        assert_eq!(send(&body).await, (400, "invalid_body".to_owned()), "{body}");
    }
    let long = json!({ "token": "x".repeat(1024) });
    assert_eq!(send(&long).await, (413, "body_too_large".to_owned()));
    let form = Request::post("/api/impersonate").header("content-type", "text/plain");
    let form = form.body(Body::from(r#"{"token":"x"}"#)).unwrap();
    assert_eq!(scene.send(form).await.code(), (415, "unsupported_media_type"));
}

#[tokio::test]
async fn a_page_of_the_front_end_reads_the_answer_and_another_does_not() {
    let scene = Scene::new();
    let from = async |origin: &str| -> Answer {
        let request = Request::post("/api/impersonate").header("origin", origin);
        scene.send(with_json(request, &json!({ "token": "x" }))).await
    };
    assert_eq!(from(WEB).await.header("access-control-allow-origin"), WEB);
    let panel = from("https://admin.verifluence.io").await;
    assert_eq!(panel.header("access-control-allow-origin"), "");
}
