use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Json, Router};
use database::{Store, Unavailable};
use serde::Serialize;

use crate::caller::Caller;
use crate::error::ApiError;

/// The inspection of streams, and of what the probes have seen of them.
pub(crate) fn routes(streams: Streams) -> Router {
    Router::new()
        .route("/api/streams", get(list))
        .route("/api/streams/{id}/probes", get(probes))
        .with_state(streams)
}

#[derive(Debug, Serialize)]
pub(crate) struct Stream {
    id: String,
    title: String,
    live: bool,
}

/// What was seen of a stream at one time.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Probe {
    at: i64,
    viewers: i32,
    bitrate_kbps: i32,
}

#[derive(Debug, Serialize)]
struct Listed {
    streams: Vec<Stream>,
}

#[derive(Debug, Serialize)]
struct Probes {
    probes: Vec<Probe>,
}

async fn list(State(streams): State<Streams>, _: Caller) -> Result<Json<Listed>, ApiError> {
    Ok(Json(Listed { streams: streams.all().await? }))
}

async fn probes(
    State(streams): State<Streams>,
    _: Caller,
    StreamId(id): StreamId,
) -> Result<Json<Probes>, ApiError> {
    let probes = streams.probes(&id).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(Probes { probes }))
}

/// The `{id}` of a path. What is no text, or has a NUL, which PostgreSQL does not keep, is the id of
/// nothing.
#[derive(Debug)]
struct StreamId(String);

impl<S: Send + Sync> FromRequestParts<S> for StreamId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) if !id.contains('\0') => Ok(Self(id)),
            _ => Err(ApiError::NotFound),
        }
    }
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
                let owned = |&(id, title, live): &(&str, &str, bool)| {
                    (id.to_owned(), title.to_owned(), live)
                };
                SAMPLES.iter().map(owned).collect()
            }
        };
        Ok(rows.into_iter().map(|(id, title, live)| Stream { id, title, live }).collect())
    }

    /// The latest of a stream, the oldest first. `None` if there is no such stream.
    async fn probes(&self, id: &str) -> Result<Option<Vec<Probe>>, Unavailable> {
        match self {
            Self::Postgres(store) => {
                let rows = sqlx::query_as(PROBES).bind(id).bind(MOST_PROBES);
                let rows: Vec<(Option<i64>, Option<i32>, Option<i32>)> =
                    store.ask(rows.fetch_all(store.pool())).await?;
                if rows.is_empty() {
                    return Ok(None);
                }
                // The row of a stream without probes has none.
                let probes = rows.into_iter().rev().filter_map(|(at, viewers, bitrate)| {
                    Some(Probe { at: at?, viewers: viewers?, bitrate_kbps: bitrate? })
                });
                Ok(Some(probes.collect()))
            }
            Self::Samples if SAMPLES.iter().any(|(known, ..)| *known == id) => {
                let probes = PROBED.iter().filter(|(stream, _)| *stream == id);
                Ok(Some(probes.map(|(_, probe)| *probe).collect()))
            }
            Self::Samples => Ok(None),
        }
    }
}

/// As the database has them.
const SAMPLES: [(&str, &str, bool); 3] = [
    ("chess", "Chess, fast", true),
    ("rust", "A crate in an evening", true),
    ("speedrun", "Any %, no glitches", false),
];
const PROBED: [(&str, Probe); 2] = [
    ("chess", Probe { at: 1_790_000_000, viewers: 812, bitrate_kbps: 5_980 }),
    ("chess", Probe { at: 1_790_000_060, viewers: 835, bitrate_kbps: 6_010 }),
];

const LIST: &str = "SELECT id, title, live FROM streams ORDER BY id";

const PROBES: &str = "\
SELECT floor(extract(epoch FROM probes.at))::bigint, viewers, bitrate_kbps
FROM streams LEFT JOIN probes ON probes.stream = streams.id
WHERE streams.id = $1 ORDER BY probes.at DESC LIMIT $2";

const MOST_PROBES: i64 = 1_000;
