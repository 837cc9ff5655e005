//! How much a client may show, and what it costs when it is too much.

use std::sync::atomic::{AtomicUsize, Ordering};

use origin_mtls::{ConfigError, OriginPullPolicy, SpkiPin, TrustAnchors, VerifyError};
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
};

use crate::der::octets;
use crate::pki::{
    Cert, INTERMEDIATE, ROOT, aki, extension, intermediate, key, leaf, leaf_of_intermediate, name,
    root,
};
use crate::{algorithms, profiles, trusting_root, verify};

#[test]
fn no_certificate_is_none() {
    for policy in profiles(&trusting_root()) {
        assert_eq!(verify(&policy, &[]).unwrap_err(), VerifyError::NoCertificate);
    }
}

#[test]
fn one_certificate_and_its_intermediate_are_enough() {
    let chain = [leaf_of_intermediate().signed_by(&INTERMEDIATE), intermediate().signed_by(&ROOT)];
    for policy in profiles(&trusting_root()) {
        verify(&policy, &[leaf().signed_by(&ROOT)]).unwrap();
        verify(&policy, &chain).unwrap();
        assert_eq!(verify(&policy, &chain[..1]).unwrap_err(), VerifyError::UnknownIssuer);
        assert_eq!(verify(&policy, &chain[1..]).unwrap_err(), VerifyError::CaAsLeaf);
    }
}

#[test]
fn by_default_two_intermediates_may_be_shown_and_under_the_strict_profile_one() {
    let stranger = Cert { serial: vec![7], ..root().subject(name("Somebody")) }.signed_by(&ROOT);
    let with = |intermediates: usize| {
        let mut chain = vec![leaf().signed_by(&ROOT)];
        chain.extend(vec![stranger.clone(); intermediates]);
        profiles(&trusting_root()).map(|policy| verify(&policy, &chain).err())
    };
    let too_long = Some(VerifyError::ChainTooLong);
    let unrelated = Some(VerifyError::UnrelatedCertificate);
    assert_eq!(with(0), [None, None]);
    assert_eq!(with(1), [None, unrelated]);
    assert_eq!(with(2), [None, too_long]);
    for count in [3, 4, 8, 99] {
        assert_eq!(with(count), [too_long, too_long]);
    }
}

#[test]
fn the_bound_of_intermediates_can_be_0_to_8() {
    for most in 0..=8 {
        let policy = trusting_root().max_intermediates(most).max_chain_bytes(64 << 10);
        let policy = policy.build().unwrap();
        for shown in [0, 1, 2, 3, 7, 8, 9, 100] {
            let mut chain = vec![leaf().signed_by(&ROOT)];
            let stranger = root().subject(name("Somebody")).issuer(name("Else"));
            chain.extend(vec![stranger.signed_by(&ROOT); shown]);
            let expected = (shown > most).then_some(VerifyError::ChainTooLong);
            assert_eq!(verify(&policy, &chain).err(), expected, "{shown} of {most}");
        }
    }
    let refused = Some(ConfigError::Limits);
    assert_eq!(trusting_root().max_intermediates(9).build().err(), refused);
    assert_eq!(trusting_root().max_intermediates(usize::MAX).build().err(), refused);
}

#[test]
fn what_is_set_for_intermediates_counts_under_the_strict_profile_too() {
    let second = intermediate().subject(name("Second CA")).issued_by(&intermediate());
    let second = second.with(aki(&INTERMEDIATE));
    let leaf = leaf_of_intermediate().issued_by(&second);
    let chain = [
        leaf.signed_by(&INTERMEDIATE),
        second.signed_by(&INTERMEDIATE),
        intermediate().signed_by(&ROOT),
    ];
    for policy in [trusting_root().max_intermediates(2).strict(), trusting_root()] {
        verify(&policy.build().unwrap(), &chain).unwrap();
    }
    for policy in [trusting_root().max_intermediates(1), trusting_root().strict()] {
        let refusal = verify(&policy.build().unwrap(), &chain).unwrap_err();
        assert_eq!(refusal, VerifyError::ChainTooLong);
    }
}

/// The usual leaf, of exactly so many bytes.
fn leaf_of(bytes: usize) -> CertificateDer<'static> {
    let of = |padding| {
        let extension = extension("1.3.6.1.4.1.99999.1", octets(vec![0; padding]));
        leaf().with(extension).signed_by(&ROOT)
    };
    let mut padding = 0;
    // The length of a signature differs from one to the next.
    for _ in 0..1000 {
        let leaf = of(padding);
        if leaf.len() == bytes {
            return leaf;
        }
        padding = (padding + bytes).saturating_sub(leaf.len());
    }
    panic!("no certificate of {bytes} bytes");
}

#[test]
fn a_chain_has_at_most_16_kib_by_default() {
    for policy in profiles(&trusting_root()) {
        verify(&policy, &[leaf_of(16 << 10)]).unwrap();
        let refusal = verify(&policy, &[leaf_of((16 << 10) + 1)]).unwrap_err();
        assert_eq!(refusal, VerifyError::ChainTooLarge);
    }
}

#[test]
fn all_certificates_of_the_chain_count() {
    let stranger = root().subject(name("Somebody")).signed_by(&ROOT);
    let [first, second] = [stranger.clone(), stranger];
    let rest = (16 << 10) - first.len() - second.len();
    let policy = trusting_root().build().unwrap();
    verify(&policy, &[leaf_of(rest), first.clone(), second.clone()]).unwrap();
    let refusal = verify(&policy, &[leaf_of(rest + 1), first, second]).unwrap_err();
    assert_eq!(refusal, VerifyError::ChainTooLarge);
}

