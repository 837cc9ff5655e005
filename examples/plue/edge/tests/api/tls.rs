use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use edge::{Upstream, UpstreamBuilder, guard, router};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use testkit::pki::{CertificateAuthority, Issued};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{Site, audience, empty, get, send};

/// A forge that answers whom this authority vouches for; what it was asked.
async fn forge(
    server: &Issued,
    clients: &CertificateAuthority,
) -> (SocketAddr, Arc<Mutex<String>>) {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(clients.certificate().as_bytes()).unwrap()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(server.certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(server.key.as_bytes()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let Ok(mut tls) = acceptor.accept(tcp).await else { continue };
            let mut bytes = [0; 4096];
            let Ok(read) = tls.read(&mut bytes).await else { continue };
            *kept.lock().unwrap() = String::from_utf8_lossy(&bytes[..read]).into_owned();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nforge";
            let _ = tls.write_all(answer).await;
            let _ = tls.shutdown().await;
        }
    });
    (address, asked)
}

async fn ask(upstream: UpstreamBuilder) -> (u16, String) {
    let siwe = guard(Site::for_audience(audience()).builder()).unwrap().build().unwrap();
    let app = router(&siwe, upstream.build().unwrap());
    let answer = send(&app, empty(get("/plue/edge"))).await;
    (answer.status.as_u16(), answer.body)
}

#[tokio::test]
async fn the_edge_and_the_forge_know_each_other_by_their_certificates() {
    let (servers, clients) = (CertificateAuthority::new(), CertificateAuthority::new());
    let (address, asked) = forge(&servers.server(&["origin.plue.example"]), &clients).await;
    let edge = clients.client("edge");
    let upstream = |ca: &CertificateAuthority, client: Option<&Issued>, name: Option<&str>| {
        let url = format!("https://localhost:{}", address.port()).parse().unwrap();
        let mut upstream = Upstream::builder(&url, &audience()).ca(ca.certificate().into());
        if let Some(Issued { certificate, key, .. }) = client {
            upstream = upstream.client_certificate(certificate.clone().into(), key.clone().into());
        }
        if let Some(name) = name {
            upstream = upstream.name(name);
        }
        upstream
    };
    let name = Some("origin.plue.example");

    assert_eq!(ask(upstream(&servers, Some(&edge), name)).await, (200, "forge".into()));
    let told = asked.lock().unwrap().clone();
    assert!(told.starts_with("GET /plue/edge HTTP/1.1\r\n"), "{told}");
    assert!(told.contains("host: plue.example\r\n"), "{told}");

    // One thing changed at a time.
    assert_eq!(ask(upstream(&servers, None, name)).await.0, 502);
    assert_eq!(ask(upstream(&servers, Some(&servers.client("edge")), name)).await.0, 502);
    assert_eq!(ask(upstream(&clients, Some(&edge), name)).await.0, 502);
    assert_eq!(ask(upstream(&servers, Some(&edge), None)).await.0, 502);
}

#[test]
fn what_is_no_certificate_is_told_at_the_start() {
    let url = "https://origin.example".parse().unwrap();
    let upstream = || Upstream::builder(&url, &audience());
    let ca = CertificateAuthority::new();
    let (one, other) = (ca.client("one"), ca.client("other"));
    let error = upstream().ca(b"none".into()).build().unwrap_err();
    assert!(error.to_string().starts_with("--upstream-ca"), "{error}");
    let mixed = upstream().client_certificate(one.certificate.into(), other.key.into());
    let error = mixed.build().unwrap_err();
    assert!(error.to_string().starts_with("--upstream-cert"), "{error}");
    assert!(upstream().name("not a name").build().is_err());
}
