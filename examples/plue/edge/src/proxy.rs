//! The forge behind the edge: each request that passes goes to it, and its answer comes back.

mod progress;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::uri::{Authority, PathAndQuery, Scheme, Uri};
use axum::http::{Extensions, Method, StatusCode, Version};
use axum::response::Response;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use proxy_protocol::ClientAddress;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use siwe_session::Audience;
use thiserror::Error;
use tower_http::timeout::TimeoutBody;

use self::progress::Progress;

/// Where requests go. Cloning shares the connections.
#[derive(Clone, Debug)]
pub struct Upstream(Arc<Settings>);

#[derive(Debug)]
struct Settings {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    scheme: Scheme,
    authority: Authority,
    /// The site's own, whatever the client has said.
    host: HeaderValue,
    proto: HeaderValue,
    signs_in: bool,
    patience: Duration,
}

impl Upstream {
    /// The forge at this address, such as `http://127.0.0.1:3000`, which serves this site.
    pub fn builder(url: &Uri, site: &Audience) -> UpstreamBuilder {
        UpstreamBuilder {
            url: url.clone(),
            site: site.clone(),
            ca: None,
            identity: None,
            name: None,
            signs_in: false,
            patience: Duration::from_secs(60),
        }
    }

    /// Sends it on, and answers with what comes back.
    pub(crate) async fn forward(&self, mut request: Request) -> Response {
        let settings = &*self.0;
        // Neither a tunnel nor an echo of what the edge has added.
        if [Method::CONNECT, Method::TRACE].contains(request.method()) {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
        }
        let Some(target) = settings.target(request.uri()) else {
            return plain(StatusCode::BAD_REQUEST, "not a path\n");
        };
        *request.uri_mut() = target;
        *request.version_mut() = Version::HTTP_11;
        let visitor = ClientAddress::of(request.extensions()).map(ClientAddress::ip);
        *request.extensions_mut() = Extensions::new();
        let headers = request.headers_mut();
        forge::of_request(headers, &settings.host, &settings.proto);
        if let Ok(address) = visitor {
            forge::name_visitor(headers, address);
        }
        if !settings.signs_in {
            forge::remove_session(headers);
        }

        let progress = Progress::default();
        let request = request.map(|body| progress.watch(body));
        let answer = settings.client.request(request);
        match progress.patiently(settings.patience, answer).await {
            // Nothing was asked to be upgraded.
            Some(Ok(answer)) if answer.status() == StatusCode::SWITCHING_PROTOCOLS => {
                tracing::warn!("the upstream switches protocols, unasked");
                plain(StatusCode::BAD_GATEWAY, "bad gateway\n")
            }
            Some(Ok(answer)) => {
                let mut answer =
                    answer.map(|body| Body::new(TimeoutBody::new(settings.patience, body)));
                *answer.version_mut() = Version::HTTP_11;
                forge::of_response(answer.headers_mut());
                if !settings.signs_in {
                    forge::remove_own_cookies(answer.headers_mut());
                }
                answer
            }
            Some(Err(error)) => {
                let cause = error.source().map(ToString::to_string).unwrap_or_default();
                tracing::warn!(cause, "the upstream does not answer: {error}");
                plain(StatusCode::BAD_GATEWAY, "bad gateway\n")
            }
            None => {
                tracing::warn!("the upstream does not answer in time");
                plain(StatusCode::GATEWAY_TIMEOUT, "gateway timeout\n")
            }
        }
    }
}

impl Settings {
    /// The path and the query as they came, character by character: what was decided of them is decided
    /// of what the forge reads.
    fn target(&self, uri: &Uri) -> Option<Uri> {
        let path = uri.path_and_query()?.clone();
        if !path.as_str().starts_with('/') {
            return None;
        }
        let uri = Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone());
        uri.path_and_query(path).build().ok()
    }
}

/// Makes an [`Upstream`].
#[derive(Debug)]
#[must_use]
pub struct UpstreamBuilder {
    url: Uri,
    site: Audience,
    ca: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    name: Option<String>,
    signs_in: bool,
    patience: Duration,
}

