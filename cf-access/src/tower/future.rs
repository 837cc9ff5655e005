use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{CfAccessLayer, Refuse};

pin_project! {
    /// The answer: of the inner service, or the refusal.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S, B, R>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, S::Future, S::Response, R>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F, T, R> {
        Call { #[pin] future: F },
        Refuse { response: Option<T> },
        // A token names a key that is not there, and the keys are being read again. Seldom, so the
        // box costs nothing that counts.
        Wait { waiting: Option<Box<Waiting<S, B, R>>> },
    }
}

struct Waiting<S, B, R> {
    fetched: Pin<Box<dyn Future<Output = ()> + Send>>,
    inner: S,
    request: Request<B>,
    layer: CfAccessLayer<R>,
}

impl<S, B, R> ResponseFuture<S, B, R>
where
    S: Service<Request<B>>,
{
    pub(super) fn calling(future: S::Future) -> Self {
        Self { state: State::Call { future } }
    }

    pub(super) fn refused(response: S::Response) -> Self {
        Self { state: State::Refuse { response: Some(response) } }
    }

    pub(super) fn waiting(
        fetched: impl Future<Output = ()> + Send + 'static,
        inner: S,
        request: Request<B>,
        layer: CfAccessLayer<R>,
    ) -> Self {
        let waiting = Waiting { fetched: Box::pin(fetched), inner, request, layer };
        Self { state: State::Wait { waiting: Some(Box::new(waiting)) } }
    }
}

impl<S, B, R, ResBody> Future for ResponseFuture<S, B, R>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    R: Refuse<ResBody>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Call { future } => return future.poll(cx),
                StateProjection::Refuse { response } => {
                    return response
                        .take()
                        .map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
                }
                StateProjection::Wait { waiting } => {
                    let Some(found) = waiting else { return Poll::Pending };
                    ready!(found.fetched.as_mut().poll(cx));
                    let Some(found) = waiting.take() else { return Poll::Pending };
                    let Waiting { mut inner, mut request, layer, .. } = *found;
                    let decision = layer.access.decide(request.headers());
                    match layer.pass(decision, &mut request) {
                        Ok(()) => State::Call { future: inner.call(request) },
                        Err(error) => {
                            State::Refuse { response: Some(layer.on_refuse.refuse(error)) }
                        }
                    }
                }
            };
            state.set(next);
        }
    }
}

impl<S, B, R> fmt::Debug for ResponseFuture<S, B, R>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
