//! Sessions: none is given out, and one that a client has brought from elsewhere is worth nothing.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use testkit::folder::Folder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::client::{Said, Tls, s_client};
use crate::provider;
use crate::scene::Service;
use crate::zone::{Zone, changes};

const VERSIONS: [Tls; 2] = [Tls::V12, Tls::V13];

/// How a client of TLS 1.2 may ask for a session to go on with: by its id alone, or by a ticket too.
const WAYS: [&[&str]; 2] = [&["-no_ticket"], &[]];

#[tokio::test]
#[ignore = "needs OpenSSL: run .ci/run peers"]
async fn a_client_that_comes_again_is_asked_for_its_certificate_again() {
    let zone = Zone::new();
    let service = Service::start(zone.builder()).await;
    let client = zone.client("edge");
    for tls in VERSIONS {
        for way in WAYS {
            let before = service.outcomes().len();
            let options = [&[tls.of_openssl(), "-reconnect"], way].concat();
            let said = s_client(service.address(), &zone, Some(&client), &options).await;
            // The first one, and five of `-reconnect`.
            assert_eq!(said.output.matches("\nNew, TLS").count(), 6, "{tls:?}: {said}");
            assert!(!said.output.contains("Reused"), "{tls:?}: {said}");
            assert_eq!(service.decided(before + 6).await[before..], ["accepted"; 6]);
        }
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL: run .ci/run peers"]
async fn there_is_no_session_to_be_kept() {
    let zone = Zone::new();
    let service = Service::start(zone.builder()).await;
    let client = zone.client("edge");
    for tls in VERSIONS {
        for way in WAYS {
            let folder = Folder::new();
            let session = folder.path("session.pem");
            let options = [&[tls.of_openssl(), "-sess_out", &session], way].concat();
            let said = s_client(service.address(), &zone, Some(&client), &options).await;
            assert_eq!(said.answer().unwrap().common_name(), "edge");
            assert!(!Path::new(&session).exists(), "{tls:?}: {said}");
        }
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL: run .ci/run peers"]
async fn a_session_of_another_server_with_the_same_certificate_is_none_here() {
    let zone = Zone::new();
    let client = zone.client("edge");
    let (certificate, key) = zone.server_pem(crate::HOST);
    let elsewhere = elsewhere(&zone, &certificate, &key).await;
    for tls in VERSIONS {
        for way in WAYS {
            let folder = Folder::new();
            let session = folder.path("session.pem");
            let options = [&[tls.of_openssl(), "-sess_out", &session], way].concat();
            let said = s_client(elsewhere, &zone, Some(&client), &options).await;
            assert!(Path::new(&session).exists(), "{tls:?}: {said}");

            // There it is a session: without a certificate its client is taken for the one it was.
            let options = [&[tls.of_openssl(), "-sess_in", &session], way].concat();
            let said = s_client(elsewhere, &zone, None, &options).await;
            assert!(said.output.contains("\nReused, TLS"), "{tls:?}: {said}");
            assert!(said.output.contains("HTTP/1.1 204"), "{tls:?}: {said}");

            let service = Service::start(zone.builder()).await;
            let said = s_client(service.address(), &zone, Some(&client), &options).await;
            is_new(&said, &["accepted"], &service).await;
            assert_eq!(said.answer().unwrap().common_name(), "edge");
            let said = s_client(service.address(), &zone, None, &options).await;
            is_new(&said, &["accepted", "no_certificate"], &service).await;
            assert!(said.answer().is_none(), "{tls:?}: {said}");
        }
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL: run .ci/run peers"]
async fn after_a_reload_no_session_brings_a_client_back() {
    let zone = Zone::new();
    let client = zone.client("edge");
    for tls in VERSIONS {
        for (code, policy) in changes(&zone, &client) {
            let service = Service::start(zone.builder()).await;
            let folder = Folder::new();
            let session = folder.path("session.pem");
            let options = [tls.of_openssl(), "-sess_out", &session];
            let said = s_client(service.address(), &zone, Some(&client), &options).await;
            assert_eq!(said.answer().unwrap().common_name(), "edge");

            service.origin().reload(policy, &zone.server()).unwrap();
            let mut options = vec![tls.of_openssl(), "-reconnect"];
            if Path::new(&session).exists() {
                options.extend(["-sess_in", &session]);
            }
            for client in [Some(&client), None] {
                let before = service.outcomes().len();
                let said = s_client(service.address(), &zone, client, &options).await;
                assert!(said.answer().is_none(), "{tls:?} {code}: {said}");
                assert!(!said.output.contains("Reused"), "{tls:?} {code}: {said}");
                let code = if client.is_some() { code } else { "no_certificate" };
                let outcomes = service.decided(before + 1).await;
                assert!(outcomes[before..].iter().all(|heard| *heard == code), "{outcomes:?}");
            }
            assert_eq!(service.seen().len(), 1);
        }
    }
}

async fn is_new(said: &Said, outcomes: &[&str], service: &Service) {
    assert!(!said.output.contains("Reused"), "{said}");
    assert_eq!(service.decided(outcomes.len()).await, outcomes, "{said}");
}

/// A server with rustls's own verifier and its defaults: whoever resumes is not asked who it is.
async fn elsewhere(zone: &Zone, certificate: &str, key: &str) -> std::net::SocketAddr {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&zone.ca).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = tcp.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            // The request, which fits, and an answer that says that there is a client.
            let _ = stream.read(&mut [0; 1024]).await;
            if stream.get_ref().1.peer_certificates().is_some() {
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            }
            let _ = stream.shutdown().await;
        }
    });
    address
}
