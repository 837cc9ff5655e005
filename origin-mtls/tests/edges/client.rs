//! What Cloudflare is in production: a client of TLS and HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{Request, Response, Version};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::Resumption;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::provider;
use crate::zone::{Client, Zone};

pub(crate) const TLS12: &SupportedProtocolVersion = &rustls::version::TLS12;
pub(crate) const TLS13: &SupportedProtocolVersion = &rustls::version::TLS13;

/// A client that trusts this zone's servers, speaks one version, and shows this certificate.
pub(crate) fn config(
    zone: &Zone,
    client: Option<&Client>,
    version: &'static SupportedProtocolVersion,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(zone.ca.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match client {
        Some(client) => builder.with_client_auth_cert(client.chain.clone(), client.key()).unwrap(),
        None => builder.with_no_client_auth(),
    };
    config.resumption = Resumption::in_memory_sessions(8);
    config
}

pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    config: ClientConfig,
    stream: S,
) -> std::io::Result<TlsStream<S>> {
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect("localhost".try_into().unwrap(), stream).await
}

/// A connection of HTTP that is kept.
pub(crate) enum Http {
    One(hyper::client::conn::http1::SendRequest<Empty<Bytes>>),
    Two(hyper::client::conn::http2::SendRequest<Empty<Bytes>>),
}

impl Http {
    pub(crate) async fn connect(
        address: SocketAddr,
        config: ClientConfig,
        version: Version,
    ) -> Option<Self> {
        let stream = TcpStream::connect(address).await.unwrap();
        Self::over(stream, config, version).await
    }

    pub(crate) async fn over(
        stream: TcpStream,
        config: ClientConfig,
        version: Version,
    ) -> Option<Self> {
        let io = TokioIo::new(handshake(config, stream).await.ok()?);
        Some(if version == Version::HTTP_2 {
            let (client, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.ok()?;
            tokio::spawn(connection);
            Self::Two(client)
        } else {
            let (client, connection) = hyper::client::conn::http1::handshake(io).await.ok()?;
            tokio::spawn(connection);
            Self::One(client)
        })
    }

    pub(crate) async fn send(
        &mut self,
        request: Request<Empty<Bytes>>,
    ) -> Option<Response<String>> {
        let answer = match self {
            Self::One(client) => client.send_request(request).await.ok()?,
            Self::Two(client) => client.send_request(request).await.ok()?,
        };
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Some(Response::from_parts(parts, String::from_utf8(body.to_vec()).unwrap()))
    }

    /// `None` if there was no answer.
    pub(crate) async fn get(&mut self, path: &str) -> Option<Response<String>> {
        let request = match self {
            Self::One(_) => Request::get(path).header("host", "plue.dev"),
            Self::Two(_) => Request::get(format!("https://plue.dev{path}")),
        };
        self.send(request.body(Empty::new()).unwrap()).await
    }
}

/// One request over a connection of its own. `None` if it was refused.
pub(crate) async fn get(
    address: SocketAddr,
    config: ClientConfig,
    path: &str,
) -> Option<Response<String>> {
    Http::connect(address, config, Version::HTTP_11).await?.get(path).await
}
