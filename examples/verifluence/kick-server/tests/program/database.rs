use testkit::chaos::{Chaos, Faults};
use testkit::postgres::Postgres;

use crate::{Service, follow};

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_was_acknowledged_survives_the_program_and_a_message_is_handled_once_before_and_after()
{
    let postgres = Postgres::start().await;
    let url = postgres.url();
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
    let postgres = Postgres::start().await;
    let service = Service::start(&[("DATABASE_URL", &postgres.url())]).await;
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
    let mut postgres = Postgres::start().await;
    let service = Service::start(&[("DATABASE_URL", &postgres.url())]).await;
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
    let postgres = Postgres::start().await;
    // Enough for a connection to be made and asked a few times.
    let back = Faults::default().stall_after(1000);
    let chaos = Chaos::start(postgres.address(), Faults::default(), back).await.unwrap();
    let database = Service::start(&[("DATABASE_URL", &postgres.url())]).await;
    let url = format!("postgres://postgres@{}/postgres?sslmode=disable", chaos.address());
    let service = Service::start(&[("DATABASE_URL", &url)]).await;
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
