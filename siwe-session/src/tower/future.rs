use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::passage::{After, Passage};
use super::{Refuse, SiweSessionLayer};
use crate::{Session, SessionError};

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
        Call { #[pin] future: F, after: Option<After> },
        Refuse { response: Option<T> },
        // A store is asked, which costs more than the box.
        Wait { waiting: Option<Box<Waiting<S, B, R>>> },
    }
}

struct Waiting<S, B, R> {
    answer: Pin<Box<dyn Future<Output = Result<Session, SessionError>> + Send>>,
    inner: S,
    request: Request<B>,
    layer: SiweSessionLayer<R>,
    passage: Passage,
}

impl<S, B, R> ResponseFuture<S, B, R>
where
    S: Service<Request<B>>,
{
    pub(super) fn calling(future: S::Future, after: After) -> Self {
        Self { state: State::Call { future, after: Some(after) } }
    }

    pub(super) fn refused(response: S::Response) -> Self {
        Self { state: State::Refuse { response: Some(response) } }
    }

    pub(super) fn waiting(
        answer: impl Future<Output = Result<Session, SessionError>> + Send + 'static,
        inner: S,
        request: Request<B>,
        layer: SiweSessionLayer<R>,
        passage: Passage,
    ) -> Self {
        let waiting = Waiting { answer: Box::pin(answer), inner, request, layer, passage };
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
                StateProjection::Call { future, after } => {
                    let mut response = ready!(future.poll(cx))?;
                    if let Some(after) = after.take() {
                        after.apply(&mut response);
                    }
                    return Poll::Ready(Ok(response));
                }
                StateProjection::Refuse { response } => {
                    return response
                        .take()
                        .map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
                }
                StateProjection::Wait { waiting } => {
                    let Some(found) = waiting else { return Poll::Pending };
                    let decision = ready!(found.answer.as_mut().poll(cx));
                    let Some(found) = waiting.take() else { return Poll::Pending };
                    let Waiting { mut inner, mut request, layer, passage, .. } = *found;
                    match layer.pass(decision, passage, &mut request) {
                        Ok(after) => {
                            State::Call { future: inner.call(request), after: Some(after) }
                        }
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
