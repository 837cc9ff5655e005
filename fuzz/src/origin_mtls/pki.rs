//! An authority of our own, of which the private keys are gone: its certificates, its revocation lists,
//! and its time. They are seeds, too.

use std::time::{Duration, SystemTime};

use origin_mtls::TrustAnchors;
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};

/// 2027-06-01.
pub const NOW: u64 = 1_811_808_000;

pub fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Until 2036; of the same name and another key; until 2027-07-01 and without the right to sign lists;
/// and from 2028 on.
pub const ANCHORS: [&[u8]; 4] = [
    include_bytes!("../../seeds/origin_mtls_certificate/root"),
    include_bytes!("../../seeds/origin_mtls_certificate/root_of_the_same_name"),
    include_bytes!("../../seeds/origin_mtls_certificate/root_rsa_no_crls"),
    include_bytes!("../../seeds/origin_mtls_certificate/root_of_the_future"),
];

pub fn anchors() -> TrustAnchors {
    TrustAnchors::from_der(ANCHORS.map(CertificateDer::from)).unwrap()
}

pub type Algorithms = &'static [&'static dyn SignatureVerificationAlgorithm];

/// Those of a provider. Nothing that was altered is behind them.
pub fn real() -> Algorithms {
    rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.all
}

/// Under these every signature holds, so that what stands behind them sees what was altered.
pub const ANY: Algorithms = &[
    &Any(alg_id::ECDSA_P256, alg_id::ECDSA_SHA256),
    &Any(alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA256),
    &Any(alg_id::ED25519, alg_id::ED25519),
];

#[derive(Debug)]
struct Any(AlgorithmIdentifier, AlgorithmIdentifier);

impl SignatureVerificationAlgorithm for Any {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.1
    }

    fn verify_signature(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), InvalidSignature> {
        Ok(())
    }
}
