//! HAProxy's word on the TLS that it terminated.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use testkit::folder::Folder;
use testkit::haproxy::HaProxy;
use testkit::pki::{CertificateAuthority, Issued};
use testkit::port;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::{Answer, Service, ask, haproxy};

const HOST: &str = "origin.example.test";
const EVERYTHING: &str = "send-proxy-v2 proxy-v2-options \
                          ssl,cert-cn,ssl-cipher,cert-sig,cert-key,crc32c,authority,unique-id";

/// Presents a certificate of whom HAProxy trusts, if it likes.
const OPTIONAL: &str = "verify optional";
/// Lets any certificate pass, and leaves it to the service to ask whether it was good.
const ANY: &str = "verify optional ca-ignore-err all crt-ignore-err all";

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn tells_that_the_client_came_over_tls() {
    let scene = Scene::start("", "send-proxy-v2-ssl").await;
    let answer = scene.ask(None).await;
    assert_eq!(answer.client().1, "Header");
    let ssl = ssl(&answer);
    assert_eq!((&ssl["is_tls"], &ssl["version"]), (&json!(true), &json!("TLSv1.3")));
    assert_eq!((&ssl["common_name"], &ssl["cipher"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn names_the_client_that_its_certificate_names() {
    let scene = Scene::start("verify required", "send-proxy-v2-ssl-cn").await;
    let alice = scene.ca.client("alice");
    let answer = scene.ask(Some(&alice)).await;
    let ssl = ssl(&answer);
    assert_eq!(ssl["common_name"], "alice");
    assert_eq!(ssl["client_cert_verified"], true);
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn every_tlv_that_haproxy_knows_is_read() {
    let scene = Scene::start(OPTIONAL, EVERYTHING).await;
    let alice = scene.ca.client("alice");
    let answer = scene.ask(Some(&alice)).await;
    assert_eq!(answer.client().1, "Header");
    assert_eq!(answer.header(), ("V2", "Proxy"));
    let header = &answer.seen["header"];
    assert_eq!(header["alpn"], "http/1.1");
    assert_eq!(header["authority"], HOST);
    assert_eq!(header["unique_id"].as_str().map(str::len), Some(36), "a UUID");
    let ssl = ssl(&answer);
    assert_eq!(ssl["is_tls"], true);
    assert_eq!(ssl["has_cert_on_connection"], true);
    assert_eq!((&ssl["verify_code"], &ssl["client_cert_verified"]), (&json!(0), &json!(true)));
    assert_eq!(ssl["common_name"], "alice");
    assert_eq!(ssl["version"], "TLSv1.3");
    assert!(ssl["cipher"].as_str().unwrap().starts_with("TLS_"));
    assert_eq!(ssl["signature_algorithm"], "ecdsa-with-SHA256");
    assert_eq!(ssl["key_algorithm"], "EC256");
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_client_without_a_certificate_has_none_that_is_verified() {
    for bind in ["", OPTIONAL, ANY] {
        let scene = Scene::start(bind, EVERYTHING).await;
        let answer = scene.ask(None).await;
        let ssl = ssl(&answer);
        assert_eq!(ssl["is_tls"], true);
        assert_eq!(ssl["has_cert_on_connection"], false);
        // Which is the code of a good certificate.
        assert_eq!(ssl["verify_code"], 0);
        assert_eq!(ssl["client_cert_verified"], false);
        assert_eq!(ssl["common_name"], Value::Null);
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_certificate_that_anybody_can_make_names_somebody_and_is_not_verified() {
    let scene = Scene::start(ANY, EVERYTHING).await;
    let impostor = CertificateAuthority::new().client("alice");
    let answer = scene.ask(Some(&impostor)).await;
    let ssl = ssl(&answer);
    assert_eq!(ssl["has_cert_on_connection"], true);
    assert_eq!(ssl["common_name"], "alice");
    assert_ne!(ssl["verify_code"], 0);
    assert_eq!(ssl["client_cert_verified"], false);
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_client_without_tls_has_no_tls() {
    let service = Service::start().await;
    let listen = port::reserve();
    let section = format!(
        "listen front\n    bind {listen}\n    server service {} {EVERYTHING}\n",
        service.address()
    );
    let haproxy = haproxy(Folder::new(), &section, &[listen]).await;
    let answer = ask(TcpStream::connect(listen).await.unwrap(), &haproxy).await;
    assert_eq!(answer.client().1, "Header");
    assert_eq!(answer.seen["header"]["authority"], Value::Null);
    let ssl = &answer.seen["header"]["ssl"];
    assert!(ssl.is_null() || ssl["is_tls"] == false, "{ssl}");
}

/// HAProxy that terminates TLS in front of the service.
struct Scene {
    ca: CertificateAuthority,
    haproxy: HaProxy,
    listen: SocketAddr,
    _service: Service,
}

impl Scene {
    async fn start(bind: &str, send: &str) -> Self {
        let (ca, service) = (CertificateAuthority::new(), Service::start().await);
        let (folder, listen) = (Folder::new(), port::reserve());
        let server = folder.write("server.pem", &ca.server(&[HOST]).with_key());
        let trusted = folder.write("ca.pem", ca.certificate());
        let verify =
            if bind.is_empty() { String::new() } else { format!("ca-file {trusted} {bind}") };
        let section = format!(
            "listen front\n    \
             bind {listen} ssl crt {server} alpn http/1.1 {verify}\n    \
             unique-id-format %[uuid()]\n    \
             server service {} {send}\n",
            service.address()
        );
        let haproxy = haproxy(folder, &section, &[listen]).await;
        Self { ca, haproxy, listen, _service: service }
    }

    /// A request of a client with this certificate.
    async fn ask(&self, certificate: Option<&Issued>) -> Answer {
        let config = client(&self.ca, certificate);
        let stream = TcpStream::connect(self.listen).await.unwrap();
        let name = ServerName::try_from(HOST).unwrap();
        let tls = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let tls = tls.unwrap_or_else(|error| panic!("{error}\n{}", self.haproxy.output()));
        ask(tls, &self.haproxy).await
    }
}

fn client(ca: &CertificateAuthority, certificate: Option<&Issued>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.certificate().as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match certificate {
        None => builder.with_no_client_auth(),
        Some(Issued { certificate, key, .. }) => {
            let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn ssl(answer: &Answer) -> &Value {
    &answer.seen["header"]["ssl"]
}
