use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::body::{Body, Label};
use crate::caller::{Author, Caller};
use crate::error::ApiError;
use crate::store::{Id, Store};

/// Writes to operators. Reading them is the public API's.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/api/operators", post(create))
        .route("/api/operators/{id}", put(replace).delete(remove))
        .with_state(Arc::new(Store::default()))
}

type Operators = State<Arc<Store<Label>>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: Label,
}

#[derive(Debug, Serialize)]
struct Operator {
    id: u64,
    name: Label,
    by: Author,
}

async fn create(
    State(operators): Operators,
    caller: Caller,
    Body(Wanted { name }): Body<Wanted>,
) -> Result<(StatusCode, Json<Operator>), ApiError> {
    let by = caller.author()?;
    let id = operators.insert(name.clone())?;
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
    operators.replace(id, name.clone())?;
    tracing::info!(id = id.0, ?by, "operator replaced");
    Ok(Json(Operator { id: id.0, name, by }))
}

async fn remove(
    State(operators): Operators,
    caller: Caller,
    id: Id,
) -> Result<StatusCode, ApiError> {
    let by = caller.author()?;
    operators.remove(id)?;
    tracing::info!(id = id.0, ?by, "operator removed");
    Ok(StatusCode::NO_CONTENT)
}
