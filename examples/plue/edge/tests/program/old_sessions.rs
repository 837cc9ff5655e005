//! Sessions of the server that was there before, in its own table of a real PostgreSQL.

use axum::http::{HeaderMap, Request};
use axum::{Json, Router};
use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::postgres::Postgres;
use tokio::net::TcpListener;

use crate::{Browser, Service, eventually};

const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const OLD: &str = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";

/// The table as the old server has made it, with sessions of the wallet [`OLD`] by the bytes of their
/// tokens: `0a…` is good, `0b…` has expired, `0c…` is none that can be read.
async fn old_server() -> (Postgres, PgPool) {
    let postgres = Postgres::start().await;
    let pool = PgPool::connect(&postgres.url()).await.unwrap();
    let table = format!(
        "CREATE TABLE sessions (token_hash bytea PRIMARY KEY, address text NOT NULL,
             chain_id bigint NOT NULL, expires_at timestamptz NOT NULL);
         INSERT INTO sessions
             SELECT sha256(decode(repeat(token, 32), 'hex')), address, 1, now() + left_over
             FROM (VALUES ('0a', '{OLD}', interval '30 days'),
                          ('0b', '{OLD}', interval '-1 second'),
                          ('0c', 'nobody', interval '30 days')) AS row (token, address, left_over)"
    );
    sqlx::raw_sql(&table).execute(&pool).await.unwrap();
    (postgres, pool)
}

/// A forge that tells who it is told of, and whether a cookie has come as far as this.
async fn forge() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let told = async |headers: HeaderMap| {
        let text =
            |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Json(json!({ "user": text("x-plue-user-address"), "cookie": text("cookie") }))
    };
    let app = Router::new().fallback(told);
    tokio::spawn(async { axum::serve(listener, app).await });
    url
}

async fn edge(postgres: &Postgres, step: &str) -> Service {
    let (keys, url) = (format!("a:{SECRET}"), forge().await);
    let variables = [
        ("PLUE_ORIGIN", "https://plue.example"),
        ("PLUE_UPSTREAM", &*url),
        ("PLUE_SESSION_KEYS", &*keys),
        ("PLUE_NONCE_SECRETS", SECRET),
        ("PLUE_OLD_SESSIONS_URL", &postgres.url()),
        ("PLUE_OLD_SESSIONS", step),
    ];
    Service::start(&["--single-process"], &variables).await
}

fn cookie(token: &str) -> String {
    format!("plue_session={}", token.repeat(32))
}