impl UpstreamBuilder {
    /// Who vouches for its certificate, in PEM. Default: whom the system trusts.
    pub fn ca(mut self, pem: Vec<u8>) -> Self {
        self.ca = Some(pem);
        self
    }

    /// Shows this certificate and holds its key, both in PEM.
    pub fn client_certificate(mut self, certificate: Vec<u8>, key: Vec<u8>) -> Self {
        self.identity = Some((certificate, key));
        self
    }

    /// The name that its certificate is for. Default: that of its address.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// It signs people in by itself: the cookies and bearer tokens of sessions go on to it, and come back.
    pub fn signs_in(mut self) -> Self {
        self.signs_in = true;
        self
    }

    /// How long it may do nothing: neither take a part of the request, nor answer, nor send a part of its
    /// answer. Default: a minute.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Checks the settings. It does not connect.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`]
    pub fn build(self) -> Result<Upstream, UpstreamError> {
        let tls = self.tls(&Arc::new(aws_lc_rs::default_provider()))?;
        let parts = self.url.into_parts();
        let is_root = |path: &PathAndQuery| path.as_str() == "/";
        let (Some(scheme), Some(authority), true) =
            (parts.scheme, parts.authority, parts.path_and_query.as_ref().is_none_or(is_root))
        else {
            return Err(UpstreamError::Url);
        };
        if ![Scheme::HTTP, Scheme::HTTPS].contains(&scheme) || authority.as_str().contains('@') {
            return Err(UpstreamError::Url);
        }
        let (proto, host) = self.site.as_str().split_once("://").ok_or(UpstreamError::Url)?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT.min(self.patience)));
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let connector = match self.name {
            Some(name) => {
                connector.with_server_name_resolver(hyper_rustls::FixedServerNameResolver::new(
                    ServerName::try_from(name).map_err(|_| UpstreamError::Name)?,
                ))
            }
            None => connector,
        };
        Ok(Upstream(Arc::new(Settings {
            client: Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE)
                .build(connector.enable_http1().wrap_connector(tcp)),
            scheme,
            authority,
            host: HeaderValue::try_from(host).map_err(|_| UpstreamError::Url)?,
            proto: HeaderValue::try_from(proto).map_err(|_| UpstreamError::Url)?,
            signs_in: self.signs_in,
            patience: self.patience,
        })))
    }

    fn tls(&self, provider: &Arc<CryptoProvider>) -> Result<ClientConfig, UpstreamError> {
        let tls = ClientConfig::builder_with_provider(Arc::clone(provider))
            .with_safe_default_protocol_versions()
            .map_err(UpstreamError::Tls)?;
        let tls = match &self.ca {
            None => tls.with_platform_verifier().map_err(UpstreamError::Tls)?,
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(pem).ok_or(UpstreamError::Ca)? {
                    roots.add(certificate).map_err(|_| UpstreamError::Ca)?;
                }
                let provider = Arc::clone(provider);
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
                tls.with_webpki_verifier(verifier.build().map_err(|_| UpstreamError::Ca)?)
            }
        };
        match &self.identity {
            None => Ok(tls.with_no_client_auth()),
            Some((certificate, key)) => {
                let chain = certificates(certificate).ok_or(UpstreamError::ClientCertificate)?;
                let key = PrivateKeyDer::from_pem_slice(key)
                    .map_err(|_| UpstreamError::ClientCertificate)?;
                tls.with_client_auth_cert(chain, key).map_err(|_| UpstreamError::ClientCertificate)
            }
        }
    }
}

/// One at least.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    certificates.ok().filter(|certificates| !certificates.is_empty())
}

/// What is wrong with the settings of an [`Upstream`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// No authority's certificate.
    #[error("--upstream-ca: expected certificates in PEM")]
    Ca,
    /// No certificate of a client, or not its key.
    #[error("--upstream-cert and --upstream-key: expected a certificate and its key, in PEM")]
    ClientCertificate,
    /// No name of a server.
    #[error("--upstream-name: expected the name of a host")]
    Name,
    /// TLS cannot be set up.
    #[error("TLS to the upstream cannot be set up")]
    Tls(#[source] rustls::Error),
    /// No address.
    #[error("--upstream: expected `http://host:port` or `https://host:port`, and no path")]
    Url,
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

const CONNECT: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(30);
