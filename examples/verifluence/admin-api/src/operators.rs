use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::body::{Body, Label};
use crate::caller::{Author, Caller};
use crate::error::ApiError;
use crate::records::{Id, Records};

/// Writes to operators. Reading them is the public API's.
pub(crate) fn routes(operators: Arc<Records>) -> Router {
    Router::new()
        .route("/api/operators", post(create))
        .route("/api/operators/{id}", put(replace).delete(remove))
        .with_state(operators)
}

type Operators = State<Arc<Records>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: Label,
}

#[derive(Debug, Serialize)]
struct Operator {
    id: i64,
    name: Label,
    by: Author,
}

async fn create(
    State(operators): Operators,
    caller: Caller,
    Body(Wanted { name }): Body<Wanted>,
) -> Result<(StatusCode, Json<Operator>), ApiError> {
    let by = caller.author()?;
    let id = operators.insert(&name, &by).await?;
    tracing::info!(id, ?by, "operator created");
    Ok((StatusCode::CREATED, Json(Operator { id, name, by })))
}

async fn replace(
    State(operators): Operators,
    caller: Caller,
    id: Id,
    Body(Wanted { name }): Body<Wanted>,
) -> Result<Json<Operator>, ApiError> {
    let by = caller.author()?;
    operators.replace(id, &name, &by).await?;
    tracing::info!(id = id.0, ?by, "operator replaced");
    Ok(Json(Operator { id: id.0, name, by }))
}

async fn remove(
    State(operators): Operators,
    caller: Caller,
    id: Id,
) -> Result<StatusCode, ApiError> {
    let by = caller.author()?;
    operators.remove(id).await?;
    tracing::info!(id = id.0, ?by, "operator removed");
    Ok(StatusCode::NO_CONTENT)
}
