//! Layers for [tower](https://docs.rs/tower): a request passes with its session, or is refused.
//!
//! ```
//! use http::{Request, Response, StatusCode};
//! use siwe_session::{Routes, Session, testing::Site};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let site = Site::new();
//! let siwe = site.builder().routes(Routes::protected().public("/")).build()?;
//! let service = ServiceBuilder::new().layer(siwe.layer()).service(service_fn(
//!     async |request: Request<()>| {
//!         let who = Session::of(request.extensions()).map(Session::address);
//!         Ok::<_, std::convert::Infallible>(Response::new(format!("{who:?}")))
//!     },
//! ));
//!
//! let request = Request::get("/settings").body(())?;
//! assert_eq!(service.clone().oneshot(request).await?.status(), StatusCode::UNAUTHORIZED);
//! let request = site.sign(Request::get("/settings").body(())?);
//! assert_eq!(service.oneshot(request).await?.status(), StatusCode::OK);
//! # Ok(())
//! # }
//! ```

mod future;
mod identity;
mod passage;

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

pub use self::future::ResponseFuture;
pub use self::identity::{IdentityLayer, IdentityService};
use self::passage::{After, Passage};
use crate::arrival::Arrived;
use crate::{Session, SessionError, SiweSession};

impl SiweSession {
    /// A layer that answers a request which needs a session and has none (401, 403 or 503, as
    /// [`SessionError::status`] says), and lets the others pass, with what was found in their extensions.
    ///
    /// It takes the identity header away from every request, sets it where there is a session, renews
    /// cookies from half of their life on, and keeps shared caches from storing what is one user's. It
    /// looks at headers alone, never at the body.
    ///
    /// It sees the path that the service around it sees: put it around all routes, not into a nested
    /// router.
    pub fn layer(&self) -> SiweSessionLayer {
        SiweSessionLayer { siwe: self.clone(), observes: false, on_refuse: EmptyBody }
    }
}

/// Made by [`SiweSession::layer`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SiweSessionLayer<R = EmptyBody> {
    siwe: SiweSession,
    observes: bool,
    on_refuse: R,
}

impl<R> SiweSessionLayer<R> {
    /// Lets every request pass, to see what would be refused before it is: for a roll-out, with
    /// [`on_outcome`](crate::SiweSessionBuilder::on_outcome).
    ///
    /// No proof is made from a failure: what asks for a [`Session`] still refuses, and no identity header
    /// is set.
    pub fn observe(mut self) -> Self {
        self.observes = true;
        self
    }

    /// Answers a refused request with what this function makes of it: [`SessionError::response`] has
    /// the status and the headers, and takes a body. Default: an empty one.
    pub fn on_refuse<F, B>(self, on_refuse: F) -> SiweSessionLayer<F>
    where
        F: Fn(SessionError) -> Response<B> + Clone,
    {
        SiweSessionLayer { siwe: self.siwe, observes: self.observes, on_refuse }
    }
}

impl<S, R: Clone> Layer<S> for SiweSessionLayer<R> {
    type Service = SiweSessionService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        SiweSessionService { inner, layer: self.clone() }
    }
}

/// Made by [`SiweSessionLayer`].
#[derive(Clone, Debug)]
pub struct SiweSessionService<S, R = EmptyBody> {
    inner: S,
    layer: SiweSessionLayer<R>,
}

impl<S, R, B, ResBody> Service<Request<B>> for SiweSessionService<S, R>
where
    S: Service<Request<B>, Response = Response<ResBody>> + Clone,
    R: Refuse<ResBody> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let siwe = &self.layer.siwe;
        let seen = siwe.remove_identity(request.headers_mut());
        if siwe.is_endpoint(request.uri().path()) {
            // The router asks for itself.
            return ResponseFuture::calling(self.inner.call(request), After::of_endpoint());
        }
        let (passage, arrived) = siwe.arrive(&request, seen);
        let decision = match arrived {
            Arrived::Decided(decision) => decision,
            Arrived::Ask(question) => {
                let answer = siwe.clone().ask(question);
                // The service that was found ready goes along, and a clone takes its place: the clone
                // need not be ready (https://docs.rs/tower/latest/tower/trait.Service.html).
                let clone = self.inner.clone();
                let inner = std::mem::replace(&mut self.inner, clone);
                return ResponseFuture::waiting(
                    answer,
                    inner,
                    request,
                    self.layer.clone(),
                    passage,
                );
            }
        };
        match self.layer.pass(decision, passage, &mut request) {
            Ok(after) => ResponseFuture::calling(self.inner.call(request), after),
            Err(error) => ResponseFuture::refused(self.layer.on_refuse.refuse(error)),
        }
    }
}

impl<R> SiweSessionLayer<R> {
    /// Whether the request goes on, with what was found in its extensions.
    fn pass<B>(
        &self,
        decision: Result<Session, SessionError>,
        passage: Passage,
        request: &mut Request<B>,
    ) -> Result<After, SessionError> {
        self.siwe.report(&decision);
        match &decision {
            Ok(session) => self.siwe.set_identity(request.headers_mut(), session),
            Err(error) if !passage.is_public && !self.observes => return Err(*error),
            Err(_) => {}
        }
        let after = self.siwe.after(&decision, passage);
        request.extensions_mut().insert(decision);
        Ok(after)
    }
}

/// What makes the answer to a refused request: [`EmptyBody`], or the function given to
/// [`on_refuse`](SiweSessionLayer::on_refuse).
pub trait Refuse<ResBody> {
    /// The answer.
    fn refuse(&self, error: SessionError) -> Response<ResBody>;
}

/// Answers with an empty body.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EmptyBody;

impl<ResBody: Default> Refuse<ResBody> for EmptyBody {
    fn refuse(&self, error: SessionError) -> Response<ResBody> {
        error.response(ResBody::default())
    }
}

impl<F, ResBody> Refuse<ResBody> for F
where
    F: Fn(SessionError) -> Response<ResBody>,
{
    fn refuse(&self, error: SessionError) -> Response<ResBody> {
        self(error)
    }
}
