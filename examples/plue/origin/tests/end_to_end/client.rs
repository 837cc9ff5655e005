//! What Cloudflare is in production: a client of TLS and HTTP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::{http1, http2};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::{Issued, Zone};

/// A client that trusts what this zone's origin shows, and shows this certificate.
pub(crate) fn tls(zone: &Zone, client: Option<&Issued>) -> ClientConfig {
    tls_of(&[&TLS13], &zone.certificate, client)
}

/// A client that speaks these versions and trusts this authority.
pub(crate) fn tls_of(
    versions: &[&'static SupportedProtocolVersion],
    ca: &str,
    client: Option<&Issued>,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    match client {
        None => builder.with_no_client_auth(),
        Some(Issued { certificate, key }) => {
            let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    }
}

/// A connection whose handshake is done, as far as this side can know.
pub(crate) async fn handshake(
    address: SocketAddr,
    config: ClientConfig,
) -> io::Result<TlsStream<TcpStream>> {
    handshake_over(TcpStream::connect(address).await?, "plue.dev", config).await
}

/// With the server of this name, over a connection that stands.
pub(crate) async fn handshake_over(
    stream: TcpStream,
    name: &'static str,
    config: ClientConfig,
) -> io::Result<TlsStream<TcpStream>> {
    TlsConnector::from(Arc::new(config)).connect(name.try_into().unwrap(), stream).await
}

/// The server's own certificate.
pub(crate) async fn shown(address: SocketAddr, config: ClientConfig) -> CertificateDer<'static> {
    let stream = handshake(address, config).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone()
}

/// A connection of HTTP that is kept.
pub(crate) enum Http {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Http {
    /// `None` if it is refused.
    pub(crate) async fn connect(address: SocketAddr, config: ClientConfig) -> Option<Self> {
        Self::over(handshake(address, config).await.ok()?).await
    }

    /// In the version that was agreed on in the handshake.
    pub(crate) async fn over(stream: TlsStream<TcpStream>) -> Option<Self> {
        let is_two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let io = TokioIo::new(stream);
        Some(if is_two {
            let (client, connection) = http2::handshake(TokioExecutor::new(), io).await.ok()?;
            tokio::spawn(connection);
            Self::Two(client)
        } else {
            let (client, connection) = http1::handshake(io).await.ok()?;
            tokio::spawn(connection);
            Self::One(client)
        })
    }

    /// Without TLS, and so in the first version.
    pub(crate) async fn plain(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self::One(client)
    }

    /// `None` if there is no answer.
    pub(crate) async fn get(&mut self, path: &str) -> Option<Answer> {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Option<Answer> {
        self.get_from("plue.dev", path, headers).await
    }

    pub(crate) async fn get_from(
        &mut self,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Option<Answer> {
        self.send(Method::GET, host, path, headers, String::new()).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Option<Answer> {
        let mut request = match self {
            Self::One(_) => Request::builder().uri(path).header("host", host),
            Self::Two(_) => Request::builder().uri(format!("https://{host}{path}")),
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.method(method).body(Full::from(body)).unwrap();
        let answer = match self {
            Self::One(client) => client.send_request(request).await.ok()?,
            Self::Two(client) => client.send_request(request).await.ok()?,
        };
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Some(Answer { status: parts.status, headers: parts.headers, body })
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// One request over a connection of its own, in plain HTTP.
pub(crate) async fn plain(address: SocketAddr, path: &str) -> Answer {
    Http::plain(address).await.get(path).await.unwrap()
}

/// One request over a connection of its own.
pub(crate) async fn get(address: SocketAddr, config: ClientConfig, path: &str) -> Answer {
    let mut http = Http::connect(address, config).await.unwrap();
    http.get(path).await.unwrap()
}

/// In TLS 1.3 a client has done its part when the server refuses it.
pub(crate) async fn refused(address: SocketAddr, config: ClientConfig) {
    if let Some(mut http) = Http::connect(address, config).await {
        let answer = http.get("/").await;
        assert!(answer.is_none(), "{answer:?}");
    }
}
