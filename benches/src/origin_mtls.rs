//! Group `origin-mtls`: full handshakes in memory, both sides of them, and what a forged chain costs.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use origin_mtls::rustls::EdgeVerifier;
use origin_mtls::{OriginPullPolicy, TrustAnchors};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

use crate::measure::{Candidate, Goal, Table};

const GROUP: &str = "origin-mtls";
const WEBPKI: &str = "rustls-0.23:WebPkiClientVerifier";

/// Fills the group's rows.
pub fn run(table: &mut Table) {
    let cases = [
        (Zone::new(p256), "handshake_p256", "first_handshake_p256", "verify_p256"),
        (Zone::new(rsa2048), "handshake_rsa2048", "first_handshake_rsa2048", "verify_rsa2048"),
    ];
    for (zone, again, first, verify) in cases {
        let kept = zone.ours();
        let plain = zone.plain();
        table.row(
            GROUP,
            again,
            Candidate::new("ours", || zone.handshake(kept.clone())),
            vec![Candidate::new(WEBPKI, || zone.handshake(Arc::clone(&plain)))],
            Candidate::new("rustls without a client's", || zone.handshake(Arc::new(NoClientAuth))),
            Goal::Peer(AT_MOST_5_PERCENT),
        );
        // With a verifier that has not seen the chain.
        table.row(
            GROUP,
            first,
            Candidate::new("ours", || zone.handshake(zone.ours())),
            vec![Candidate::new(WEBPKI, || zone.handshake(Arc::clone(&plain)))],
            Candidate::new("rustls without a client's", || zone.handshake(Arc::new(NoClientAuth))),
            Goal::Peer(AT_MOST_5_PERCENT),
        );
        let (leaf, now) = (&zone.client[0], UnixTime::now());
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_secs());
        table.row(
            GROUP,
            verify,
            Candidate::new("ours", || zone.policy.verify(&zone.client, time).unwrap()),
            vec![Candidate::new(WEBPKI, || plain.verify_client_cert(leaf, &[], now).unwrap())],
            Candidate::new("ours, seen before", || kept.verify_client_cert(leaf, &[], now)),
            Goal::Peer(0.7),
        );
    }

    let zone = Zone::new(p256);
    let (ours, plain) = (zone.ours(), zone.plain());
    // Authorities of the right name, each of which may have issued all others: nobody's key is needed.
    let forged: Vec<_> = (0..6).map(|_| authority(p256)).collect();
    let leaf = &issue(&forged[0].1, &p256(), ExtendedKeyUsagePurpose::ClientAuth);
    let forged: Vec<_> = forged.into_iter().map(|(certificate, _)| certificate).collect();
    let now = UnixTime::now();
    table.row(
        GROUP,
        "forged_chain_of_six",
        Candidate::new("ours", || {
            ours.verify_client_cert(leaf, black_box(&forged), now).unwrap_err()
        }),
        vec![Candidate::new(WEBPKI, || {
            plain.verify_client_cert(leaf, black_box(&forged), now).unwrap_err()
        })],
        Candidate::new("a comparison of two lengths", || black_box(&forged).len() > 2),
        Goal::Peer(100.0),
    );
}

/// An authority, what it has issued, and the provider.
struct Zone {
    provider: Arc<CryptoProvider>,
    policy: OriginPullPolicy,
    roots: Arc<RootCertStore>,
    client: Vec<CertificateDer<'static>>,
    client_config: Arc<ClientConfig>,
    server: (Vec<CertificateDer<'static>>, Vec<u8>),
}

impl Zone {
    fn new(key: fn() -> KeyPair) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let (ca, issuer) = authority(key);
        let client_key = key();
        let client = issue(&issuer, &client_key, ExtendedKeyUsagePurpose::ClientAuth);
        let server_key = p256();
        let server = issue(&issuer, &server_key, ExtendedKeyUsagePurpose::ServerAuth);
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone()).unwrap();
        let roots = Arc::new(roots);
        let mut client_config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(Arc::clone(&roots))
            .with_client_auth_cert(vec![client.clone()], private(&client_key.serialize_der()))
            .unwrap();
        client_config.resumption = rustls::client::Resumption::disabled();
        let algorithms = provider.signature_verification_algorithms.all;
        let anchors = TrustAnchors::from_der([ca]).unwrap();
        Self {
            policy: OriginPullPolicy::builder(anchors, algorithms).build().unwrap(),
            provider,
            roots,
            client: vec![client],
            client_config: Arc::new(client_config),
            server: (vec![server], server_key.serialize_der()),
        }
    }

    fn ours(&self) -> Arc<EdgeVerifier> {
        Arc::new(EdgeVerifier::new(self.policy.clone(), &self.provider))
    }

    fn plain(&self) -> Arc<dyn ClientCertVerifier> {
        let (roots, provider) = (Arc::clone(&self.roots), Arc::clone(&self.provider));
        WebPkiClientVerifier::builder_with_provider(roots, provider)
            .clear_root_hint_subjects()
            .build()
            .unwrap()
    }

    fn handshake(&self, verifier: Arc<dyn ClientCertVerifier>) -> ServerConnection {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(self.server.0.clone(), private(&self.server.1))
            .unwrap();
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        let mut server = ServerConnection::new(Arc::new(config)).unwrap();
        let name = "localhost".try_into().unwrap();
        let mut client = ClientConnection::new(Arc::clone(&self.client_config), name).unwrap();
        let mut bytes = Vec::with_capacity(8192);
        while client.is_handshaking() || server.is_handshaking() {
            bytes.clear();
            while client.wants_write() {
                client.write_tls(&mut bytes).unwrap();
            }
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                server.read_tls(&mut rest).unwrap();
                server.process_new_packets().unwrap();
            }
            bytes.clear();
            while server.wants_write() {
                server.write_tls(&mut bytes).unwrap();
            }
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                client.read_tls(&mut rest).unwrap();
                client.process_new_packets().unwrap();
            }
        }
        server
    }
}

/// Each of one name, and of a key of its own.
fn authority(key: fn() -> KeyPair) -> (CertificateDer<'static>, Issuer<'static, KeyPair>) {
    let key = key();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Origin Pull CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key).unwrap().der().clone();
    (certificate, Issuer::new(params, key))
}

fn issue(
    issuer: &Issuer<'_, KeyPair>,
    key: &KeyPair,
    usage: ExtendedKeyUsagePurpose,
) -> CertificateDer<'static> {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params.signed_by(key, issuer).unwrap().der().clone()
}

fn p256() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn rsa2048() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}

fn private(pkcs8: &[u8]) -> PrivateKeyDer<'static> {
    PrivateKeyDer::try_from(pkcs8.to_vec()).unwrap()
}

/// At most 1.05 times the peer.
const AT_MOST_5_PERCENT: f64 = 0.953;
