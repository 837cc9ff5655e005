//! A layer for [tower](https://docs.rs/tower): a request passes with its proof and its body, or is
//! answered.
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response, StatusCode};
//! use http_body_util::Full;
//! use kick_hmac::{Broadcasters, Delivery, KickHmac, Replays, VerifyError, testing::KickSigner};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let signer = KickSigner::new();
//! let kick = KickHmac::builder(signer.keys(), Broadcasters::only([7]), Replays::single_process());
//! let service = ServiceBuilder::new().layer(kick.build()?.layer()).service(service_fn(
//!     async |request: Request<Full<Bytes>>| {
//!         let delivery = Delivery::of(request.extensions())?;
//!         println!("{} {:?}", delivery.message_id(), delivery.body());
//!         Ok::<_, VerifyError>(Response::new(String::new()))
//!     },
//! ));
//!
//! let body = r#"{"broadcaster":{"user_id":7},"follower":{"user_id":8}}"#;
//! let request = signer.event("channel.followed", body).request::<Full<Bytes>>();
//! let again = request.clone();
//! assert_eq!(service.clone().oneshot(request).await?.status(), StatusCode::OK);
//! // A duplicate: answered with 200, and not handled.
//! assert_eq!(service.oneshot(again).await?.status(), StatusCode::OK);
//! # Ok(())
//! # }
//! ```

mod future;

use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower_layer::Layer;
use tower_service::Service;

pub use self::future::ResponseFuture;
use crate::check::Begun;
use crate::{KickHmac, VerifyError};

impl KickHmac {
    /// A layer that lets a request pass with a [`Delivery`](crate::Delivery) in its extensions, or
    /// answers it as [`VerifyError::status`] says.
    ///
    /// A response of the class 2xx commits the message: it is never handled again. Any other releases it,
    /// as does a handler that fails, panics or is cancelled.
    ///
    /// It belongs inside of nothing that unpacks bodies, and it needs a Tokio runtime with time.
    pub fn layer(&self) -> KickHmacLayer {
        KickHmacLayer { kick: self.clone(), on_refuse: EmptyBody }
    }
}

/// Made by [`KickHmac::layer`].
#[derive(Clone, Debug)]
#[must_use]
pub struct KickHmacLayer<R = EmptyBody> {
    kick: KickHmac,
    on_refuse: R,
}

impl<R> KickHmacLayer<R> {
    /// Answers a request that is not handled with what this function makes of it:
    /// [`VerifyError::response`] has the status and the headers, and takes a body. Default: an empty one.
    pub fn on_refuse<F, B>(self, on_refuse: F) -> KickHmacLayer<F>
    where
        F: Fn(VerifyError) -> Response<B> + Clone,
    {
        KickHmacLayer { kick: self.kick, on_refuse }
    }
}

impl<S, R: Clone> Layer<S> for KickHmacLayer<R> {
    type Service = KickHmacService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        KickHmacService { inner, layer: self.clone() }
    }
}

/// Made by [`KickHmacLayer`].
#[derive(Clone, Debug)]
pub struct KickHmacService<S, R = EmptyBody> {
    inner: S,
    layer: KickHmacLayer<R>,
}

impl<S, R, B, ResBody> Service<Request<B>> for KickHmacService<S, R>
where
    S: Service<Request<Full<Bytes>>, Response = Response<ResBody>, Future: Send>
        + Clone
        + Send
        + 'static,
    S::Error: Send + 'static,
    R: Refuse<ResBody> + Clone + Send + 'static,
    B: Body<Data: Send, Error: Send> + Send + 'static,
    ResBody: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Response, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let KickHmacLayer { kick, on_refuse } = &self.layer;
        let (parts, body) = request.into_parts();
        match kick.begin_request(&parts.method, &parts.headers, &body) {
            Ok(begun) => {
                // The service that was found ready goes along, and a clone takes its place: the clone
                // need not be ready (https://docs.rs/tower/latest/tower/trait.Service.html).
                let clone = self.inner.clone();
                let inner = std::mem::replace(&mut self.inner, clone);
                ResponseFuture::handling(handle(self.layer.clone(), begun, parts, body, inner))
            }
            Err(error) => {
                kick.report(Some(&error));
                ResponseFuture::refused(on_refuse.refuse(error))
            }
        }
    }
}

async fn handle<S, R, B, ResBody>(
    layer: KickHmacLayer<R>,
    begun: Begun,
    parts: Parts,
    body: B,
    mut inner: S,
) -> Result<S::Response, S::Error>
where
    S: Service<Request<Full<Bytes>>, Response = Response<ResBody>>,
    R: Refuse<ResBody>,
    B: Body,
{
    let decision = layer.kick.finish_request(begun, body).await;
    layer.kick.report(decision.as_ref().err());
    let (delivery, reservation) = match decision {
        Ok(proof) => proof,
        Err(error) => return Ok(layer.on_refuse.refuse(error)),
    };
    let mut request = Request::from_parts(parts, Full::new(delivery.body().clone()));
    request.extensions_mut().insert(delivery);

    let response = inner.call(request).await;
    if let Some(error) = response.as_ref().ok().and_then(|response| response.extensions().get()) {
        // An extractor's.
        layer.kick.report(Some(error));
    }
    if response.as_ref().is_ok_and(|response| response.status().is_success()) {
        // What was done stays done: another answer would only have it done again.
        let _ = reservation.commit().await;
    } else {
        reservation.release().await;
    }
    response
}

/// What makes the answer to a request that is not handled: [`EmptyBody`], or the function given to
/// [`on_refuse`](KickHmacLayer::on_refuse).
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
