//! The application's own TLS and JWTs, with the providers that the features of its dependencies pick.
//!
//! rustls and `jsonwebtoken` panic here if a second provider is compiled in: had one of the crates
//! switched one on, these tests would fail.
#![cfg(not(feature = "with-fetch"))]

use beside_ring::keys::forged;
use beside_ring::tls::{Localhost, handshake};
use cf_access::testing::Issuer;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use rustls::{ClientConfig, ServerConfig};
use serde::{Deserialize, Serialize};

#[tokio::test]
async fn tls_works_without_naming_a_provider() {
    let localhost = Localhost::new();
    let server = localhost.server(ServerConfig::builder());
    let client = localhost.client(ClientConfig::builder());
    assert_eq!(handshake(server, client).await.unwrap(), "ping");
}

#[tokio::test]
async fn tls_refuses_a_certificate_that_is_not_trusted() {
    let server = Localhost::new().server(ServerConfig::builder());
    let client = Localhost::new().client(ClientConfig::builder());
    handshake(server, client).await.unwrap_err();
}

#[test]
fn hs256_works_without_naming_a_backend() {
    let secret = b"0123456789abcdef0123456789abcdef";
    let (signing, verifying) = (EncodingKey::from_secret(secret), DecodingKey::from_secret(secret));
    assert_round_trip(Algorithm::HS256, &signing, &verifying);
}

#[test]
fn es256_works_without_naming_a_backend() {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let signing = EncodingKey::from_ec_der(&pair.serialize_der());
    let verifying = DecodingKey::from_ec_der(pair.public_key_raw());
    assert_round_trip(Algorithm::ES256, &signing, &verifying);
}

#[test]
fn rs256_works_without_naming_a_backend() {
    let issuer = Issuer::new();
    let token = issuer.user("alice@example.com").token();
    let keys: JwkSet = serde_json::from_str(&issuer.certs()).unwrap();
    let key = keys.find(&decode_header(&token).unwrap().kid.unwrap()).unwrap();
    let key = DecodingKey::from_jwk(key).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[issuer.audience().as_str()]);
    decode::<serde_json::Value>(&token, &key, &validation).unwrap();
    decode::<serde_json::Value>(forged(&token), &key, &validation).unwrap_err();
}

fn assert_round_trip(algorithm: Algorithm, signing: &EncodingKey, verifying: &DecodingKey) {
    let claims = Claims { sub: "alice".to_owned(), exp: YEAR_2100 };
    let token = encode(&Header::new(algorithm), &claims, signing).unwrap();
    let validation = Validation::new(algorithm);
    assert_eq!(decode::<Claims>(&token, verifying, &validation).unwrap().claims, claims);
    decode::<Claims>(forged(&token), verifying, &validation).unwrap_err();
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Claims {
    sub: String,
    exp: u64,
}

const YEAR_2100: u64 = 4_102_444_800;
