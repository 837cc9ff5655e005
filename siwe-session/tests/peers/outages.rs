//! A store that is down or hangs: it says of no nonce that it is burned or is not, and goes on once it is
//! back.

use siwe_session::PostgresNonces;
use siwe_session::testing::new_burn_key;
use sqlx::postgres::PgPoolOptions;
use testkit::postgres::Postgres;

use crate::scene::{Server, burn, burn_at_last, is_put_off, make_table};
use crate::within;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn while_redis_is_down_nothing_is_burned() {
    nothing_is_burned_while_it_is_down(Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn while_postgres_is_down_nothing_is_burned() {
    nothing_is_burned_while_it_is_down(Server::postgres().await).await;
}

async fn nothing_is_burned_while_it_is_down(mut server: Server) {
    let store = server.store().await;
    let [before, during] = [new_burn_key(), new_burn_key()];
    assert!(burn(&*store, before).await);
    server.stop().await;
    for _ in 0..3 {
        is_put_off(&*store, during).await;
        // Nor is it said to be burned.
        is_put_off(&*store, before).await;
    }
    server.start_again().await;
    assert!(burn_at_last(&*store, during).await);
    assert!(!burn(&*store, during).await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn while_redis_hangs_nothing_is_said_to_be_burned() {
    nothing_is_said_while_it_hangs(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn while_postgres_hangs_nothing_is_said_to_be_burned() {
    nothing_is_said_while_it_hangs(&Server::postgres().await).await;
}

async fn nothing_is_said_while_it_hangs(server: &Server) {
    let store = server.store().await;
    let [before, during] = [new_burn_key(), new_burn_key()];
    assert!(burn(&*store, before).await);
    server.freeze();
    // More often than there are connections in a pool.
    for _ in 0..12 {
        is_put_off(&*store, during).await;
    }
    is_put_off(&*store, before).await;
    server.thaw();
    assert!(!burn_at_last(&*store, before).await);
    assert!(burn_at_last(&*store, new_burn_key()).await);
    // What was asked of it may be done late: then it is burned, and nobody has signed in with it.
    burn_at_last(&*store, during).await;
    assert!(!burn(&*store, during).await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_call_that_is_cut_off_takes_no_connection_from_the_pool() {
    let postgres = Postgres::start().await;
    let one = PgPoolOptions::new().max_connections(1);
    let pool = one.connect(&postgres.url()).await.unwrap();
    let (nonces, key) = (PostgresNonces::new(pool.clone()), new_burn_key());
    make_table(&pool, &nonces).await;

    let mut lock = crate::scene::pool(&postgres).await.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE siwe_used").execute(&mut *lock).await.unwrap();
    is_put_off(&nonces, key).await;
    // The server has not answered that call, and still the pool can be used.
    let answer = sqlx::raw_sql("SELECT 1").execute(&pool);
    within("a connection of the pool", answer).await.unwrap();
    lock.commit().await.unwrap();
    burn(&nonces, key).await;
    assert!(!burn(&nonces, key).await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn without_its_table_postgres_fails() {
    let postgres = Postgres::start().await;
    let pool = sqlx::PgPool::connect(&postgres.url()).await.unwrap();
    let (nonces, key) = (PostgresNonces::new(pool.clone()), new_burn_key());
    for _ in 0..3 {
        is_put_off(&nonces, key).await;
    }
    assert!(nonces.prune(crate::scene::now()).await.is_err());
    make_table(&pool, &nonces).await;
    assert!(burn(&nonces, key).await);
}
