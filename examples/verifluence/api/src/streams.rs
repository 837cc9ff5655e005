//! Streams, as samples.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Stream {
    id: &'static str,
    title: &'static str,
}

pub(crate) fn all() -> &'static [Stream] {
    &STREAMS
}

/// The id of a stream that there is.
pub(crate) fn find(id: &str) -> Option<&'static str> {
    STREAMS.iter().map(|stream| stream.id).find(|known| *known == id)
}

static STREAMS: [Stream; 3] = [
    Stream { id: "chess", title: "Chess, fast" },
    Stream { id: "rust", title: "A crate in an evening" },
    Stream { id: "speedrun", title: "Any %, no glitches" },
];
