//! For [axum](https://docs.rs/axum): the proof as a handler's argument, of each request's own moment.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use axum::{Router, routing::get};
//! use origin_mtls::axum::with_edge_identity;
//! use origin_mtls::{EdgeIdentity, OriginMtls, OriginPullPolicy, ServerCertificate};
//! use rustls::crypto::aws_lc_rs;
//!
//! async fn whoami(edge: EdgeIdentity) -> String {
//!     format!("{:?}", edge.common_name())
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let read = |path| std::fs::read(path);
//! let provider = Arc::new(aws_lc_rs::default_provider());
//! let algorithms = provider.signature_verification_algorithms.all;
//! let policy = OriginPullPolicy::from_pem(read("ca.crt")?, algorithms)?;
//! let certificate = ServerCertificate::from_pem(read("tls.crt")?, read("tls.key")?, provider)?;
//! let origin = OriginMtls::builder(policy, certificate).build()?;
//!
//! let tcp = tokio::net::TcpListener::bind("0.0.0.0:443").await?;
//! let app = Router::new().route("/whoami", get(whoami)).layer(origin.layer());
//! axum::serve(origin.listener(tcp), with_edge_identity(app)).await?;
//! # Ok(())
//! # }
//! ```

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use http::header::CONNECTION;
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode, Version};
use proxy_protocol::axum::Proofs;
use tower_service::Service;

use crate::tokio::EdgeAddress;
use crate::tower::ResponseFuture;
use crate::{EdgeIdentity, VerifyError};

/// Serves an application over an [`OriginListener`](crate::tokio::OriginListener), with what each
/// connection proves in its requests: give it to `axum::serve` in the place of the application.
///
/// That is, for each request as of its moment, `Result<EdgeIdentity, VerifyError>`, and what the
/// listener beneath knows: `ConnectInfo<SocketAddr>`, and a `ClientAddress` over a listener of
/// `proxy_protocol`.
///
/// After a [`reload`](crate::OriginMtls::reload), a request of a connection that is not accepted any
/// more is answered with 421, which means that it can be made again over another. Over HTTP/1.1 the
/// connection ends with it. Answers that are under way have 10 seconds to be finished, and so has what
/// a connection was upgraded to; whatever comes then ends the connection. Without this the listener's streams break at once.
pub fn with_edge_identity<S>(app: S) -> WithEdgeIdentity<S> {
    WithEdgeIdentity { app }
}

/// Made by [`with_edge_identity`].
#[derive(Clone, Debug)]
pub struct WithEdgeIdentity<S> {
    app: S,
}

impl<S, L, A> Service<IncomingStream<'_, L>> for WithEdgeIdentity<S>
where
    S: Clone,
    L: Listener<Addr = EdgeAddress<A>>,
    A: Proofs,
{
    type Response = Connection<S, A>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, L>) -> Self::Future {
        let address = stream.remote_addr().clone();
        address.connection().check_by_request();
        ready(Ok(Connection { app: self.app.clone(), address }))
    }
}

/// The application, as one connection sees it.
#[derive(Clone, Debug)]
pub struct Connection<S, A> {
    app: S,
    address: EdgeAddress<A>,
}

impl<S, A, B, ResBody> Service<Request<B>> for Connection<S, A>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    A: Proofs,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, S::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.app.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let connection = self.address.connection();
        let identity = connection.identity();
        if let Err(error) = &identity
            && !connection.origin().is_observing()
        {
            connection.origin().report(*error, Some(self.address.remote().ip()));
            return ResponseFuture::refused(closing(*error, request.version()));
        }
        request.extensions_mut().insert(identity);
        self.address.remote().insert_into(request.extensions_mut());
        ResponseFuture::calling(self.app.call(request))
    }
}

fn closing<B: Default>(error: VerifyError, version: Version) -> Response<B> {
    let mut response = error.response(B::default());
    *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
    // HTTP/2 has no such field (RFC 9113 §8.2.2).
    if version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

impl<S: Sync> FromRequestParts<S> for EdgeIdentity {
    type Rejection = VerifyError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, VerifyError> {
        Self::of(&parts.extensions).cloned()
    }
}

/// [`VerifyError::response`].
impl IntoResponse for VerifyError {
    fn into_response(self) -> Response {
        self.response(Body::empty())
    }
}
