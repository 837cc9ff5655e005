//! What is no configuration is refused, and says how to mend it.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use origin_mtls::{
    ConfigError, EdgeConnection, EdgeIdentity, HostPattern, OriginMtls, OriginMtlsBuilder,
    OriginPullPolicy, OriginStatus, ServerCertificate, SpkiPin,
};
use rustls::crypto::CryptoProvider;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use crate::provider;
use crate::zone::Zone;

#[test]
fn bounds_are_held_at_their_edges() {
    let zone = Zone::new("zone");
    let is_fine = |change: fn(OriginMtlsBuilder) -> OriginMtlsBuilder| {
        let built = change(zone.builder()).build();
        assert!(matches!(built, Ok(_) | Err(ConfigError::Limits)));
        built.is_ok()
    };
    assert!(is_fine(|builder| builder.deadline(Duration::from_secs(1))));
    assert!(!is_fine(|builder| builder.deadline(Duration::from_millis(999))));
    assert!(is_fine(|builder| builder.deadline(Duration::from_secs(60))));
    assert!(!is_fine(|builder| builder.deadline(Duration::from_millis(60_001))));
    assert!(is_fine(|builder| builder.max_pending(1).max_pending_per_peer(1)));
    assert!(!is_fine(|builder| builder.max_pending_per_peer(0)));
    assert!(!is_fine(|builder| builder.max_pending(1).max_pending_per_peer(2)));
    assert!(is_fine(|builder| builder.max_pending(256)));
    assert!(!is_fine(|builder| builder.max_pending(255)), "the default of one peer is 256");
}

#[test]
fn a_server_s_certificate_needs_its_own_key() {
    let zone = Zone::new("zone");
    let (certificate, key) = zone.server_pem("localhost");
    let (other_certificate, other_key) = zone.server_pem("localhost");
    let read = |certificate: &str, key: &str| {
        ServerCertificate::from_pem(certificate, key, provider()).map(drop)
    };
    assert_eq!(read(&certificate, &key), Ok(()));
    let both = format!("{certificate}{key}");
    assert_eq!(read(&both, &both), Ok(()), "both in one file");
    assert_eq!(read(&certificate, &other_key), Err(ConfigError::KeyMismatch));
    assert_eq!(read(&other_certificate, &key), Err(ConfigError::KeyMismatch));
    assert_eq!(read("", &key), Err(ConfigError::ServerCertificate));
    assert_eq!(read(&key, &key), Err(ConfigError::ServerCertificate));
    assert_eq!(read(&certificate, ""), Err(ConfigError::ServerKey));
    assert_eq!(read(&certificate, &certificate), Err(ConfigError::ServerKey));
    let cut = &certificate[..certificate.len() - 10];
    assert_eq!(read(cut, &key), Err(ConfigError::ServerCertificate));
    assert_eq!(read(&certificate, &key[..key.len() - 10]), Err(ConfigError::ServerKey));
}

#[test]
fn a_certificate_can_be_chosen_by_name() {
    let zone = Zone::new("zone");
    let resolver = rustls::server::ResolvesServerCertUsingSni::new();
    let certificate = ServerCertificate::resolved_by(Arc::new(resolver), provider());
    let origin = OriginMtls::builder(zone.policy().build().unwrap(), certificate).build().unwrap();
    assert_eq!(origin.status().server_not_after, None);
    assert!(zone.origin().status().server_not_after.is_some());
}

#[test]
fn a_provider_that_can_do_nothing_is_refused() {
    let zone = Zone::new("zone");
    let mut provider = CryptoProvider::clone(&provider());
    provider.kx_groups.clear();
    let (certificate, key) = zone.server_pem("localhost");
    let certificate = ServerCertificate::from_pem(certificate, key, Arc::new(provider)).unwrap();
    let built = OriginMtls::builder(zone.policy().build().unwrap(), certificate).build();
    assert_eq!(built.unwrap_err(), ConfigError::Provider);
}

#[test]
fn a_pin_is_read_from_a_configuration_file() {
    let read = |text: &'static str| {
        let text: StrDeserializer<'_, Error> = text.into_deserializer();
        SpkiPin::deserialize(text)
    };
    let pin = "sha256/4u+f6FrDn1Itx3NQXzmYdap1rBDEl2bKiZ+PmbB9o0w=";
    assert_eq!(read(pin).unwrap(), SpkiPin::from_str(pin).unwrap());
    assert_eq!(read(pin).unwrap().to_string(), pin);
    let error = read("sha256/4u").unwrap_err().to_string();
    assert_eq!(error, ConfigError::Pin.to_string());
}

#[test]
fn handles_can_be_shared_among_threads_and_nothing_shows_a_key() {
    fn shared<T: Clone + Send + Sync + std::fmt::Debug + 'static>() {}
    shared::<OriginMtls>();
    shared::<OriginPullPolicy>();
    shared::<EdgeIdentity>();
    shared::<EdgeConnection>();
    shared::<ServerCertificate>();
    shared::<OriginStatus>();
    shared::<HostPattern>();
    let zone = Zone::new("zone");
    let (certificate, key) = zone.server_pem("localhost");
    let certificate = ServerCertificate::from_pem(certificate, &key, provider()).unwrap();
    let origin = OriginMtls::builder(zone.policy().build().unwrap(), certificate.clone());
    for shown in [
        format!("{certificate:?}"),
        format!("{origin:?}"),
        format!("{:?}", origin.build().unwrap()),
        format!("{:?}", origin_mtls::testing::EphemeralCa::new()),
        format!("{:?}", origin_mtls::testing::EphemeralCa::new().client()),
    ] {
        assert!(!shown.contains("PRIVATE") && !shown.contains(&key[40..60]), "{shown}");
        assert!(shown.len() < 1000, "{shown}");
    }
}
