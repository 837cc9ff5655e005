//! Layers for [tower](https://docs.rs/tower): a request passes with its client's address, or is
//! refused; and no header names another.

mod future;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};

use http::{Extensions, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

pub use self::future::ResponseFuture;
use crate::headers::{connecting_ip, remove_unproven, set_forwarded};
use crate::proxy::ACCEPTED;
use crate::{ClientAddress, Decision, Evidence, ProxyProtocol, VerifyError};

impl ProxyProtocol {
    /// A layer for what comes over a [`listener`](Self::listener) of this crate: without a client's
    /// address a request is answered with 500. It takes away every header that names a client, since
    /// the client wrote them.
    pub fn layer(&self) -> ClientAddressLayer {
        ClientAddressLayer::new(self, Source::Listener)
    }

    /// A layer for what comes through Cloudflare's HTTP proxy or a Tunnel, which never send a PROXY
    /// header: the client's address is that of `CF-Connecting-IP`, if the request's peer is of a
    /// network that [`Trust`](crate::Trust) requires to send headers, or the request is
    /// [proven](ClientAddressLayer::or_proven) otherwise.
    ///
    /// The first function finds the peer's address in the request's extensions, and the second puts
    /// the client's in its place, with port 0, for what reads it from there. With axum, use
    /// `connecting_ip`.
    pub fn connecting_ip_by(
        &self,
        peer: fn(&Extensions) -> Option<SocketAddr>,
        replace: fn(&mut Extensions, SocketAddr),
    ) -> ClientAddressLayer {
        ClientAddressLayer::new(self, Source::ConnectingIp { peer, replace, is_proven: |_| false })
    }
}

/// Made by [`ProxyProtocol::layer`] and [`ProxyProtocol::connecting_ip_by`].
#[derive(Clone)]
#[must_use]
pub struct ClientAddressLayer<R = EmptyBody> {
    proxy: ProxyProtocol,
    source: Source,
    observe: bool,
    rewrite_forwarded: bool,
    on_refuse: R,
}

#[derive(Clone, Copy)]
enum Source {
    ConnectingIp {
        peer: fn(&Extensions) -> Option<SocketAddr>,
        replace: fn(&mut Extensions, SocketAddr),
        is_proven: fn(&Extensions) -> bool,
    },
    Listener,
}

impl ClientAddressLayer {
    fn new(proxy: &ProxyProtocol, source: Source) -> Self {
        let proxy = proxy.clone();
        Self { proxy, source, observe: false, rewrite_forwarded: false, on_refuse: EmptyBody }
    }
}

impl<R> ClientAddressLayer<R> {
    /// Takes `CF-Connecting-IP` too from requests of which this function says that they come from
    /// Cloudflare, whoever their peer is: for a Tunnel, whose peer is `cloudflared` beside the
    /// service, and like it any other process there. The function looks for another proof, which a
    /// layer further out has put into the request's extensions, such as an `AccessIdentity` or an
    /// `EdgeIdentity`.
    ///
    /// It counts only where the client's address is taken from that header.
    pub fn or_proven(mut self, proven: fn(&Extensions) -> bool) -> Self {
        if let Source::ConnectingIp { is_proven, .. } = &mut self.source {
            *is_proven = proven;
        }
        self
    }

    /// Names the proven client in `Forwarded` and `X-Forwarded-For`, for software behind that reads
    /// them. Default: both are taken away.
    pub fn rewrite_forwarded(mut self) -> Self {
        self.rewrite_forwarded = true;
        self
    }

    /// Lets every request pass, to see what would be refused before it is: for a roll-out, with
    /// [`on_outcome`](crate::ProxyProtocolBuilder::on_outcome).
    ///
    /// What was found is in the request's extensions, as `Result<ClientAddress, VerifyError>`. No
    /// proof is made from a failure: what asks for one still refuses.
    pub fn observe(mut self) -> Self {
        self.observe = true;
        self
    }

    /// Answers a refused request with what this function makes of it: [`VerifyError::response`] has
    /// the status and the headers, and takes a body. Default: an empty one.
    pub fn on_refuse<F, B>(self, on_refuse: F) -> ClientAddressLayer<F>
    where
        F: Fn(VerifyError) -> Response<B> + Clone,
    {
        let Self { proxy, source, observe, rewrite_forwarded, .. } = self;
        ClientAddressLayer { proxy, source, observe, rewrite_forwarded, on_refuse }
    }

    /// Whether the request goes on, with what was found in its extensions.
    fn pass<B>(&self, request: &mut Request<B>) -> Result<(), VerifyError> {
        let found = self.find(request);
        match &found {
            Ok(_) if matches!(self.source, Source::Listener) => {}
            Ok(_) => self.proxy.tell(ACCEPTED),
            Err(error) => self.proxy.report(*error, self.peer(request.extensions())),
        }
        let client = found.as_ref().ok();
        let is_believed = client.is_some_and(|client| client.evidence() == Evidence::ConnectingIp);
        remove_unproven(request.headers_mut(), is_believed);
        if let (Some(client), true) = (client, self.rewrite_forwarded) {
            set_forwarded(request.headers_mut(), client.ip());
        }
        match (&found, self.source) {
            (Ok(client), Source::ConnectingIp { replace, .. }) => {
                replace(request.extensions_mut(), client.socket_addr());
            }
            (Err(error), _) if !self.observe => return Err(*error),
            _ => {}
        }
        request.extensions_mut().insert(found);
        Ok(())
    }

    fn peer(&self, extensions: &Extensions) -> Option<IpAddr> {
        match self.source {
            Source::ConnectingIp { peer, .. } => Some(peer(extensions)?.ip()),
            Source::Listener => None,
        }
    }

    fn find<B>(&self, request: &Request<B>) -> Result<ClientAddress, VerifyError> {
        let extensions = request.extensions();
        let Source::ConnectingIp { peer, is_proven, .. } = self.source else {
            return ClientAddress::of(extensions).cloned();
        };
        let peer = peer(extensions).ok_or(VerifyError::MissingLayer)?;
        let decision = self.proxy.decide(peer.ip());
        if decision == Decision::Require || is_proven(extensions) {
            let address = connecting_ip(request.headers())?;
            self.proxy.check_source(address)?;
            return Ok(ClientAddress::by_connecting_ip(peer, address));
        }
        match decision {
            Decision::Direct => Ok(ClientAddress::direct(peer)),
            _ => Err(VerifyError::Denied),
        }
    }
}

impl<R> fmt::Debug for ClientAddressLayer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAddressLayer")
            .field("proxy", &self.proxy)
            .field("observe", &self.observe)
            .field("rewrite_forwarded", &self.rewrite_forwarded)
            .finish_non_exhaustive()
    }
}

impl<S, R: Clone> Layer<S> for ClientAddressLayer<R> {
    type Service = ClientAddressService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        ClientAddressService { inner, layer: self.clone() }
    }
}

/// Made by [`ClientAddressLayer`].
#[derive(Clone, Debug)]
pub struct ClientAddressService<S, R = EmptyBody> {
    inner: S,
    layer: ClientAddressLayer<R>,
}

impl<S, R, B, ResBody> Service<Request<B>> for ClientAddressService<S, R>
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
/// [`on_refuse`](ClientAddressLayer::on_refuse).
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
