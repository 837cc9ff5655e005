use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The answer: of the inner service, or the refusal.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<T, E>(State<T, E>);

enum State<T, E> {
    // There is a body to read and a store to ask, so the box costs nothing that counts.
    Handle(Pin<Box<dyn Future<Output = Result<T, E>> + Send>>),
    Refuse(Option<Box<T>>),
}

impl<T, E> ResponseFuture<T, E> {
    pub(super) fn handling(future: impl Future<Output = Result<T, E>> + Send + 'static) -> Self {
        Self(State::Handle(Box::pin(future)))
    }

    pub(super) fn refused(response: T) -> Self {
        Self(State::Refuse(Some(Box::new(response))))
    }
}

impl<T, E> Future for ResponseFuture<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Handle(future) => future.as_mut().poll(cx),
            State::Refuse(response) => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(*response)))
            }
        }
    }
}

impl<T, E> fmt::Debug for ResponseFuture<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