#[test]
fn the_bound_of_bytes_can_be_1_to_64_kib() {
    for most in [1 << 10, 5000, 64 << 10] {
        let policy = trusting_root().max_chain_bytes(most).build().unwrap();
        verify(&policy, &[leaf_of(most)]).unwrap();
        let refusal = verify(&policy, &[leaf_of(most + 1)]).unwrap_err();
        assert_eq!(refusal, VerifyError::ChainTooLarge);
    }
    for bytes in [0, (1 << 10) - 1, (64 << 10) + 1, usize::MAX] {
        let refused = Some(ConfigError::Limits);
        assert_eq!(trusting_root().max_chain_bytes(bytes).build().err(), refused);
    }
}

#[test]
fn the_least_bits_of_an_rsa_key_can_be_2048_to_8192() {
    for bits in [2048, 3000, 8192] {
        assert_eq!(trusting_root().min_rsa_bits(bits).build().err(), None);
    }
    for bits in [0, 1024, 2047, 8193] {
        let refused = Some(ConfigError::Limits);
        assert_eq!(trusting_root().min_rsa_bits(bits).build().err(), refused);
    }
}

#[derive(Debug)]
struct Counting(&'static AtomicUsize);

/// The usual algorithm of the keys here, which counts how often it is used.
impl SignatureVerificationAlgorithm for Counting {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.0.fetch_add(1, Ordering::Relaxed);
        usual().verify_signature(key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        usual().public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        usual().signature_alg_id()
    }
}

fn usual() -> &'static dyn SignatureVerificationAlgorithm {
    let of_p256 = rustls_pki_types::alg_id::ECDSA_P256;
    let with_sha256 = rustls_pki_types::alg_id::ECDSA_SHA256;
    *algorithms()
        .iter()
        .find(|of| of.public_key_alg_id() == of_p256 && of.signature_alg_id() == with_sha256)
        .unwrap()
}

/// A policy, and how many signatures it has verified.
fn counted() -> (origin_mtls::OriginPullPolicyBuilder, &'static AtomicUsize) {
    let count: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
    let algorithm: &'static dyn SignatureVerificationAlgorithm =
        Box::leak(Box::new(Counting(count)));
    let algorithms = Box::leak(Box::new([algorithm]));
    let anchors = TrustAnchors::from_der([root().signed_by(&ROOT)]).unwrap();
    (OriginPullPolicy::builder(anchors, algorithms), count)
}

/// Certificates that anybody can make who knows the authority's name: each seems to have issued all.
fn forged(certificates: usize) -> Vec<CertificateDer<'static>> {
    let key = key();
    let ca = || root().key(&crate::pki::key());
    let mut chain = vec![leaf().signed_by(&key)];
    chain.extend((0..certificates).map(|_| ca().signed_by(&key)));
    chain
}

#[test]
fn a_forged_chain_of_six_certificates_of_one_name_costs_no_signature() {
    let (policy, count) = counted();
    for policy in profiles(&policy) {
        assert_eq!(verify(&policy, &forged(6)).unwrap_err(), VerifyError::ChainTooLong);
        assert_eq!(verify(&policy, &forged(3)).unwrap_err(), VerifyError::ChainTooLong);
    }
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[test]
fn neither_does_a_key_that_is_not_pinned() {
    let (policy, count) = counted();
    let pin = SpkiPin::of(&root().signed_by(&ROOT)).unwrap();
    let policy = policy.pin(pin).build().unwrap();
    assert_eq!(verify(&policy, &forged(2)).unwrap_err(), VerifyError::PinMismatch);
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[test]
fn a_forged_chain_that_is_short_enough_costs_a_few() {
    let (policy, count) = counted();
    let [default, strict] = profiles(&policy);
    assert_eq!(verify(&strict, &forged(1)).unwrap_err(), VerifyError::BadSignature);
    assert!((1..=2).contains(&count.load(Ordering::Relaxed)), "{count:?}");
    count.store(0, Ordering::Relaxed);
    assert_eq!(verify(&default, &forged(2)).unwrap_err(), VerifyError::BadSignature);
    assert!((1..=5).contains(&count.load(Ordering::Relaxed)), "{count:?}");
}

#[test]
fn the_most_that_can_be_allowed_is_bounded_as_well() {
    let (policy, count) = counted();
    let policy = policy.max_intermediates(8).build().unwrap();
    let refusal = verify(&policy, &forged(8)).unwrap_err();
    assert!(
        matches!(refusal, VerifyError::ChainTooLong | VerifyError::BadSignature),
        "{refusal:?}"
    );
    assert!(count.load(Ordering::Relaxed) <= 100, "{count:?}");
}

#[test]
fn a_good_certificate_costs_one_signature_and_one_more_with_a_list() {
    let (policy, count) = counted();
    let chain = [leaf().signed_by(&ROOT)];
    verify(&policy.clone().build().unwrap(), &chain).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1);
    let list = crate::lists::crl(&root(), &ROOT).signed_by(&ROOT);
    let policy = policy.crls(origin_mtls::Crls::from_der([list]).unwrap()).build().unwrap();
    count.store(0, Ordering::Relaxed);
    verify(&policy, &chain).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 2);
}
