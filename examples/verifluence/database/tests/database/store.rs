use std::future::{pending, ready};
use std::time::Duration;

use database::{Database, Storage, Store};
use serve::Environment;
use testkit::chaos::{Chaos, Faults};
use testkit::postgres::Postgres;
use tokio::time::timeout;

/// Of a database that is not there.
fn store() -> Store {
    Store::new(&"postgres://a:hunter2@127.0.0.1:1/x".parse::<Database>().unwrap())
}

#[tokio::test]
async fn no_answer_is_waited_for_without_end() {
    let store = store();
    assert!(store.ask(pending::<Result<(), sqlx::Error>>()).await.is_err());
    assert!(!store.answers().await);
    assert_eq!(store.ask(ready(Ok(7))).await.unwrap(), 7);
    assert!(store.ask(ready(Err::<(), _>(sqlx::Error::RowNotFound))).await.is_err());
}

#[test]
fn where_everything_is_kept_is_written_out() {
    let read = |database: Option<&str>, single: Option<&str>| {
        let mut environment = Environment::new(|name| match name {
            "DATABASE_URL" => database.map(str::to_owned),
            "SINGLE_PROCESS" => single.map(str::to_owned),
            _ => None,
        });
        let storage = Storage::read(&mut environment);
        let problems = environment.into_problems();
        assert_eq!(storage.is_some(), problems.is_empty());
        (storage, problems.iter().map(serve::Problem::name).collect::<Vec<_>>())
    };
    let url = Some("postgres://a:hunter2@127.0.0.1/x");
    let (storage, _) = read(url, None);
    assert!(matches!(storage, Some(Storage::Postgres(_))));
    assert!(!format!("{storage:?}").contains("hunter2"));
    assert!(matches!(read(None, Some("true")).0, Some(Storage::SingleProcess)));
    assert_eq!(read(None, None).1, ["DATABASE_URL"]);
    assert_eq!(read(url, Some("true")).1, ["DATABASE_URL"]);
    assert_eq!(read(url, Some("false")).1, ["DATABASE_URL"]);
    assert_eq!(read(None, Some("false")).1, ["SINGLE_PROCESS"]);
    assert_eq!(read(Some("redis://127.0.0.1"), None).1, ["DATABASE_URL"]);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_opened_and_memory_needs_none() {
    assert!(Storage::Postgres("postgres://127.0.0.1:1/x".parse().unwrap()).open().await.is_err());
    assert!(Storage::SingleProcess.open().await.unwrap().is_none());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn connections_that_fall_silent_are_given_up_and_replaced() {
    let postgres = Postgres::start().await;
    // Enough for a connection to be made and asked a few times.
    let back = Faults::default().stall_after(1000);
    let chaos = Chaos::start(postgres.address(), Faults::default(), back).await.unwrap();
    let url = format!("postgres://postgres@{}/postgres?sslmode=disable", chaos.address());
    let store = Store::new(&url.parse::<Database>().unwrap());
    let (mut answered, mut given_up) = (0, 0);
    while answered < 20 || given_up < 1 {
        // Each statement of its own, so that what comes back is more than its answer.
        let text = format!("SELECT {answered}, '{}'", "x".repeat(50));
        let asked = store.ask(sqlx::query(&text).execute(store.pool()));
        match timeout(Duration::from_secs(10), asked).await.unwrap() {
            Ok(_) => answered += 1,
            Err(_) => given_up += 1,
        }
        assert!(given_up < 60, "{answered} answered");
    }
}
