//! For [axum](https://docs.rs/axum): the listener, the client's address as a handler's argument, and
//! a `ConnectInfo<SocketAddr>` that is the real client's.
//!
//! ```no_run
//! use std::net::SocketAddr;
//!
//! use axum::{Router, extract::ConnectInfo, routing::get};
//! use proxy_protocol::axum::with_client_address;
//! use proxy_protocol::{ClientAddress, ProxyProtocol, Trust, cloudflare, loopback};
//!
//! async fn whoami(client: ClientAddress, plain: ConnectInfo<SocketAddr>) -> String {
//!     assert_eq!(client.socket_addr(), plain.0);
//!     client.ip().to_string()
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let proxy = ProxyProtocol::builder(Trust::require(cloudflare()).direct(loopback())).build()?;
//! let tcp = tokio::net::TcpListener::bind("0.0.0.0:3000").await?;
//! let app = Router::new().route("/whoami", get(whoami)).layer(proxy.layer());
//! axum::serve(proxy.listener(tcp), with_client_address(app)).await?;
//! # Ok(())
//! # }
//! ```

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use http::request::Parts;
use http::{Extensions, Request};
use tokio::io::{AsyncRead, AsyncWrite};
use tower_service::Service;

use crate::handshakes::{Handshake, Handshakes, Incoming, Remote};
use crate::tokio::Accepted;
use crate::tower::ClientAddressLayer;
use crate::{ClientAddress, ProxyProtocol, VerifyError};

impl ProxyProtocol {
    /// [`connecting_ip_by`](Self::connecting_ip_by) axum's `ConnectInfo<SocketAddr>`, which
    /// `into_make_service_with_connect_info::<SocketAddr>()` gives the peer's address to; behind this
    /// layer it is the client's, with port 0.
    pub fn connecting_ip(&self) -> ClientAddressLayer {
        self.connecting_ip_by(
            |extensions| extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0),
            |extensions, client| {
                extensions.insert(ConnectInfo(client));
            },
        )
    }
}

impl<I, H> Listener for Handshakes<I, H>
where
    I: Incoming,
    H: Handshake<I, Io: AsyncRead + AsyncWrite + Unpin>,
{
    type Io = H::Io;
    type Addr = H::Address;

    async fn accept(&mut self) -> (H::Io, H::Address) {
        Incoming::accept(self).await
    }

    /// Not to be had, since this is the type of what is known of a *connection*: ask the
    /// [`Incoming`] listener before it is served.
    fn local_addr(&self) -> io::Result<H::Address> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// What a connection proves, in each of its requests.
pub trait Proofs: Remote + Clone + Sync {
    /// Puts it into a request's extensions.
    fn insert_into(&self, extensions: &mut Extensions);
}

/// `ConnectInfo<SocketAddr>`: the peer's, of a plain TCP listener beneath another one.
impl Proofs for SocketAddr {
    fn insert_into(&self, extensions: &mut Extensions) {
        extensions.insert(ConnectInfo(*self));
    }
}

/// The client's address, for [`ClientAddress::of`], and `ConnectInfo<SocketAddr>`: the client's, or
/// the peer's where the listener only observes and the client is not known.
impl Proofs for Accepted {
    fn insert_into(&self, extensions: &mut Extensions) {
        let client = self.client().cloned();
        let address = client.as_ref().map_or_else(|_| self.peer(), ClientAddress::socket_addr);
        extensions.insert(ConnectInfo(address));
        extensions.insert(client);
    }
}

/// Serves an application over a listener of this crate, or one that is made of it, with what each
/// connection proves in its requests: give it to `axum::serve` in the place of the application.
pub fn with_client_address<S>(app: S) -> WithProofs<S> {
    WithProofs { app }
}

/// Made by [`with_client_address`].
#[derive(Clone, Debug)]
pub struct WithProofs<S> {
    app: S,
}

impl<S, L> Service<IncomingStream<'_, L>> for WithProofs<S>
where
    S: Clone,
    L: Listener<Addr: Proofs>,
{
    type Response = Connection<S, L::Addr>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, L>) -> Self::Future {
        ready(Ok(Connection { app: self.app.clone(), proofs: stream.remote_addr().clone() }))
    }
}

/// The application, as one connection sees it.
#[derive(Clone, Debug)]
pub struct Connection<S, P> {
    app: S,
    proofs: P,
}

impl<S, P, B> Service<Request<B>> for Connection<S, P>
where
    S: Service<Request<B>>,
    P: Proofs,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.app.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        self.proofs.insert_into(request.extensions_mut());
        self.app.call(request)
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
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
