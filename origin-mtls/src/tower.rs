//! A layer for [tower](https://docs.rs/tower): a request comes from the edge and is for one of its
//! hosts, or is refused.

mod future;

use std::fmt;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

pub use self::future::ResponseFuture;
use crate::headers::{host, remove_client_certificates};
use crate::{EdgeIdentity, OriginMtls, VerifyError};

impl OriginMtls {
    /// A layer that lets a request pass with an [`EdgeIdentity`] in its extensions, and for one of the
    /// policy's [`hosts`](crate::OriginPullPolicyBuilder::hosts), or answers it: 403, 421, or 500
    /// where nothing of this crate serves the connection.
    ///
    /// From a request that is not the edge's it takes away every header that tells of a visitor's
    /// client certificate: `Cf-Client-Cert-*`, `Cf-Cert-*`, `Client-Cert`, `Client-Cert-Chain` and
    /// `X-Forwarded-Client-Cert`.
    pub fn layer(&self) -> OriginMtlsLayer {
        let observe = self.is_observing();
        OriginMtlsLayer { origin: self.clone(), observe, on_refuse: EmptyBody }
    }
}

/// Made by [`OriginMtls::layer`].
#[derive(Clone)]
#[must_use]
pub struct OriginMtlsLayer<R = EmptyBody> {
    origin: OriginMtls,
    observe: bool,
    on_refuse: R,
}

impl<R> OriginMtlsLayer<R> {
    /// Lets every request pass, to see what would be refused before it is: for a roll-out, with
    /// [`on_outcome`](crate::OriginMtlsBuilder::on_outcome). It is the default of what is made
    /// [`observing`](crate::OriginMtlsBuilder::observe).
    ///
    /// What was found is in the request's extensions, as `Result<EdgeIdentity, VerifyError>`. No proof
    /// is made from a failure: what asks for one still refuses.
    pub fn observe(mut self) -> Self {
        self.observe = true;
        self
    }

    /// Answers a refused request with what this function makes of it: [`VerifyError::response`] has
    /// the status and the headers, and takes a body. Default: an empty one.
    pub fn on_refuse<F, B>(self, on_refuse: F) -> OriginMtlsLayer<F>
    where
        F: Fn(VerifyError) -> Response<B> + Clone,
    {
        OriginMtlsLayer { origin: self.origin, observe: self.observe, on_refuse }
    }

    /// Whether the request goes on, with what was found in its extensions.
    fn pass<B>(&self, request: &mut Request<B>) -> Result<(), VerifyError> {
        let found = self.find(request);
        if let Err(error) = &found {
            self.origin.report(*error, None);
            remove_client_certificates(request.headers_mut());
            if !self.observe {
                return Err(*error);
            }
        }
        request.extensions_mut().insert(found);
        Ok(())
    }

    fn find<B>(&self, request: &Request<B>) -> Result<EdgeIdentity, VerifyError> {
        let identity = EdgeIdentity::of(request.extensions())?;
        let generation = self.origin.current();
        if generation.policy().has_hosts() && !generation.policy().allows_host(host(request)?) {
            return Err(VerifyError::HostMismatch);
        }
        Ok(identity.clone())
    }
}

impl<R> fmt::Debug for OriginMtlsLayer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginMtlsLayer")
            .field("origin", &self.origin)
            .field("observe", &self.observe)
            .finish_non_exhaustive()
    }
}

impl<S, R: Clone> Layer<S> for OriginMtlsLayer<R> {
    type Service = OriginMtlsService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        OriginMtlsService { inner, layer: self.clone() }
    }
}

/// Made by [`OriginMtlsLayer`].
#[derive(Clone, Debug)]
pub struct OriginMtlsService<S, R = EmptyBody> {
    inner: S,
    layer: OriginMtlsLayer<R>,
}

impl<S, R, B, ResBody> Service<Request<B>> for OriginMtlsService<S, R>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    R: Refuse<ResBody>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, S::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.layer.pass(&mut request) {
            Ok(()) => ResponseFuture::calling(self.inner.call(request)),
            Err(error) => ResponseFuture::refused(self.layer.on_refuse.refuse(error)),
        }
    }
}

/// What makes the answer to a refused request: [`EmptyBody`], or the function given to
/// [`on_refuse`](OriginMtlsLayer::on_refuse).
pub trait Refuse<ResBody> {
    /// The answer.
    fn refuse(&self, error: VerifyError) -> Response<ResBody>;
}

/// Answers with an empty body.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EmptyBody;

impl<ResBody: Default> Refuse<ResBody> for EmptyBody {
    fn refuse(&self, error: VerifyError) -> Response<ResBody> {
        error.response(ResBody::default())
    }
}

impl<F, ResBody> Refuse<ResBody> for F
where
    F: Fn(VerifyError) -> Response<ResBody>,
{
    fn refuse(&self, error: VerifyError) -> Response<ResBody> {
        self(error)
    }
}
