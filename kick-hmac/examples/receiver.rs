//! A receiver of Kick's webhooks, of which any number may run side by side: what one of them has handled,
//! the others know, from Redis or from PostgreSQL.
//!
//! ```sh
//! export BROADCASTERS=7,8 DATABASE_URL=postgres://127.0.0.1/app
//! cargo run --example receiver --features axum,postgres,redis
//! ```
//!
//! | variable | |
//! |---|---|
//! | `BROADCASTERS` | whose events are for this receiver, by their `user_id` |
//! | `DATABASE_URL` or `REDIS_URL` | where ids are remembered |
//! | `KICK_PUBLIC_KEY` | a file with a key in the place of Kick's, to try it out |
//! | `LEASE_SECONDS` | how long a handler has a message for itself; default: 30 |
//! | `LISTEN` | default: `127.0.0.1:8080` |
//! | `HANDLER` | `ok`, or `fail` or `hang`, to see what becomes of a message then |
//!
//! It prints a line for each message that it handles, and one for each decision.

#![expect(clippy::print_stdout, reason = "an application, whose log this is")]

use std::env::var;
use std::error::Error;
use std::fs;
use std::future::pending;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use kick_hmac::axum::KickEvent;
use kick_hmac::{
    Broadcasters, Delivery, Event, KickHmac, KickKeys, KickPublicKey, PostgresReplays,
    RedisReplays, Replays,
};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let broadcasters = var("BROADCASTERS").map_err(|_| "set BROADCASTERS")?;
    let broadcasters: Vec<u64> =
        broadcasters.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let lease = var("LEASE_SECONDS").unwrap_or_else(|_| "30".to_owned()).parse()?;
    let kick = KickHmac::builder(keys()?, Broadcasters::only(broadcasters), replays().await?)
        .lease(Duration::from_secs(lease))
        .on_outcome(|outcome| println!("outcome: {outcome}"))
        .build()?;

    let handler = var("HANDLER").unwrap_or_else(|_| "ok".to_owned()).parse()?;
    let app = Router::new().route("/", post(on_event)).with_state(handler).layer(kick.layer());
    let listen = var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    axum::serve(TcpListener::bind(listen).await?, app).await?;
    Ok(())
}

fn keys() -> Result<KickKeys, Box<dyn Error>> {
    Ok(match var("KICK_PUBLIC_KEY") {
        Ok(file) => KickKeys::new(KickPublicKey::from_pem(fs::read(file)?)?),
        Err(_) => KickKeys::published(),
    })
}

async fn replays() -> Result<Replays, Box<dyn Error>> {
    if let Ok(url) = var("REDIS_URL") {
        let client = redis::Client::open(url)?;
        return Ok(RedisReplays::new(client.get_connection_manager().await?).into());
    }
    let url = var("DATABASE_URL").map_err(|_| "set REDIS_URL or DATABASE_URL")?;
    let pool = PgPool::connect(&url).await?;
    let replays = PostgresReplays::new(pool.clone());
    // An application of yours has this among its migrations. Of two that make a table at once, one may
    // be told that it is there already.
    let mut made = sqlx::raw_sql(&replays.schema()).execute(&pool).await;
    if made.is_err() {
        made = sqlx::raw_sql(&replays.schema()).execute(&pool).await;
    }
    made?;
    Ok(replays.into())
}

/// What is in a message may be done once: it is here for the first time, or has not been handled yet.
async fn on_event(
    State(handler): State<Handler>,
    delivery: Delivery,
    KickEvent(event): KickEvent,
) -> StatusCode {
    println!("handling {}", delivery.message_id());
    if let Event::ChannelFollowed(event) = event {
        println!("{:?} follows", event.follower.username);
    }
    match handler {
        Handler::Fail => StatusCode::INTERNAL_SERVER_ERROR,
        Handler::Hang => pending().await,
        Handler::Ok => {
            // Here it would be put in a queue, or in the database.
            sleep(Duration::from_millis(50)).await;
            StatusCode::NO_CONTENT
        }
    }
}

#[derive(Clone, Copy)]
enum Handler {
    Fail,
    Hang,
    Ok,
}

impl std::str::FromStr for Handler {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "fail" => Self::Fail,
            "hang" => Self::Hang,
            "ok" => Self::Ok,
            _ => return Err("HANDLER is ok, fail or hang"),
        })
    }
}
