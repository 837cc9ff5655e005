use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::body::{Body, Label};
use crate::caller::{Author, Caller};
use crate::error::ApiError;
use crate::records::{Id, Records};

/// Writes to invitations. Accepting one is the public API's.
pub(crate) fn routes(invitations: Arc<Records>) -> Router {
    Router::new()
        .route("/api/invitations", post(create))
        .route("/api/invitations/{id}", delete(withdraw))
        .with_state(invitations)
}

type Invitations = State<Arc<Records>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    email: Label,
}

#[derive(Debug, Serialize)]
struct Invitation {
    id: i64,
    email: Label,
    by: Author,
}

async fn create(
    State(invitations): Invitations,
    caller: Caller,
    Body(Wanted { email }): Body<Wanted>,
) -> Result<(StatusCode, Json<Invitation>), ApiError> {
    let by = caller.author()?;
    let id = invitations.insert(&email, &by).await?;
    tracing::info!(id, ?by, "invitation created");
    Ok((StatusCode::CREATED, Json(Invitation { id, email, by })))
}

async fn withdraw(
    State(invitations): Invitations,
    caller: Caller,
    id: Id,
) -> Result<StatusCode, ApiError> {
    let by = caller.author()?;
    invitations.remove(id).await?;
    tracing::info!(id = id.0, ?by, "invitation withdrawn");
    Ok(StatusCode::NO_CONTENT)
}
