use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::pin;
use tokio::time::timeout;

/// How many parts of a body were taken: who uploads for an hour waits for nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<AtomicU64>);

impl Progress {
    pub(super) fn watch(&self, body: Body) -> Body {
        // One that is empty stays one of a known length.
        if body.is_end_stream() {
            return body;
        }
        Body::new(Watched { body, progress: self.clone() })
    }

    /// Waits for as long as not nothing happens for so long.
    pub(super) async fn patiently<F: Future>(
        &self,
        patience: Duration,
        future: F,
    ) -> Option<F::Output> {
        pin!(future);
        let mut seen = self.taken();
        loop {
            if let Ok(output) = timeout(patience, &mut future).await {
                return Some(output);
            }
            let taken = self.taken();
            if taken == seen {
                return None;
            }
            seen = taken;
        }
    }

    fn taken(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Watched {
    body: Body,
    progress: Progress,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if polled.is_ready() {
            self.progress.0.fetch_add(1, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
