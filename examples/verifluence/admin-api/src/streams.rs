use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::caller::Caller;
use crate::error::ApiError;
use crate::store::Id;

/// The inspection of streams: samples, in the place of what the probes of the public API write.
pub(crate) fn routes() -> Router {
    Router::new().route("/api/streams", get(list)).route("/api/streams/{id}/probes", get(probes))
}

#[derive(Debug, Serialize)]
struct Stream {
    id: u64,
    channel: &'static str,
    live: bool,
    #[serde(skip)]
    probes: &'static [Probe],
}

/// What was seen of a stream at one time.
#[derive(Debug, Serialize)]
struct Probe {
    at: u64,
    viewers: u32,
    bitrate_kbps: u32,
}

#[derive(Debug, Serialize)]
struct Streams {
    streams: &'static [Stream],
}

#[derive(Debug, Serialize)]
struct Probes {
    probes: &'static [Probe],
}

async fn list(_: Caller) -> Json<Streams> {
    Json(Streams { streams: SAMPLES })
}

async fn probes(_: Caller, Id(id): Id) -> Result<Json<Probes>, ApiError> {
    let stream = SAMPLES.iter().find(|stream| stream.id == id).ok_or(ApiError::NotFound)?;
    Ok(Json(Probes { probes: stream.probes }))
}

const SAMPLES: &[Stream] = &[
    Stream {
        id: 1,
        channel: "first-sample",
        live: true,
        probes: &[
            Probe { at: 1_790_000_000, viewers: 812, bitrate_kbps: 5_980 },
            Probe { at: 1_790_000_060, viewers: 835, bitrate_kbps: 6_010 },
        ],
    },
    Stream { id: 2, channel: "second-sample", live: false, probes: &[] },
];
