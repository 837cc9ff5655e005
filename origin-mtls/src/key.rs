use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_NIST_EC_P521,
    OID_PKCS1_RSAENCRYPTION, OID_SIG_ED25519,
};
use x509_parser::public_key::{PublicKey, RSAPublicKey};
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::VerifyError;

/// What a key must be: webpki asks nothing of a leaf's, and the provider of cryptography accepts RSA of
/// less than 2048 bits in a handshake.
pub(crate) fn check_key(
    key: &SubjectPublicKeyInfo<'_>,
    min_rsa_bits: usize,
    is_strict: bool,
) -> Result<(), VerifyError> {
    let algorithm = &key.algorithm.algorithm;
    if *algorithm == OID_PKCS1_RSAENCRYPTION {
        return match key.parsed() {
            Ok(PublicKey::RSA(key)) => check_rsa(&key, min_rsa_bits, is_strict),
            _ => Err(VerifyError::BadEncoding),
        };
    }
    if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY {
        let curve = key.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
        let curves = [OID_EC_P256, OID_NIST_EC_P384, OID_NIST_EC_P521];
        return curve.filter(|curve| curves.contains(curve)).map(drop).ok_or(VerifyError::KeyType);
    }
    if *algorithm == OID_SIG_ED25519 { Ok(()) } else { Err(VerifyError::KeyType) }
}

fn check_rsa(key: &RSAPublicKey<'_>, min_bits: usize, is_strict: bool) -> Result<(), VerifyError> {
    let bits = bits(key.modulus);
    let is_of_size = (min_bits..=MAX_RSA_BITS).contains(&bits);
    // A modulus whose bits do not fill its bytes, or a small exponent, is none that a current tool
    // makes (CA/Browser Forum Baseline Requirements §6.1.6).
    let is_usual = bits.is_multiple_of(8) && key.try_exponent().is_ok_and(|e| e >= 65537);
    if is_of_size && (is_usual || !is_strict) { Ok(()) } else { Err(VerifyError::WeakKey) }
}

/// How many bits a big-endian number has without its leading zeros.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let significant = number.get(zeros..).unwrap_or_default();
    let unused = significant.first().map_or(0, |first| first.leading_zeros());
    let unused = usize::try_from(unused).unwrap_or_default();
    significant.len().saturating_mul(8).saturating_sub(unused)
}

pub(crate) const MIN_RSA_BITS: usize = 2048;
/// The largest that the providers of cryptography verify with.
pub(crate) const MAX_RSA_BITS: usize = 8192;
