//! What a server receives in a handshake. The first byte says from whom: from anybody, who sends what
//! follows; or from a client without a certificate, with one of another authority, with the good one and
//! another key, or with the good one, of whose bytes what follows alters some. The last one alone becomes
//! a connection, and it is that client's. Where it is only observed no proof is made of another.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use origin_mtls::testing::{ClientCertificate, EphemeralCa};
use origin_mtls::{OriginMtls, OriginPullPolicy, SpkiPin, VerifyError};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    let is_observing = choice & 0x80 != 0;
    let origin = &EDGE.origins[usize::from(is_observing)];
    let who = usize::from(choice & 0x7f) % 5;
    let mut server = ServerConnection::new(origin.server_config()).unwrap();
    let (edits, _) = rest.as_chunks();
    match who.checked_sub(1) {
        None => drop(receive(&mut server, rest)),
        Some(client) => shake_hands(&mut server, &EDGE.clients[client], edits),
    }

    assert!(server.early_data().is_none());
    let is_done = !server.is_handshaking();
    let connection = origin.established(&server);
    assert_eq!(connection.is_ok(), is_done);
    let identity = connection.and_then(|connection| connection.identity());
    match who {
        GOOD if is_done => {
            let identity = identity.expect("the client");
            assert_eq!((identity.pin(), identity.anchor()), EDGE.pins);
        }
        // Altered on the way.
        GOOD => assert!(edits.iter().any(|[_, _, how, bits]| how & 1 != 0 || *bits != 0)),
        NO_CERTIFICATE | STRANGER if is_observing => assert!(identity.is_err()),
        _ => {
            assert!(!is_done, "with another key, or none");
            assert_eq!(identity.err(), Some(VerifyError::Handshake));
        }
    }
});

/// To and fro, until nobody has anything to say or somebody has had enough.
fn shake_hands(server: &mut ServerConnection, config: &Arc<ClientConfig>, edits: &[[u8; 4]]) {
    let mut client =
        ClientConnection::new(config.clone(), "localhost".try_into().unwrap()).unwrap();
    let mut sent = 0;
    loop {
        let mut flight = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut flight).unwrap();
        }
        let length = flight.len();
        alter(&mut flight, sent, edits);
        sent += length;
        if flight.is_empty() || !receive(server, &flight) {
            return;
        }
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).unwrap();
        }
        let mut answer = &answer[..];
        while !answer.is_empty() {
            let read = client.read_tls(&mut answer);
            if read.is_err() || client.process_new_packets().is_err() {
                return;
            }
        }
        assert_eq!(client.tls13_tickets_received(), 0, "a session to resume");
    }
}

/// Flips bits of the byte at a place of all that the client sends, or puts one before it.
fn alter(flight: &mut Vec<u8>, sent: usize, edits: &[[u8; 4]]) {
    for [high, low, how, bits] in edits {
        let place = usize::from(u16::from_be_bytes([*high, *low]));
        match place.checked_sub(sent).filter(|place| *place < flight.len()) {
            Some(place) if how & 1 == 0 => flight[place] ^= bits,
            Some(place) => flight.insert(place, *bits),
            None => {}
        }
    }
}

fn receive(server: &mut ServerConnection, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        if server.read_tls(&mut bytes).is_err() || server.process_new_packets().is_err() {
            return false;
        }
    }
    true
}

const NO_CERTIFICATE: usize = 1;
const STRANGER: usize = 2;
const GOOD: usize = 4;

struct Edge {
    origins: [OriginMtls; 2],
    clients: [Arc<ClientConfig>; 4],
    /// Of the good client, and of its authority.
    pins: (SpkiPin, SpkiPin),
}

static EDGE: LazyLock<Edge> = LazyLock::new(|| {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let (ca, other) = (EphemeralCa::new(), EphemeralCa::new());
    let root = CertificateDer::from_pem_slice(ca.certificate_pem().as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let client = |shown: Option<(&ClientCertificate, &ClientCertificate)>| {
        let builder = ClientConfig::builder_with_provider(provider.clone());
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots.clone());
        let Some((certificate, key)) = shown else {
            return Arc::new(builder.with_no_client_auth());
        };
        let key = PrivateKeyDer::from_pem_slice(key.key_pem().as_bytes()).unwrap();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let key = CertifiedKey::new(certificate.chain().to_vec(), key);
        Arc::new(builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key))))
    };
    let (good, stranger) = (ca.client(), other.client());
    let clients =
        [None, Some((&stranger, &stranger)), Some((&good, &stranger)), Some((&good, &good))];

    let algorithms = provider.signature_verification_algorithms.all;
    let policy = OriginPullPolicy::builder(ca.trust_anchors(), algorithms).strict();
    let policy = policy.build().unwrap();
    let builder = || {
        let certificate = ca.server_certificate(&["localhost"], provider.clone());
        OriginMtls::builder(policy.clone(), certificate)
    };
    Edge {
        origins: [builder().build().unwrap(), builder().observe().build().unwrap()],
        clients: clients.map(client),
        pins: (SpkiPin::of(&good.chain()[0]).unwrap(), SpkiPin::of(&root).unwrap()),
    }
});
