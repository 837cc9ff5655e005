//! Keys of clients: kinds, sizes and forms.

use origin_mtls::VerifyError;

use crate::der::{element, integer, oid, sequence, unsigned};
use crate::pki::{ROOT, leaf, modulus, rsa_spki, spki};
use crate::{default_of, profiles, strict_of, trusting_root, verify};

const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
const F4: &[u8] = &[1, 0, 1];

/// What the default profile and the strict one say of a client's key.
fn of_key(spki: Vec<u8>) -> [Option<VerifyError>; 2] {
    let leaf = leaf().spki(spki);
    [default_of(&leaf), strict_of(&leaf)]
}

const GOOD: [Option<VerifyError>; 2] = [None; 2];
const WEAK: [Option<VerifyError>; 2] = [Some(VerifyError::WeakKey); 2];
const NOT_STRICT: [Option<VerifyError>; 2] = [None, Some(VerifyError::WeakKey)];
const KIND: [Option<VerifyError>; 2] = [Some(VerifyError::KeyType); 2];

#[test]
fn rsa_keys_have_2048_to_8192_bits() {
    for bits in [2048, 2056, 3072, 4096, 8192] {
        assert_eq!(of_key(rsa_spki(&modulus(bits), F4)), GOOD, "{bits}");
    }
    for bits in [512, 1024, 2040, 2047, 8193, 8200, 16384] {
        assert_eq!(of_key(rsa_spki(&modulus(bits), F4)), WEAK, "{bits}");
    }
}

#[test]
fn under_the_strict_profile_an_rsa_key_fills_its_bytes_and_its_exponent_is_not_small() {
    for bits in [2049, 2050, 2055, 3071, 4095] {
        assert_eq!(of_key(rsa_spki(&modulus(bits), F4)), NOT_STRICT, "{bits}");
    }
    for exponent in [&[1][..], &[3], &[17], &[0xff, 0xff]] {
        assert_eq!(of_key(rsa_spki(&modulus(2048), exponent)), NOT_STRICT, "{exponent:?}");
    }
    for exponent in [F4, &[1, 0, 3], &[0xff, 0xff, 0xff]] {
        assert_eq!(of_key(rsa_spki(&modulus(2048), exponent)), GOOD, "{exponent:?}");
    }
    // Too large an exponent to be counted is none that a current tool makes.
    assert_eq!(of_key(rsa_spki(&modulus(2048), &[1; 9])), NOT_STRICT);
}

#[test]
fn how_many_bits_are_asked_for_can_be_raised() {
    for (least, bits, expected) in [
        (2048, 2048, None),
        (3072, 3072, None),
        (3072, 3071, Some(VerifyError::WeakKey)),
        (3072, 2048, Some(VerifyError::WeakKey)),
        (8192, 8192, None),
        (8192, 8184, Some(VerifyError::WeakKey)),
    ] {
        let leaf = leaf().spki(rsa_spki(&modulus(bits), F4)).signed_by(&ROOT);
        let policy = trusting_root().min_rsa_bits(least).build().unwrap();
        assert_eq!(verify(&policy, &[leaf]).err(), expected, "{least} {bits}");
    }
    // Of other kinds there is no such number.
    for policy in profiles(&trusting_root().min_rsa_bits(8192)) {
        verify(&policy, &[leaf().signed_by(&ROOT)]).unwrap();
    }
}

#[test]
fn leading_zeros_add_no_bits() {
    let zeros = [&[0; 128], &modulus(1024)[..]].concat();
    let key = sequence(&[integer(&zeros), unsigned(F4)]);
    let [default, strict] = of_key(spki(&[oid(RSA), element(0x05, [])], &key));
    for refusal in [default, strict] {
        assert!(
            matches!(refusal, Some(VerifyError::WeakKey | VerifyError::BadEncoding)),
            "{refusal:?}"
        );
    }
    let nothing = sequence(&[integer([0]), unsigned(F4)]);
    assert_eq!(of_key(spki(&[oid(RSA), element(0x05, [])], &nothing)), WEAK);
}

#[test]
fn an_rsa_key_that_is_none_is_malformed() {
    let malformed = [Some(VerifyError::BadEncoding); 2];
    for key in [&[][..], b"key", &sequence(&[]), &sequence(&[integer([1])])] {
        assert_eq!(of_key(spki(&[oid(RSA), element(0x05, [])], key)), malformed);
    }
}

#[test]
fn elliptic_curves_are_those_of_nist_that_tls_has() {
    for (curve, length) in
        [("1.2.840.10045.3.1.7", 65), ("1.3.132.0.34", 97), ("1.3.132.0.35", 133)]
    {
        assert_eq!(of_key(spki(&[oid(EC), oid(curve)], &vec![4; length])), GOOD, "{curve}");
    }
    for curve in [
        // P-192, P-224, secp256k1, brainpoolP256r1, and what is next to P-256.
        "1.2.840.10045.3.1.1",
        "1.3.132.0.33",
        "1.3.132.0.10",
        "1.3.36.3.3.2.8.1.1.7",
        "1.2.840.10045.3.1",
        "1.2.840.10045.3.1.7.1",
    ] {
        assert_eq!(of_key(spki(&[oid(EC), oid(curve)], &[4; 65])), KIND, "{curve}");
    }
    // Without a curve, with a null for one, and with parameters instead of a name.
    assert_eq!(of_key(spki(&[oid(EC)], &[4; 65])), KIND);
    assert_eq!(of_key(spki(&[oid(EC), element(0x05, [])], &[4; 65])), KIND);
    assert_eq!(of_key(spki(&[oid(EC), sequence(&[integer([1])])], &[4; 65])), KIND);
}

#[test]
fn ed25519_is_supported_and_other_kinds_are_not() {
    assert_eq!(of_key(spki(&[oid("1.3.101.112")], &[4; 32])), GOOD);
    for kind in [
        // X25519, Ed448, DSA, RSASSA-PSS, ML-DSA-44, one that nobody has.
        "1.3.101.110",
        "1.3.101.113",
        "1.2.840.10040.4.1",
        "1.2.840.113549.1.1.10",
        "2.16.840.1.101.3.4.3.17",
        "1.2.3.4",
    ] {
        assert_eq!(of_key(spki(&[oid(kind)], &[4; 32])), KIND, "{kind}");
    }
}
