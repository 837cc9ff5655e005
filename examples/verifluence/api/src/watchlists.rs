//! The watchlists of wallets.

mod memory;
mod postgres;

use std::sync::Arc;

use alloy_primitives::Address;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};

pub(crate) use self::memory::Memory;
pub(crate) use self::postgres::{Postgres, list};
use crate::App;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::streams::StreamId;

/// A wallet's own, for who has signed in with it.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/api/watchlist", get(watchlist))
        .route("/api/watchlist/{stream}", post(watch).delete(unwatch))
}

async fn watchlist(State(app): State<App>, caller: Caller) -> Result<Json<Vec<String>>, ApiError> {
    Ok(Json(app.stores.watchlists.of(caller.wallet()).await?))
}

async fn watch(
    State(app): State<App>,
    caller: Caller,
    StreamId(stream): StreamId,
) -> Result<StatusCode, ApiError> {
    let is_new = app.stores.watchlists.add(caller.wallet(), &stream).await?;
    Ok(if is_new { StatusCode::CREATED } else { StatusCode::OK })
}

async fn unwatch(
    State(app): State<App>,
    caller: Caller,
    StreamId(stream): StreamId,
) -> Result<StatusCode, ApiError> {
    app.stores.watchlists.remove(caller.wallet(), &stream).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ids of streams for each wallet, so many at most.
#[derive(Clone, Debug)]
pub(crate) enum Watchlists {
    Memory(Arc<Memory>),
    Postgres(Postgres),
}

impl Watchlists {
    /// In the order in which they were added.
    async fn of(&self, wallet: Address) -> Result<Vec<String>, ApiError> {
        match self {
            Self::Memory(memory) => Ok(memory.of(wallet)),
            Self::Postgres(postgres) => postgres.of(wallet).await,
        }
    }

    /// Whether it was not there.
    async fn add(&self, wallet: Address, stream: &str) -> Result<bool, ApiError> {
        match self {
            Self::Memory(memory) => memory.add(wallet, stream),
            Self::Postgres(postgres) => postgres.add(wallet, stream).await,
        }
    }

    async fn remove(&self, wallet: Address, stream: &str) -> Result<(), ApiError> {
        match self {
            Self::Memory(memory) => memory.remove(wallet, stream),
            Self::Postgres(postgres) => postgres.remove(wallet, stream).await,
        }
    }
}
