//! Handshakes, without a socket.

use std::sync::{Arc, Mutex};

use origin_mtls::rustls::EdgeVerifier;
use origin_mtls::{OriginMtls, VerifyError};
use rustls::client::ResolvesClientCert;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, Error, ProtocolVersion, ServerConnection,
    SignatureScheme,
};

use crate::client::{TLS12, TLS13, config};
use crate::zone::{Client, Zone};
use crate::{Outcomes, provider};

/// Carries bytes between two until neither has any, and gives the server's error.
pub(crate) fn shake(
    client: &mut ClientConnection,
    server: &mut ServerConnection,
) -> Result<(), Error> {
    loop {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        let sent = !bytes.is_empty();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets()?;
        }
        let mut bytes = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        if !sent && bytes.is_empty() {
            return Ok(());
        }
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            let _ = client.process_new_packets();
        }
    }
}

fn connect(config: ClientConfig) -> ClientConnection {
    ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap()
}

fn try_with(origin: &OriginMtls, config: ClientConfig) -> Result<ServerConnection, Error> {
    let mut server = ServerConnection::new(origin.server_config()).unwrap();
    shake(&mut connect(config), &mut server).map(|()| server)
}

/// Shows a certificate whose key it does not have.
#[derive(Debug)]
pub(crate) struct Thief(pub(crate) Arc<CertifiedKey>);

impl Thief {
    pub(crate) fn new(stolen: &Client, own: &Client) -> Self {
        let key = provider().key_provider.load_private_key(own.key()).unwrap();
        Self(Arc::new(CertifiedKey::new(stolen.chain.clone(), key)))
    }
}

impl ResolvesClientCert for Thief {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[test]
fn both_versions_yield_the_identity_and_one_alone_by_default() {
    let zone = Zone::new("zone");
    let both = zone.builder().allow_tls12().build().unwrap();
    for (version, expected) in
        [(TLS13, ProtocolVersion::TLSv1_3), (TLS12, ProtocolVersion::TLSv1_2)]
    {
        let server = try_with(&both, config(&zone, Some(&zone.client(7)), version)).unwrap();
        assert_eq!(server.protocol_version(), Some(expected));
        let identity = both.established(&server).unwrap().identity().unwrap();
        assert_eq!(identity.common_name(), Some("client 7"));
    }
    let refused = try_with(&zone.origin(), config(&zone, Some(&zone.client(7)), TLS12));
    assert_eq!(VerifyError::of_rustls(&refused.unwrap_err()), VerifyError::Handshake);
}

#[test]
fn a_certificate_without_its_key_is_refused_in_both_versions_even_when_observing() {
    let zone = Zone::new("zone");
    for version in [TLS13, TLS12] {
        for builder in [zone.builder(), zone.builder().observe()] {
            let origin = builder.allow_tls12().build().unwrap();
            let (stolen, own) = (zone.client(7), zone.client(8));
            let mut config = config(&zone, Some(&own), version);
            config.client_auth_cert_resolver = Arc::new(Thief::new(&stolen, &own));
            let error = try_with(&origin, config).unwrap_err();
            assert_eq!(VerifyError::of_rustls(&error), VerifyError::BadSignature);
        }
    }
}

#[test]
fn the_peer_is_not_told_why() {
    let (zone, other) = (Zone::new("zone"), Zone::new("other"));
    let origin = zone.origin();
    let for_servers = zone.client_with(2, |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    });
    for client in [other.client(1), for_servers] {
        let mut server = ServerConnection::new(origin.server_config()).unwrap();
        let mut client = connect(config(&zone, Some(&client), TLS13));
        shake(&mut client, &mut server).unwrap_err();
        let mut alert = Vec::new();
        server.write_tls(&mut alert).unwrap();
        client.read_tls(&mut &alert[..]).unwrap();
        let told = client.process_new_packets().unwrap_err();
        assert_eq!(told, Error::AlertReceived(AlertDescription::CertificateUnknown));
    }
}

#[test]
fn an_unfinished_handshake_yields_no_connection() {
    let zone = Zone::new("zone");
    for builder in [zone.builder(), zone.builder().observe()] {
        let origin = builder.build().unwrap();
        let server = ServerConnection::new(origin.server_config()).unwrap();
        assert_eq!(origin.established(&server).unwrap_err(), VerifyError::Handshake);
    }
}

#[test]
fn a_reload_between_a_handshake_and_its_connection_counts() {
    let zone = Zone::new("zone");
    let (origin, outcomes) = Outcomes::of(zone.builder());
    let server = try_with(&origin, config(&zone, Some(&zone.client(7)), TLS13)).unwrap();
    origin.established(&server).unwrap();
    let revoked = zone.policy().crls(zone.crl(1, &[7])).build().unwrap();
    origin.reload(revoked, &zone.server()).unwrap();
    assert_eq!(origin.established(&server).unwrap_err(), VerifyError::Revoked);
    assert_eq!(outcomes.take(), ["accepted", "revoked"]);
}

#[test]
fn the_names_of_authorities_are_not_sent() {
    #[derive(Debug, Default)]
    struct Hints(Mutex<Option<usize>>);
    impl ResolvesClientCert for Hints {
        fn resolve(&self, hints: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
            *self.0.lock().unwrap() = Some(hints.len());
            None
        }

        fn has_certs(&self) -> bool {
            true
        }
    }

    let zone = Zone::new("zone");
    let hints = Arc::new(Hints::default());
    let mut config = config(&zone, None, TLS13);
    config.client_auth_cert_resolver = Arc::clone(&hints) as _;
    let error = try_with(&zone.origin(), config).unwrap_err();
    assert_eq!(VerifyError::of_rustls(&error), VerifyError::NoCertificate);
    assert_eq!(*hints.0.lock().unwrap(), Some(0));
}

#[test]
fn a_forged_chain_of_six_is_refused_before_a_path_is_built() {
    let zone = Zone::new("zone");
    let mut forged = zone.client(7);
    for _ in 0..6 {
        // Of the authority's name, and of any key.
        let impostor = Zone::new("zone");
        forged.chain.push(impostor.ca.clone());
    }
    let error = try_with(&zone.origin(), config(&zone, Some(&forged), TLS13)).unwrap_err();
    assert_eq!(VerifyError::of_rustls(&error), VerifyError::ChainTooLong);
    // The near miss: as many as may be, none of which is of the path.
    forged.chain.truncate(3);
    assert!(try_with(&zone.origin(), config(&zone, Some(&forged), TLS13)).is_ok());
}

#[test]
fn the_verifier_can_be_used_in_a_configuration_of_one_s_own() {
    let (zone, other) = (Zone::new("zone"), Zone::new("other"));
    let verifier = EdgeVerifier::new(zone.policy().build().unwrap(), &provider());
    assert!(verifier.client_auth_mandatory());
    assert!(verifier.offer_client_auth());
    let (certificate, key) = zone.server_pem("localhost");
    let own = rustls::ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(
            rustls_pki_types::pem::PemObject::pem_slice_iter(certificate.as_bytes())
                .collect::<Result<_, _>>()
                .unwrap(),
            rustls_pki_types::pem::PemObject::from_pem_slice(key.as_bytes()).unwrap(),
        );
    let own = Arc::new(own.unwrap());
    for (client, is_accepted) in [(zone.client(1), true), (other.client(1), false)] {
        let mut server = ServerConnection::new(Arc::clone(&own)).unwrap();
        let mut client = connect(config(&zone, Some(&client), TLS13));
        assert_eq!(shake(&mut client, &mut server).is_ok(), is_accepted);
    }
}