/// The status, and what the forge was told, or the error.
async fn whoami(edge: &Service, cookies: &str) -> (u16, Value) {
    let request = Request::get("/api/whoami").header("cookie", cookies);
    let (status, _, body) = edge.send(request, String::new()).await;
    (status, serde_json::from_str(&body).unwrap())
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn old_and_new_sessions_are_accepted_side_by_side() {
    let (postgres, _pool) = old_server().await;
    // What the step is by default.
    let edge = edge(&postgres, "").await;
    let told = json!({ "user": OLD, "cookie": "theme=dark" });
    let with_another = format!("theme=dark; {}", cookie("0a"));
    assert_eq!(whoami(&edge, &with_another).await, (200, told));

    let mut browser = Browser::default();
    browser.sign_in(&edge).await;
    let new = browser.wallet.address().to_checksum(None);
    let told = json!({ "user": new, "cookie": null });
    assert_eq!(whoami(&edge, &browser.cookie()).await, (200, told.clone()));
    // Who brings both is known by the new one.
    let both = format!("{}; {}", cookie("0a"), browser.cookie());
    assert_eq!(whoami(&edge, &both).await, (200, told));

    let status: Value = serde_json::from_str(&edge.look("/status").await.1).unwrap();
    assert_eq!(status["sessions"], json!({ "accepted": 2, "accepted_old": 1 }));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn an_old_session_that_is_expired_unknown_or_not_of_its_form_is_none() {
    let (postgres, pool) = old_server().await;
    let edge = edge(&postgres, "both").await;
    let missing = (401, json!({ "error": "missing_session" }));
    for cookies in [
        &*cookie("0b"),
        &cookie("0d"),
        &cookie("0A"),
        &format!("{}0a", cookie("0a")),
        &format!("{}; {}", cookie("0a"), cookie("0a")),
        &format!("{}; {}", cookie("0a"), cookie("0d")),
        &cookie("0a").replace("plue_session", "plue_sessions"),
        // What is stored, in the place of what was hashed.
        "plue_session=' OR true --",
    ] {
        assert_eq!(whoami(&edge, cookies).await, missing, "{cookies}");
    }
    // It is the old server's to say so, and its table cannot be read.
    assert_eq!(whoami(&edge, &cookie("0c")).await, (503, json!({ "error": "store_unavailable" })));
    // Public pages are served to whoever comes.
    let request = Request::get("/plue/edge").header("cookie", cookie("0b"));
    assert_eq!(edge.send(request, String::new()).await.0, 200);

    // Ended by the old server, from one request to the next.
    assert_eq!(whoami(&edge, &cookie("0a")).await.0, 200);
    sqlx::raw_sql("DELETE FROM sessions").execute(&pool).await.unwrap();
    assert_eq!(whoami(&edge, &cookie("0a")).await, missing);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn an_old_session_that_was_signed_out_of_is_refused_from_then_on() {
    let (postgres, _pool) = old_server().await;
    let edge = edge(&postgres, "both").await;
    assert_eq!(whoami(&edge, &cookie("0a")).await.0, 200);
    let other_site = Request::post("/api/auth/logout").header("origin", "https://evil.example");
    let other_site = other_site.header("cookie", cookie("0a"));
    assert_eq!(edge.send(other_site, String::new()).await.0, 403);
    let log_out = Request::post("/api/auth/logout").header("cookie", cookie("0a"));
    assert_eq!(edge.send(log_out, String::new()).await.0, 204);
    let revoked = (401, json!({ "error": "revoked_session" }));
    assert_eq!(whoami(&edge, &cookie("0a")).await, revoked);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn each_step_of_the_migration_takes_its_own_sessions() {
    let (postgres, _pool) = old_server().await;
    // Of the same keys at each.
    let mut browser = Browser::default();
    browser.sign_in(&edge(&postgres, "both").await).await;
    for (step, old, new) in [("old-only", 200, 401), ("both", 200, 200), ("new-only", 401, 200)] {
        let edge = edge(&postgres, step).await;
        assert_eq!(whoami(&edge, &cookie("0a")).await.0, old, "{step}");
        assert_eq!(whoami(&edge, &browser.cookie()).await.0, new, "{step}");
        assert_eq!(whoami(&edge, "").await.0, 401, "{step}");
        let mut another = Browser::default();
        let body = another.begin(&edge).await;
        let (status, told) = another.verify(&edge, &body).await;
        let begins = if new == 200 { 200 } else { 503 };
        assert_eq!(status, begins, "{step}: {told}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn while_the_old_database_is_away_new_sessions_go_on_and_old_ones_wait() {
    let (mut postgres, pool) = old_server().await;
    let edge = edge(&postgres, "both").await;
    let mut browser = Browser::default();
    browser.sign_in(&edge).await;
    assert_eq!(whoami(&edge, &cookie("0a")).await.0, 200);

    let unavailable = (503, json!({ "error": "store_unavailable" }));
    // Silent, and then gone.
    postgres.freeze();
    assert_eq!(whoami(&edge, &cookie("0a")).await, unavailable);
    assert_eq!(whoami(&edge, &browser.cookie()).await.0, 200);
    postgres.thaw();
    drop(pool);
    postgres.stop().await;
    assert_eq!(whoami(&edge, &cookie("0a")).await, unavailable);
    assert_eq!(whoami(&edge, &browser.cookie()).await.0, 200);
    // Who brings neither is a stranger, as ever, and so is who brings what cannot be one.
    assert_eq!(whoami(&edge, "theme=dark").await.0, 401);
    assert_eq!(whoami(&edge, "plue_session=x").await.0, 401);
    assert_eq!(edge.get("/plue/edge").await.0, 200);

    postgres.start_again().await;
    eventually("old ones are back", async || whoami(&edge, &cookie("0a")).await.0 == 200).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn the_old_servers_table_is_never_written_and_may_not_be() {
    let (postgres, pool) = old_server().await;
    let reader = "CREATE ROLE reader LOGIN; GRANT SELECT ON sessions TO reader";
    sqlx::raw_sql(reader).execute(&pool).await.unwrap();
    let url = postgres.url().replace("postgres@", "reader@");
    let (keys, forge) = (format!("a:{SECRET}"), forge().await);
    let variables = [
        ("PLUE_ORIGIN", "https://plue.example"),
        ("PLUE_UPSTREAM", &*forge),
        ("PLUE_SESSION_KEYS", &*keys),
        ("PLUE_NONCE_SECRETS", SECRET),
        ("PLUE_OLD_SESSIONS_URL", &*url),
    ];
    let edge = Service::start(&["--single-process"], &variables).await;
    assert_eq!(whoami(&edge, &cookie("0a")).await.0, 200);
}
