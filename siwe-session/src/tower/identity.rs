use std::task::{Context, Poll};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::IdentityTrust;

impl IdentityTrust {
    /// A layer that takes the identity header out of every request, and says in its extensions who is
    /// signed in, if that is proven. It lets every request pass: a handler refuses, by asking for a
    /// [`ForwardedIdentity`](crate::ForwardedIdentity).
    ///
    /// It belongs inside of the layer whose proof it asks for.
    pub fn layer(&self) -> IdentityLayer {
        IdentityLayer { trust: self.clone() }
    }
}

/// Made by [`IdentityTrust::layer`].
#[derive(Clone, Debug)]
#[must_use]
pub struct IdentityLayer {
    trust: IdentityTrust,
}

impl<S> Layer<S> for IdentityLayer {
    type Service = IdentityService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        IdentityService { inner, trust: self.trust.clone() }
    }
}

/// Made by [`IdentityLayer`].
#[derive(Clone, Debug)]
pub struct IdentityService<S> {
    inner: S,
    trust: IdentityTrust,
}

impl<S, B> Service<Request<B>> for IdentityService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        let (mut parts, body) = request.into_parts();
        let now = crate::tokio::system_time();
        let identity = self.trust.take(&mut parts.headers, &parts.extensions, now);
        parts.extensions.insert(identity);
        self.inner.call(Request::from_parts(parts, body))
    }
}
