//! No session goes on past the verifier: rustls would not ask it.

use std::sync::Arc;

use origin_mtls::{OriginMtls, VerifyError};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, ServerConnection};

use crate::client::{TLS12, TLS13, config};
use crate::handshake::shake;
use crate::zone::{Zone, trusting};

/// A handshake of a client that keeps its sessions, and a byte each way, in which tickets would come.
fn connect(origin: &OriginMtls, client: &Arc<ClientConfig>) -> Result<HandshakeKind, VerifyError> {
    let mut client = ClientConnection::new(Arc::clone(client), "localhost".try_into().unwrap());
    let client = client.as_mut().unwrap();
    let mut server = ServerConnection::new(origin.server_config()).unwrap();
    shake(client, &mut server).map_err(|error| VerifyError::of_rustls(&error))?;
    assert_eq!(client.tls13_tickets_received(), 0);
    origin.established(&server)?;
    Ok(client.handshake_kind().unwrap())
}

#[test]
fn a_second_handshake_is_a_full_one_in_both_versions() {
    for version in [TLS13, TLS12] {
        let zone = Zone::new("zone");
        let origin = zone.builder().allow_tls12().build().unwrap();
        let client = Arc::new(config(&zone, Some(&zone.client(7)), version));
        for _ in 0..3 {
            assert_eq!(connect(&origin, &client), Ok(HandshakeKind::Full));
        }
    }
}

#[test]
fn a_session_of_before_a_reload_is_worth_nothing() {
    for version in [TLS13, TLS12] {
        let (zone, other) = (Zone::new("zone"), Zone::new("other"));
        let client = zone.client(7);
        for (policy, refusal) in [
            (trusting(&[&other]), VerifyError::UnknownIssuer),
            (zone.policy().crls(zone.crl(1, &[7])), VerifyError::Revoked),
            (zone.policy().pin(other.client(1).pin()), VerifyError::PinMismatch),
        ] {
            let origin = zone.builder().allow_tls12().build().unwrap();
            let client = Arc::new(config(&zone, Some(&client), version));
            assert_eq!(connect(&origin, &client), Ok(HandshakeKind::Full));
            origin.reload(policy.build().unwrap(), &zone.server()).unwrap();
            assert_eq!(connect(&origin, &client), Err(refusal));
        }
    }
}

#[test]
fn the_configuration_keeps_no_sessions_and_reads_nothing_early() {
    let zone = Zone::new("zone");
    let origin = zone.builder().allow_tls12().build().unwrap();
    for _ in 0..2 {
        let config = origin.server_config();
        assert!(!config.session_storage.can_cache());
        assert!(!config.ticketer.enabled());
        assert_eq!(config.send_tls13_tickets, 0);
        assert_eq!(config.max_early_data_size, 0);
        assert!(!config.send_half_rtt_data);
        assert!(config.require_ems);
        assert!(config.cert_decompressors.is_empty());
        origin.reload(zone.policy().build().unwrap(), &zone.server()).unwrap();
    }
}
