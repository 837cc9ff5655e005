use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Json, Router};
use database::{Store, Unavailable};
use serde::Serialize;

use crate::App;
use crate::error::ApiError;

/// The list of streams, for everybody.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/api/streams", get(list))
}

async fn list(State(app): State<App>) -> Result<Json<Vec<Stream>>, ApiError> {
    Ok(Json(app.stores.streams.all().await?))
}

#[derive(Debug, Serialize)]
pub(crate) struct Stream {
    id: String,
    title: String,
}

/// All streams, by their ids.
#[derive(Clone, Debug)]
pub(crate) enum Streams {
    Postgres(Store),
    Samples,
}

impl Streams {
    async fn all(&self) -> Result<Vec<Stream>, Unavailable> {
        let rows = match self {
            Self::Postgres(store) => {
                store.ask(sqlx::query_as(LIST).fetch_all(store.pool())).await?
            }
            Self::Samples => {
                SAMPLES.iter().map(|(id, title)| ((*id).to_owned(), (*title).to_owned())).collect()
            }
        };
        Ok(rows.into_iter().map(|(id, title)| Stream { id, title }).collect())
    }
}

/// Whether a stream with this id is one of the samples.
pub(crate) fn is_sample(id: &str) -> bool {
    SAMPLES.iter().any(|(known, _)| *known == id)
}

/// The `{stream}` of a path. What is no text, or has a NUL, which PostgreSQL does not keep, is the id of
/// nothing.
#[derive(Debug)]
pub(crate) struct StreamId(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for StreamId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) if !id.contains('\0') => Ok(Self(id)),
            _ => Err(ApiError::NotFound),
        }
    }
}

/// As the database has them.
const SAMPLES: [(&str, &str); 3] = [
    ("chess", "Chess, fast"),
    ("rust", "A crate in an evening"),
    ("speedrun", "Any %, no glitches"),
];

const LIST: &str = "SELECT id, title FROM streams ORDER BY id";
