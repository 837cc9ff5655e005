//! Rows leave PostgreSQL's table when they are old enough, and no earlier.

use std::time::{Duration, SystemTime};

use kick_hmac::PostgresReplays;
use sqlx::PgPool;
use testkit::postgres::Postgres;

use crate::scene::{DUPLICATE, HANDLED, Message, Scene, id};
use crate::server::{make_table, pool};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn only_what_is_older_than_the_retention_is_removed() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let replays = || PostgresReplays::new(pool.clone()).retention(RETENTION);
    make_table(&pool, &replays()).await;
    let scene = Scene::with_long_lease(replays());

    let [old, late, young] = [scene.message(), scene.message(), scene.message()];
    for message in [&old, &late, &young] {
        assert_eq!(scene.deliver_until_settled(message).await, HANDLED);
    }
    let [left_long_ago, left_now] = [scene.message(), scene.message()];
    scene.hold();
    let mut held = Vec::new();
    for message in [&left_long_ago, &left_now] {
        let (scene, message) = (scene.clone(), message.clone());
        held.push(tokio::spawn(async move { scene.deliver(&message).await }));
    }
    scene.has_run(5).await;

    age(&pool, &old, "leased_until", MORE).await;
    age(&pool, &old, "committed_at", MORE).await;
    // It was committed long after its lease had run out.
    age(&pool, &late, "leased_until", MORE).await;
    age(&pool, &late, "committed_at", LESS).await;
    age(&pool, &young, "leased_until", LESS).await;
    age(&pool, &young, "committed_at", LESS).await;
    age(&pool, &left_long_ago, "leased_until", MORE).await;
    age(&pool, &left_now, "leased_until", LESS).await;

    let before = now() - Duration::from_secs(4 * 60 * 60);
    assert_eq!(replays().prune(before).await.unwrap(), 0);
    assert_eq!(replays().prune(now()).await.unwrap(), 2);
    assert_eq!(replays().prune(now()).await.unwrap(), 0);
    assert_eq!(rows(&pool).await, ids([&late, &young, &left_now]));

    scene.answer_with(HANDLED);
    for message in [&late, &young] {
        assert_eq!(scene.deliver_until_settled(message).await, DUPLICATE);
    }
    // What was pruned is new again.
    assert_eq!(scene.deliver_until_settled(&old).await, HANDLED);
    for held in held {
        assert_eq!(held.await.unwrap().status(), HANDLED);
    }
    for message in [&old, &left_long_ago, &left_now] {
        scene.is_a_duplicate(message).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn more_rows_than_one_statement_takes_are_removed_by_one_call() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let replays = PostgresReplays::new(pool.clone()).retention(RETENTION);
    make_table(&pool, &replays).await;
    let statement = "INSERT INTO kick_deliveries (message_id, lease, leased_until)
         SELECT n::text, '', clock_timestamp() - interval '25 hours' FROM generate_series(1, $1) n";
    for rows in [999, 1000, 1001, 2000] {
        sqlx::query(statement).bind(rows).execute(&pool).await.unwrap();
        assert_eq!(replays.prune(now()).await.unwrap(), u64::try_from(rows).unwrap());
    }
}

/// Puts it so many hours into the past.
async fn age(pool: &PgPool, message: &Message, column: &str, hours: i32) {
    let statement = format!(
        "UPDATE kick_deliveries SET {column} = clock_timestamp() - $2 * interval '1 hour'
         WHERE message_id = $1"
    );
    let aged = sqlx::query(&statement).bind(id(message)).bind(hours).execute(pool).await;
    assert_eq!(aged.unwrap().rows_affected(), 1);
}

async fn rows(pool: &PgPool) -> Vec<String> {
    let statement = "SELECT message_id FROM kick_deliveries ORDER BY message_id";
    sqlx::query_scalar(statement).fetch_all(pool).await.unwrap()
}

fn ids<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<String> {
    let mut ids: Vec<_> = messages.into_iter().map(|message| id(message).to_owned()).collect();
    ids.sort_unstable();
    ids
}

#[expect(clippy::disallowed_methods, reason = "the server that is asked has no other clock")]
fn now() -> SystemTime {
    SystemTime::now()
}

const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
const LESS: i32 = 23;
const MORE: i32 = 25;
