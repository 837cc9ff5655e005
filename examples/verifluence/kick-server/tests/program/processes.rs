use std::sync::Arc;

use sqlx::{Connection, PgConnection};
use testkit::postgres::Postgres;
use tokio::task::JoinSet;

use crate::database::{migrated, url};
use crate::{Service, eventually, follow};

const NEW: &str = "kick_events_total{kind=\"channel.followed\",kept=\"new\"}";

async fn two(postgres: &Postgres) -> [Service; 2] {
    let url = url(postgres.address());
    let settings = [("DATABASE_URL", url.as_str())];
    tokio::join!(Service::start(&settings), Service::start(&settings)).into()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn of_64_deliveries_of_a_message_to_two_processes_one_is_handled() {
    let postgres = migrated().await;
    let services = two(&postgres).await.map(Arc::new);
    let message = follow();
    let mut deliveries = JoinSet::new();
    for service in services.iter().cycle().take(64) {
        let (service, request) = (Arc::clone(service), message.request());
        deliveries.spawn(async move { service.send(request).await });
    }
    let answers = deliveries.join_all().await;
    assert!(answers.iter().all(|status| [200, 204, 503].contains(status)), "{answers:?}");
    for service in &services {
        service.deliver_until_duplicate(&message).await;
        assert_eq!(service.kept().await, [message.message_id().as_str()]);
    }
    let kept = [services[0].metric(NEW).await, services[1].metric(NEW).await];
    assert!(matches!(kept, [1, 0] | [0, 1]), "{kept:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_message_whose_process_was_killed_is_handled_by_another_one_after_the_lease() {
    let postgres = migrated().await;
    let [mut first, second] = two(&postgres).await;
    let mut database = PgConnection::connect(&postgres.url()).await.unwrap();
    let mut ids = PgConnection::connect(&postgres.url()).await.unwrap();

    let message = loop {
        // Whoever keeps an event waits for this.
        sqlx::raw_sql("BEGIN; LOCK TABLE kick_events").execute(&mut database).await.unwrap();
        let message = follow();
        let delivery = first.try_send(message.request());
        let is_reserved =
            async { while !is_leased(&mut ids, message.message_id().as_str()).await {} };
        let is_killed = tokio::select! {
            // It did not wait for as long as it takes to be seen and killed.
            _ = delivery => false,
            () = is_reserved => true,
        };
        first.process.kill().await;
        sqlx::raw_sql(END_ALL_OTHERS).execute(&mut database).await.unwrap();
        sqlx::raw_sql("ROLLBACK").execute(&mut database).await.unwrap();
        ids = PgConnection::connect(&postgres.url()).await.unwrap();
        if is_killed && is_leased(&mut ids, message.message_id().as_str()).await {
            break message;
        }
        first = Service::start(&[("DATABASE_URL", &url(postgres.address()))]).await;
    };

    assert!(second.kept().await.iter().all(|id| id != message.message_id().as_str()));
    // Until then it is answered as one that is being handled.
    assert_eq!(second.deliver_until_taken(&message).await, 204);
    second.deliver_until_duplicate(&message).await;
    let kept = second.kept().await;
    assert_eq!(kept.iter().filter(|id| *id == message.message_id().as_str()).count(), 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn an_event_that_cannot_be_kept_in_time_is_told_to_kick_and_kept_later() {
    let postgres = migrated().await;
    let service = Service::start(&[("DATABASE_URL", &url(postgres.address()))]).await;
    let mut database = PgConnection::connect(&postgres.url()).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE kick_events").execute(&mut database).await.unwrap();
    let message = follow();
    assert_eq!(service.deliver(&message).await, 503);
    let failures = "kick_event_failures_total{why=\"timeout\"}";
    // The id may not have been reserved in time, on a machine that is busy.
    eventually("it waited for the table", async || {
        assert_eq!(service.deliver(&message).await, 503);
        service.metric(failures).await > 0
    })
    .await;
    sqlx::raw_sql("ROLLBACK").execute(&mut database).await.unwrap();
    assert_eq!(service.deliver_until_taken(&message).await, 204);
    assert_eq!(service.kept().await, [message.message_id().as_str()]);
}

/// Whether the message is being handled, or was when its process was killed.
async fn is_leased(database: &mut PgConnection, id: &str) -> bool {
    let statement =
        "SELECT count(*) FROM kick_deliveries WHERE message_id = $1 AND committed_at IS NULL";
    let count: i64 = sqlx::query_scalar(statement).bind(id).fetch_one(database).await.unwrap();
    count == 1
}

/// The database does not notice that a process is gone while it has work to do for it.
const END_ALL_OTHERS: &str = "\
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
