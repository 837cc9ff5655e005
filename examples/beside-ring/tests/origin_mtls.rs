//! origin-mtls in this process: its handshakes and its signatures on the application's ring.
#![cfg(not(feature = "with-fetch"))]

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use origin_mtls::axum::with_edge_identity;
use origin_mtls::testing::{ClientCertificate, EphemeralCa};
use origin_mtls::{EdgeIdentity, OriginMtls, OriginPullPolicy, VerifyError};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

#[tokio::test]
async fn serves_the_zone_alone_on_the_application_s_provider() {
    let zone = EphemeralCa::new();
    let origin = origin(&zone);
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let app = Router::new().route("/", get(whoami)).layer(origin.layer());
    tokio::spawn(axum::serve(origin.listener(tcp), with_edge_identity(app)).into_future());

    for version in [&TLS13, &TLS12] {
        let edge = ask(address, &zone, Some(&zone.client()), version).await.unwrap();
        assert!(edge.ends_with("Cloudflare Origin Pull"), "{edge}");
        assert!(ask(address, &zone, Some(&EphemeralCa::new().client()), version).await.is_err());
        assert!(ask(address, &zone, None, version).await.is_err());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the certificates were made just now")]
fn verifies_certificates_with_the_application_s_provider() {
    let zone = EphemeralCa::new();
    let policy = policy(&zone);
    let now = std::time::SystemTime::now();
    policy.verify(zone.client().chain(), now).unwrap();
    let refused = policy.verify(EphemeralCa::new().client().chain(), now);
    assert_eq!(refused.unwrap_err(), VerifyError::BadSignature);
}

async fn whoami(edge: EdgeIdentity) -> String {
    edge.common_name().unwrap().to_owned()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn policy(zone: &EphemeralCa) -> OriginPullPolicy {
    let algorithms = provider().signature_verification_algorithms.all;
    OriginPullPolicy::builder(zone.trust_anchors(), algorithms).strict().build().unwrap()
}

fn origin(zone: &EphemeralCa) -> OriginMtls {
    let certificate = zone.server_certificate(&["localhost"], provider());
    OriginMtls::builder(policy(zone), certificate).allow_tls12().build().unwrap()
}

async fn ask(
    address: SocketAddr,
    zone: &EphemeralCa,
    client: Option<&ClientCertificate>,
    version: &'static SupportedProtocolVersion,
) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    let ca = zone.certificate_pem();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    // Without naming a provider: the features of the application pick ring.
    let builder = ClientConfig::builder_with_protocol_versions(&[version]);
    let builder = builder.with_root_certificates(roots);
    let config = match client {
        Some(client) => {
            let key = PrivateKeyDer::from_pem_slice(client.key_pem().as_bytes()).unwrap();
            builder.with_client_auth_cert(client.chain().to_vec(), key).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    let stream = TcpStream::connect(address).await?;
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: plue.dev\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
