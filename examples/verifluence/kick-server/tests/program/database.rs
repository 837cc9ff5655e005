use std::net::SocketAddr;

use database::migrate;
use sqlx::{Connection, PgConnection};
use testkit::chaos::{Chaos, Faults};
use testkit::postgres::Postgres;

use crate::startup::cannot_begin;
use crate::{Service, eventually, follow};

/// A database that has been migrated, with a user of the receiver's role and one of another server's.
pub(crate) async fn migrated() -> Postgres {
    let postgres = Postgres::start().await;
    migrate(&postgres.url().parse().unwrap()).await.unwrap();
    let users =
        "CREATE USER kick IN ROLE verifluence_kick; CREATE USER api IN ROLE verifluence_api";
    let mut owner = PgConnection::connect(&postgres.url()).await.unwrap();
    sqlx::raw_sql(users).execute(&mut owner).await.unwrap();
    postgres
}

/// The database that is reached here, for the user who has the receiver's role and no other.
pub(crate) fn url(address: SocketAddr) -> String {
    format!("postgres://kick@{address}/postgres?sslmode=disable")
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_user_of_the_receivers_role_keeps_events_once_lists_them_and_removes_them() {
    let postgres = migrated().await;
    let url = url(postgres.address());
    let settings = [("DATABASE_URL", url.as_str()), ("KICK_KEEP_DAYS", "1")];
    let mut service = Service::start(&settings).await;
    let message = follow();
    service.deliver_until_duplicate(&message).await;
    assert_eq!(service.kept().await, [message.message_id().as_str()]);
    assert_eq!(service.look("/readyz").await.0, 200);
    service.process.terminate().await;

    let mut owner = PgConnection::connect(&postgres.url()).await.unwrap();
    sqlx::raw_sql(TWO_DAYS_LATER).execute(&mut owner).await.unwrap();
    // What is old is removed at the start, and each hour.
    let service = Service::start(&settings).await;
    eventually("the event is removed", async || service.kept().await.is_empty()).await;
    let ids = sqlx::query_scalar("SELECT count(*) FROM kick_deliveries");
    let ids: i64 = ids.fetch_one(&mut owner).await.unwrap();
    assert_eq!(ids, 0);
    assert_eq!(service.deliver_until_taken(&follow()).await, 204);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_user_of_another_servers_role_keeps_nothing_and_the_receiver_is_not_ready() {
    let postgres = migrated().await;
    let url = url(postgres.address()).replace("kick@", "api@");
    let service = Service::start(&[("DATABASE_URL", &url)]).await;
    assert_eq!(service.look("/readyz").await.0, 503);
    assert_eq!(service.deliver(&follow()).await, 503);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_that_was_not_migrated_is_told_with_what_to_run() {
    let postgres = Postgres::start().await;
    let told = cannot_begin("DATABASE_URL", &postgres.url()).await;
    assert!(told.contains("DATABASE_URL"), "{told}");
    assert!(told.contains("run verifluence-migrate"), "{told}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_was_acknowledged_survives_the_program_and_a_message_is_handled_once_before_and_after()
{
    let postgres = migrated().await;
    let url = url(postgres.address());
    let settings = [("DATABASE_URL", url.as_str())];
    let mut service = Service::start(&settings).await;
    let message = follow();
    service.deliver_until_duplicate(&message).await;
    service.process.kill().await;

    let service = Service::start(&settings).await;
    // The ids are in the database as well: it is a duplicate, and not handled again.
    assert_eq!(service.deliver_until_taken(&message).await, 200);
    assert_eq!(service.kept().await, [message.message_id().as_str()]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_that_says_nothing_is_told_to_kick_and_a_later_delivery_is_kept() {
    let postgres = migrated().await;
    let service = Service::start(&[("DATABASE_URL", &url(postgres.address()))]).await;
    assert_eq!(service.deliver_until_taken(&follow()).await, 204);

    postgres.freeze();
    let message = follow();
    // More than there are connections: none of them waits for the others.
    for _ in 0..20 {
        assert_eq!(service.deliver(&message).await, 503);
    }
    assert_eq!(service.look("/readyz").await.0, 503);
    assert_eq!(service.look("/healthz").await.0, 200);
    postgres.thaw();
    assert_eq!(service.deliver_until_taken(&message).await, 204);
    assert_eq!(service.kept().await.len(), 2);
    assert_eq!(service.look("/readyz").await.0, 200);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_that_is_gone_is_told_to_kick_and_a_later_delivery_is_kept() {
    let mut postgres = migrated().await;
    let service = Service::start(&[("DATABASE_URL", &url(postgres.address()))]).await;
    assert_eq!(service.deliver_until_taken(&follow()).await, 204);

    postgres.kill().await;
    let message = follow();
    for _ in 0..3 {
        assert_eq!(service.deliver(&message).await, 503);
    }
    postgres.start_again().await;
    assert_eq!(service.deliver_until_taken(&message).await, 204);
    assert_eq!(service.kept().await.len(), 2);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn connections_that_fall_silent_are_replaced() {
    let postgres = migrated().await;
    // Enough for a connection to be made and asked a few times.
    let back = Faults::default().stall_after(1000);
    let chaos = Chaos::start(postgres.address(), Faults::default(), back).await.unwrap();
    let database = Service::start(&[("DATABASE_URL", &url(postgres.address()))]).await;
    let service = Service::start(&[("DATABASE_URL", &url(chaos.address()))]).await;
    // Of more connections than there are at once.
    let mut ids = Vec::new();
    for _ in 0..60 {
        let message = follow();
        let status = service.deliver_until_taken(&message).await;
        assert!(matches!(status, 200 | 204), "{status}");
        ids.push(message.message_id().to_string());
    }
    assert_eq!(database.kept().await, ids);
}

const TWO_DAYS_LATER: &str = "\
UPDATE kick_events SET kept_at = kept_at - interval '2 days';
UPDATE kick_deliveries SET leased_until = leased_until - interval '2 days',
    committed_at = committed_at - interval '2 days';";
