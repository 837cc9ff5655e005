//! Layers for [tower](https://docs.rs/tower): a request passes with its proof, or is refused.
//!
//! ```
//! use cf_access::{AccessIdentity, CfAccess, Policy, testing::Issuer};
//! use http::{Request, Response, StatusCode};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = Issuer::new();
//! let access = CfAccess::builder(issuer.keys(), [issuer.audience().clone()]).build()?;
//! let service = ServiceBuilder::new()
//!     .layer(access.layer())
//!     .layer(access.require(Policy::email_domain("verifluence.io")?))
//!     .service(service_fn(async |request: Request<()>| {
//!         let who = AccessIdentity::of(request.extensions())?;
//!         Ok::<_, Box<dyn std::error::Error>>(Response::new(format!("{who:?}")))
//!     }));
//!
//! let request = issuer.user("alice@verifluence.io").sign(Request::new(()));
//! assert_eq!(service.clone().oneshot(request).await?.status(), StatusCode::OK);
//! assert_eq!(service.oneshot(Request::new(())).await?.status(), StatusCode::UNAUTHORIZED);
//! # Ok(())
//! # }
//! ```

mod future;
mod require;

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

pub use self::future::ResponseFuture;
pub use self::require::{RequireLayer, RequireService};
use crate::headers::remove_unsigned;
use crate::{AccessIdentity, CfAccess, VerifyError};

impl CfAccess {
    /// A layer that lets a request pass with an [`AccessIdentity`] in its extensions, or answers it:
    /// 401, 403 or 503, as [`VerifyError::status`] says.
    ///
    /// It looks at headers alone, never at the body, and takes the header
    /// `Cf-Access-Authenticated-User-Email` away, which anyone could have set.
    pub fn layer(&self) -> CfAccessLayer {
        CfAccessLayer { access: self.clone(), mode: Mode::Require, on_refuse: EmptyBody }
    }
}

/// Made by [`CfAccess::layer`].
#[derive(Clone, Debug)]
#[must_use]
pub struct CfAccessLayer<R = EmptyBody> {
    access: CfAccess,
    mode: Mode,
    on_refuse: R,
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    Observe,
    Optional,
    Require,
}

impl<R> CfAccessLayer<R> {
    /// Lets a request without a token pass, without an identity: for paths that have a Bypass policy,
    /// to which Access adds none. A token that is there must hold all the same.
    pub fn optional(mut self) -> Self {
        self.mode = Mode::Optional;
        self
    }

    /// Lets every request pass, to see what would be refused before it is: for a roll-out, with
    /// [`on_outcome`](crate::CfAccessBuilder::on_outcome).
    ///
    /// What was found is in the request's extensions, as `Result<AccessIdentity, VerifyError>`. No
    /// proof is made from a failure: what asks for one still refuses.
    pub fn observe(mut self) -> Self {
        self.mode = Mode::Observe;
        self
    }

    /// Answers a refused request with what this function makes of it: [`VerifyError::response`] has
    /// the status and the headers, and takes a body. Default: an empty one.
    ///
    /// It speaks for this layer alone. [`RequireLayer`] has its own, and a handler that asks for a
    /// proof that is not there answers with an empty body.
    pub fn on_refuse<F, B>(self, on_refuse: F) -> CfAccessLayer<F>
    where
        F: Fn(VerifyError) -> Response<B> + Clone,
    {
        CfAccessLayer { access: self.access, mode: self.mode, on_refuse }
    }
}

impl<S, R: Clone> Layer<S> for CfAccessLayer<R> {
    type Service = CfAccessService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        CfAccessService { inner, layer: self.clone() }
    }
}

/// Made by [`CfAccessLayer`].
#[derive(Clone, Debug)]
pub struct CfAccessService<S, R = EmptyBody> {
    inner: S,
    layer: CfAccessLayer<R>,
}

impl<S, R, B, ResBody> Service<Request<B>> for CfAccessService<S, R>
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
        remove_unsigned(request.headers_mut());
        let access = &self.layer.access;
        let decision = access.decide(request.headers());
        if let Some(fetched) = access.ask_for_key(&decision) {
            // The service that was found ready goes along, and a clone takes its place: the clone
            // need not be ready (https://docs.rs/tower/latest/tower/trait.Service.html).
            let clone = self.inner.clone();
            let inner = std::mem::replace(&mut self.inner, clone);
            return ResponseFuture::waiting(fetched, inner, request, self.layer.clone());
        }
        match self.layer.pass(decision, &mut request) {
            Ok(()) => ResponseFuture::calling(self.inner.call(request)),
            Err(error) => ResponseFuture::refused(self.layer.on_refuse.refuse(error)),
        }
    }
}

impl<R> CfAccessLayer<R> {
    /// Whether the request goes on, with what was found in its extensions.
    fn pass<B>(
        &self,
        decision: Result<AccessIdentity, VerifyError>,
        request: &mut Request<B>,
    ) -> Result<(), VerifyError> {
        let decision = self.access.settle(decision);
        let is_stranger = matches!(decision, Err(VerifyError::Missing));
        if is_stranger && matches!(self.mode, Mode::Optional) {
            self.access.tell(ANONYMOUS);
        } else {
            self.access.report(&decision);
            if let (Err(error), Mode::Optional | Mode::Require) = (&decision, self.mode) {
                return Err(*error);
            }
        }
        request.extensions_mut().insert(decision);
        Ok(())
    }
}

/// What makes the answer to a refused request: [`EmptyBody`], or the function given to
/// [`on_refuse`](CfAccessLayer::on_refuse).
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

/// The outcome of a request that passes without a token, where it may.
const ANONYMOUS: &str = "anonymous";
