//! Sessions of the server that was there before, where wallets sign in at the origin.

use hyper::StatusCode;
use testkit::postgres::Postgres;

use crate::site::SETTINGS;
use crate::{Browser, Scene, VISITOR, Zone};

const OLD: &str = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn old_and_new_sessions_go_side_by_side_at_the_origin() {
    let postgres = Postgres::start().await;
    let pool = sqlx::PgPool::connect(&postgres.url()).await.unwrap();
    let table = format!(
        "CREATE TABLE sessions (token_hash bytea PRIMARY KEY, address text NOT NULL,
             chain_id bigint NOT NULL, expires_at timestamptz NOT NULL);
         INSERT INTO sessions VALUES
             (sha256(decode(repeat('0a', 32), 'hex')), '{OLD}', 1, now() + interval '1 day')"
    );
    sqlx::raw_sql(&table).execute(&pool).await.unwrap();
    let url = postgres.url();
    let settings = [&SETTINGS[..], &[("PLUE_OLD_SESSIONS_URL", &url)]].concat();
    let zone = Zone::new("the zone's authority");
    let scene = Scene::with_arguments(zone, &settings, &["--single-process"]).await;

    let mut http = scene.connect().await;
    let cookie = format!("plue_session={}", "0a".repeat(32));
    let answer = http.get_with("/api/whoami", &[VISITOR, ("cookie", &cookie)]).await.unwrap();
    assert_eq!((answer.status, &answer.json()["user"]["address"]), (StatusCode::OK, &OLD.into()));
    let unknown = cookie.replace("0a", "0b");
    let answer = http.get_with("/api/whoami", &[VISITOR, ("cookie", &unknown)]).await.unwrap();
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"missing_session"}"#));

    let mut browser = Browser::default();
    browser.sign_in(&mut http).await;
    assert_eq!(browser.get(&mut http, "/api/whoami").await.status, StatusCode::OK);
    let sessions = &scene.service.status().await["sessions"];
    assert_eq!((&sessions["accepted"], &sessions["accepted_old"]), (&1.into(), &1.into()));
}
