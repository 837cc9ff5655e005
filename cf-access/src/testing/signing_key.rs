use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{CertificateParams, DnType, PKCS_RSA_SHA256};
use serde_json::{Value, json};

pub(super) struct SigningKey {
    pub(super) kid: String,
    pem: String,
    pair: KeyPair,
}

#[expect(clippy::expect_used, reason = "a test cannot go on without keys, and says so")]
impl SigningKey {
    pub(super) fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("randomness");
        let kid = hex(digest::digest(&digest::SHA256, pair.public_key().as_ref()).as_ref());

        let pkcs8 = pair.as_der().expect("a key that can be exported");
        let key =
            rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.as_ref().into(), &PKCS_RSA_SHA256)
                .expect("an RSA key");
        let mut certificate = CertificateParams::default();
        certificate.distinguished_name.push(DnType::CommonName, "cloudflareaccess.com");
        let pem = certificate.self_signed(&key).expect("a certificate of our own key").pem();
        Self { kid, pem, pair }
    }

    pub(super) fn sign(&self, header: &[u8], payload: &[u8]) -> String {
        let (header, payload) = (URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signed = format!("{header}.{payload}");
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("randomness");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub(super) fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "kid": self.kid,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        })
    }

    pub(super) fn cert(&self) -> Value {
        json!({ "kid": self.kid, "cert": self.pem })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
