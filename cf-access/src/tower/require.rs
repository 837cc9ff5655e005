use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{EmptyBody, Refuse, ResponseFuture};
use crate::{AccessIdentity, CfAccess, Policy, VerifyError};

impl CfAccess {
    /// A layer for some of the routes behind [`layer`](Self::layer), which this policy must let pass
    /// as well. The token is not verified again.
    ///
    /// What passed the other layer without an identity is refused here. Without that layer every
    /// request is answered with 500.
    pub fn require(&self, policy: Policy) -> RequireLayer {
        RequireLayer { access: self.clone(), policy, on_refuse: EmptyBody }
    }
}

/// Made by [`CfAccess::require`].
#[derive(Clone, Debug)]
#[must_use]
pub struct RequireLayer<R = EmptyBody> {
    access: CfAccess,
    policy: Policy,
    on_refuse: R,
}

impl<R> RequireLayer<R> {
    /// As [`CfAccessLayer::on_refuse`](super::CfAccessLayer::on_refuse).
    pub fn on_refuse<F, B>(self, on_refuse: F) -> RequireLayer<F>
    where
        F: Fn(VerifyError) -> Response<B> + Clone,
    {
        RequireLayer { access: self.access, policy: self.policy, on_refuse }
    }

    fn check<B>(&self, request: &Request<B>) -> Result<(), VerifyError> {
        let identity = AccessIdentity::of(request.extensions())?;
        if self.policy.allows(identity) { Ok(()) } else { Err(VerifyError::Denied) }
    }
}

impl<S, R: Clone> Layer<S> for RequireLayer<R> {
    type Service = RequireService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireService { inner, layer: self.clone() }
    }
}

/// Made by [`RequireLayer`].
#[derive(Clone, Debug)]
pub struct RequireService<S, R = EmptyBody> {
    inner: S,
    layer: RequireLayer<R>,
}

impl<S, R, B, ResBody> Service<Request<B>> for RequireService<S, R>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    R: Refuse<ResBody>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.layer.check(&request) {
            Ok(()) => ResponseFuture::calling(self.inner.call(request)),
            Err(error) => {
                self.layer.access.report(&Err(error));
                ResponseFuture::refused(self.layer.on_refuse.refuse(error))
            }
        }
    }
}
