use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use database::{Store, Unavailable};
use serde::Serialize;

use crate::App;
use crate::error::ApiError;

/// The operators, for everybody. Writing them is the admin API's.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/api/operators", get(list))
}

async fn list(State(app): State<App>) -> Result<Json<Vec<Operator>>, ApiError> {
    Ok(Json(app.stores.operators.all().await?))
}

#[derive(Debug, Serialize)]
pub(crate) struct Operator {
    id: i64,
    name: String,
}

/// All operators. Without the database there are none: the admin API writes them elsewhere.
#[derive(Clone, Debug)]
pub(crate) enum Operators {
    None,
    Postgres(Store),
}

impl Operators {
    async fn all(&self) -> Result<Vec<Operator>, Unavailable> {
        let rows = match self {
            Self::None => Vec::new(),
            Self::Postgres(store) => {
                store.ask(sqlx::query_as(LIST).fetch_all(store.pool())).await?
            }
        };
        Ok(rows.into_iter().map(|(id, name)| Operator { id, name }).collect())
    }
}

const LIST: &str = "SELECT id, name FROM operators ORDER BY id";
