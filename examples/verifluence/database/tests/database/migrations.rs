use std::fs;
use std::time::Duration;

use database::{Database, DatabaseError, check, migrate};
use kick_hmac::PostgresReplays;
use siwe_session::PostgresNonces;
use testkit::postgres::Postgres;
use testkit::process::Process;
use tokio::process::Command;

use crate::migrated;

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_is_as_servers_need_it_when_it_has_been_migrated_and_not_before() {
    let postgres = Postgres::start().await;
    let database: Database = postgres.url().parse().unwrap();
    let error = check(&database).await.unwrap_err();
    assert!(matches!(error, DatabaseError::NotMigrated { applied: 0, .. }), "{error}");
    migrate(&database).await.unwrap();
    check(&database).await.unwrap();
    // Nothing is done twice.
    migrate(&database).await.unwrap();

    let pool = database.pool(1, Duration::from_secs(10));
    let latest =
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    sqlx::query(latest).execute(&pool).await.unwrap();
    let error = check(&database).await.unwrap_err();
    assert!(matches!(error, DatabaseError::NotMigrated { .. }), "{error}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn two_that_migrate_at_once_are_one() {
    let postgres = Postgres::start().await;
    let database: Database = postgres.url().parse().unwrap();
    let (one, other) = tokio::join!(migrate(&database), migrate(&database));
    one.unwrap();
    other.unwrap();
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn the_program_migrates_and_ends() {
    let postgres = Postgres::start().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_verifluence-migrate"));
    command.env_clear().env("DATABASE_URL", postgres.url());
    let mut program = Process::start(command);
    assert_eq!(program.wait().await.code(), Some(0), "{}", program.output());
    check(&postgres.url().parse().unwrap()).await.unwrap();
}

#[tokio::test]
async fn without_a_database_the_program_ends_with_status_2_and_tells_no_password() {
    for (url, status) in
        [("", 2), ("mysql://root:hunter2@db/x", 2), ("postgres://a:hunter2@127.0.0.1:1/x", 1)]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_verifluence-migrate"));
        command.env_clear().env("DATABASE_URL", url);
        let mut program = Process::start(command);
        assert_eq!(program.wait().await.code(), Some(status), "{}", program.output());
        assert!(!program.output().contains("hunter2"), "{}", program.output());
    }
}

/// The tables of the libraries are theirs to describe.
#[tokio::test]
async fn the_migrations_have_the_tables_that_the_libraries_ask_for() {
    let pool = || sqlx::PgPool::connect_lazy("postgres://127.0.0.1:1/none").unwrap();
    let nonces = PostgresNonces::new(pool()).prefix("verifluence_").unwrap().schema();
    let replays = PostgresReplays::new(pool()).schema();
    let file = |name| {
        fs::read_to_string(format!("{}/migrations/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    assert!(file("3_sessions.sql").contains(&nonces), "{nonces}");
    assert!(file("5_kick.sql").contains(&replays), "{replays}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_statement_that_takes_too_long_is_ended() {
    let (_postgres, owner) = migrated().await;
    drop(owner);
    let database: Database = _postgres.url().parse().unwrap();
    let pool = database.pool(1, Duration::from_millis(100));
    let error = sqlx::query("SELECT pg_sleep(60)").execute(&pool).await.unwrap_err();
    assert!(error.to_string().contains("statement timeout"), "{error}");
}
