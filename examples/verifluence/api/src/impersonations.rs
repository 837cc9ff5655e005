use alloy_primitives::Address;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::Extensions;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use database::{Store, Unavailable};
use proxy_protocol::ClientAddress;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::App;
use crate::error::ApiError;
use crate::watchlists;

/// What a person of the staff sees of a user, once, for a token that the admin API gave them. The token
/// is the credential: no session is asked for, and none is made, since a session says that a wallet has
/// signed.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/api/impersonate", post(impersonate))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    token: String,
}

async fn impersonate(
    State(app): State<App>,
    extensions: Extensions,
    wanted: Result<Json<Wanted>, JsonRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let Json(Wanted { token }) = wanted?;
    let seen = app.stores.impersonations.redeem(&token).await?.ok_or(ApiError::UsedOrUnknown)?;
    let client = ClientAddress::of(&extensions).ok().map(ClientAddress::ip);
    let client = client.map(tracing::field::display);
    tracing::info!(user = seen.user_id, by = seen.by, client, "impersonation begun");
    Ok(([(CACHE_CONTROL, "no-store")], Json(seen)))
}

/// What support sees.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Seen {
    user_id: String,
    /// The id of the person who asked for it.
    by: String,
    /// The user's; nothing if they are no wallet.
    watchlist: Vec<String>,
}

/// Tokens that work once, within a minute. Without the database there are none: the admin API makes them
/// elsewhere.
#[derive(Clone, Debug)]
pub(crate) enum Impersonations {
    None,
    Postgres(Store),
}

impl Impersonations {
    /// Takes a token away. `None` for one that was used, has expired, or never was.
    async fn redeem(&self, token: &str) -> Result<Option<Seen>, Unavailable> {
        match self {
            Self::None => Ok(None),
            Self::Postgres(store) => store.ask(redeem(store, token)).await,
        }
    }
}

async fn redeem(store: &Store, token: &str) -> Result<Option<Seen>, sqlx::Error> {
    // Who is not shown the list keeps the token.
    let mut transaction = store.pool().begin().await?;
    let taken: Option<(String, String)> = sqlx::query_as(TAKE)
        .bind(Sha256::digest(token).as_slice())
        .fetch_optional(&mut *transaction)
        .await?;
    let Some((user_id, by)) = taken else { return Ok(None) };
    let watchlist = match user_id.parse::<Address>() {
        Ok(wallet) => watchlists::list(wallet).fetch_all(&mut *transaction).await?,
        Err(_) => Vec::new(),
    };
    transaction.commit().await?;
    Ok(Some(Seen { user_id, by, watchlist }))
}

/// Of two at once, one waits for the other, and then finds nothing.
const TAKE: &str = "\
DELETE FROM impersonations WHERE token_hash = $1 AND expires_at > now() RETURNING user_id, by";

const MAX_BODY: usize = 1024;
