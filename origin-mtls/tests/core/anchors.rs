//! Trust anchors: what is one, when, and where they are read from.

use origin_mtls::{ConfigError, OriginPullPolicy, SpkiPin, TrustAnchors, VerifyError};
use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256};

use crate::der::{element, octets, oid, sequence};
use crate::pki::{
    Cert, NAME_CONSTRAINTS, NOW, OTHER_ROOT, ROOT, aki, authority, extension, intermediate, key,
    leaf, leaf_of_intermediate, modulus, name, pem, root, rsa_spki, spki,
};
use crate::{algorithms, no_anchor, profiles, trusting, trusting_all, verify};

fn usual() -> String {
    pem("CERTIFICATE", &root().signed_by(&ROOT))
}

fn of_pem(pem: &str) -> Result<(), ConfigError> {
    let anchors = TrustAnchors::from_pem(pem).map(drop);
    let policy = OriginPullPolicy::from_pem(pem, algorithms()).map(drop);
    assert_eq!(anchors, policy);
    anchors
}

#[test]
fn an_anchor_holds_from_its_first_second_to_its_last() {
    for (not_before, not_after, expected) in [
        (NOW, NOW, None),
        (NOW - 1, NOW + 1, None),
        (NOW - 2, NOW - 1, Some(VerifyError::AnchorExpired)),
        (NOW + 1, NOW + 2, Some(VerifyError::AnchorNotYetValid)),
    ] {
        let policy = trusting(&root().valid(not_before, not_after));
        let chain = [leaf().signed_by(&ROOT)];
        let verdicts = profiles(&policy).map(|policy| verify(&policy, &chain).err());
        assert_eq!(verdicts, [expected; 2]);
    }
}

#[test]
fn an_anchor_that_has_expired_does_not_spoil_another() {
    let expired = root().subject(name("Old CA")).issuer(name("Old CA")).valid(0, NOW - 1);
    let expired = expired.key(&OTHER_ROOT).signed_by(&OTHER_ROOT);
    let good = root().signed_by(&ROOT);
    for anchors in [[expired.clone(), good.clone()], [good, expired]] {
        let policy = trusting_all(anchors).build().unwrap();
        verify(&policy, &[leaf().signed_by(&ROOT)]).unwrap();
        let of_old = leaf().issuer(name("Old CA")).signed_by(&OTHER_ROOT);
        assert_eq!(verify(&policy, &[of_old]).unwrap_err(), VerifyError::AnchorExpired);
    }
}

#[test]
fn the_same_name_and_key_with_new_dates_is_found_behind_the_old_one() {
    let old = root().valid(0, NOW - 1).signed_by(&ROOT);
    let new = root().serial(&[2]).signed_by(&ROOT);
    for anchors in [[old.clone(), new.clone()], [new, old]] {
        let policy = trusting_all(anchors).build().unwrap();
        verify(&policy, &[leaf().signed_by(&ROOT)]).unwrap();
    }
}

#[test]
fn while_authorities_rotate_both_are_trusted_and_afterwards_one() {
    let (old, new) = (root(), root().subject(name("Plue Origin Pull CA 2")));
    let new = new.issuer(name("Plue Origin Pull CA 2")).key(&OTHER_ROOT).with(aki(&OTHER_ROOT));
    let [old_ca, new_ca] = [old.signed_by(&ROOT), new.signed_by(&OTHER_ROOT)];
    let of_old = [leaf().signed_by(&ROOT)];
    let of_new = [leaf().issued_by(&new).with(aki(&OTHER_ROOT)).signed_by(&OTHER_ROOT)];
    for anchors in [[old_ca.clone(), new_ca.clone()], [new_ca.clone(), old_ca.clone()]] {
        for policy in profiles(&trusting_all(anchors)) {
            let [by_old, by_new] =
                [&of_old, &of_new].map(|chain| verify(&policy, chain).unwrap().anchor());
            assert_eq!(by_old, SpkiPin::of(&old_ca).unwrap());
            assert_eq!(by_new, SpkiPin::of(&new_ca).unwrap());
        }
    }
    for policy in profiles(&trusting_all([new_ca])) {
        assert_eq!(verify(&policy, &of_old).unwrap_err(), VerifyError::UnknownIssuer);
        verify(&policy, &of_new).unwrap();
    }
}

#[test]
fn authorities_of_one_name_can_rotate_too() {
    let new = root().key(&OTHER_ROOT).with(aki(&OTHER_ROOT));
    let [old_ca, new_ca] = [root().signed_by(&ROOT), new.signed_by(&OTHER_ROOT)];
    let of_old = [leaf().signed_by(&ROOT)];
    let of_new = [leaf().with(aki(&OTHER_ROOT)).signed_by(&OTHER_ROOT)];
    let of_neither = [leaf().signed_by(&key())];
    for anchors in [[old_ca.clone(), new_ca.clone()], [new_ca.clone(), old_ca]] {
        for policy in profiles(&trusting_all(anchors)) {
            verify(&policy, &of_old).unwrap();
            verify(&policy, &of_new).unwrap();
            assert_eq!(verify(&policy, &of_neither).unwrap_err(), VerifyError::BadSignature);
        }
    }
    for policy in profiles(&trusting_all([new_ca])) {
        assert_eq!(verify(&policy, &of_old).unwrap_err(), VerifyError::BadSignature);
        verify(&policy, &of_new).unwrap();
    }
}

#[test]
fn of_what_several_anchors_say_the_nearest_to_the_point_is_told() {
    let other = authority(name("Other CA"), &OTHER_ROOT).signed_by(&OTHER_ROOT);
    let same_name = root().key(&OTHER_ROOT).signed_by(&OTHER_ROOT);
    let usual = root().signed_by(&ROOT);
    let expired = [leaf().valid(0, NOW - 1).signed_by(&ROOT)];
    let unsuitable = [leaf().signed_by(&ROOT), intermediate().signed_by(&ROOT)];
    for anchors in [
        [usual.clone(), other.clone()],
        [other.clone(), usual.clone()],
        [usual.clone(), same_name.clone()],
        [same_name.clone(), usual],
    ] {
        let policy = trusting_all(anchors);
        assert_eq!(
            verify(&policy.clone().build().unwrap(), &expired).unwrap_err(),
            VerifyError::Expired
        );
        assert_eq!(verify(&policy.build().unwrap(), &unsuitable).err(), None);
    }
    let forged = [leaf().signed_by(&key())];
    for anchors in [[other.clone(), same_name.clone()], [same_name, other]] {
        let policy = trusting_all(anchors).build().unwrap();
        assert_eq!(verify(&policy, &forged).unwrap_err(), VerifyError::BadSignature);
    }
}

#[test]
fn of_two_that_tell_as_much_the_first_is_told() {
    let past = root().valid(0, NOW - 1).signed_by(&ROOT);
    let future = root().valid(NOW + 1, NOW + 2).signed_by(&ROOT);
    for (anchors, expected) in [
        ([past.clone(), future.clone()], VerifyError::AnchorExpired),
        ([future, past], VerifyError::AnchorNotYetValid),
    ] {
        let policy = trusting_all(anchors).build().unwrap();
        assert_eq!(verify(&policy, &[leaf().signed_by(&ROOT)]).unwrap_err(), expected);
    }
}

#[test]
fn there_are_1_to_16_anchors_and_one_twice_counts_once() {
    let all: Vec<_> = (1..18).map(|serial| root().serial(&[serial]).signed_by(&ROOT)).collect();
    let anchors = |count| TrustAnchors::from_der(all[..count].to_vec()).map(drop);
    assert_eq!(anchors(0), Err(ConfigError::NoAnchor));
    assert_eq!(anchors(1), Ok(()));
    assert_eq!(anchors(16), Ok(()));
    assert_eq!(anchors(17), Err(ConfigError::TooMany));
    let same = TrustAnchors::from_der(vec![all[0].clone(); 40]).unwrap();
    assert_eq!(format!("{same:?}").matches("sha256/").count(), 1);
    let twice = [&all[..16], &all[..16]].concat();
    assert_eq!(TrustAnchors::from_der(twice).map(drop), Ok(()));
}

#[test]
fn pem_holds_certificates() {
    let other = pem("CERTIFICATE", &intermediate().signed_by(&ROOT));
    assert_eq!(of_pem(&usual()), Ok(()));
    assert_eq!(of_pem(&format!("{}{other}", usual())), Ok(()));
    assert_eq!(of_pem(&format!("subject=CN = Plue\n\n{}\n{other}\n", usual())), Ok(()));
    assert_eq!(of_pem(&usual().replace('\n', "\r\n")), Ok(()));
    assert_eq!(of_pem(&format!("{}{}", usual(), pem("PUBLIC KEY", b"x"))), Ok(()));
    assert_eq!(TrustAnchors::from_pem(usual().as_bytes()).map(drop), Ok(()));
}

#[test]
fn pem_without_a_certificate_is_no_anchor_and_never_trust_in_all() {
    for empty in ["", "\n", "certificates go here", &pem("PUBLIC KEY", b"x")] {
        assert_eq!(of_pem(empty), Err(ConfigError::NoAnchor));
    }
    let trusted = pem("TRUSTED CERTIFICATE", &root().signed_by(&ROOT));
    assert_eq!(of_pem(&trusted), Err(ConfigError::NoAnchor));
}

#[test]
fn malformed_pem_is_refused_even_beside_a_good_certificate() {
    for malformed in [
        usual().replace("END", "EMD"),
        usual().replacen("\nM", "\n*", 1),
        usual().lines().take(3).collect::<Vec<_>>().join("\n"),
    ] {
        assert_eq!(of_pem(&malformed), Err(ConfigError::Pem));
        assert_eq!(of_pem(&format!("{}{malformed}", usual())), Err(ConfigError::Pem));
    }
    assert_eq!(of_pem(&pem("CERTIFICATE", b"no certificate")), Err(ConfigError::AnchorMalformed));
}

#[test]
fn a_private_key_beside_the_certificates_is_refused_wherever_it_stands() {
    for kind in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
    ] {
        let key = pem(kind, b"s3cr3t");
        for file in [
            key.clone(),
            format!("{}{key}", usual()),
            format!("{key}{}", usual()),
            format!("{}{key}{}", usual(), usual()),
            format!("{}{key}-----BEGIN", usual()),
        ] {
            assert_eq!(of_pem(&file), Err(ConfigError::PrivateKey), "{kind}");
        }
    }
    let real = ROOT.serialize_pem();
    assert_eq!(of_pem(&format!("{}{real}", usual())), Err(ConfigError::PrivateKey));
}

#[test]
fn what_is_not_one_certificate_of_version_3_is_no_anchor() {
    let good = root().signed_by(&ROOT);
    let malformed = Some(ConfigError::AnchorMalformed);
    assert_eq!(no_anchor([&good[..], &[0]].concat().into()), malformed);
    assert_eq!(no_anchor(good[..good.len() - 1].to_vec().into()), malformed);
    assert_eq!(no_anchor(Vec::new().into()), malformed);
    let twice = root().and(root().extensions[0].clone());
    assert_eq!(no_anchor(twice.signed_by(&ROOT)), malformed);
    // Of version 1, and so without CA:TRUE, as `openssl x509 -req` writes them.
    let mut version_1 = root().version(None);
    version_1.extensions.clear();
    assert_eq!(no_anchor(version_1.signed_by(&ROOT)), Some(ConfigError::AnchorNotCa));
}

#[test]
fn a_critical_extension_of_an_anchor_is_known_or_the_anchor_refused() {
    let names = sequence(&[element(0xa0, sequence(&[element(0x82, "plue.dev")]))]);
    for known in [
        extension(NAME_CONSTRAINTS, names).critical(),
        extension("1.3.6.1.4.1.99999.1", octets([])),
    ] {
        assert_eq!(no_anchor(root().with(known).signed_by(&ROOT)), None);
    }
    let policies = sequence(&[sequence(&[oid("2.5.29.32.0")])]);
    for unknown in [
        extension("1.3.6.1.4.1.99999.1", octets([])).critical(),
        extension("2.5.29.32", policies).critical(),
    ] {
        let refused = Some(ConfigError::AnchorUnsupported);
        assert_eq!(no_anchor(root().with(unknown).signed_by(&ROOT)), refused);
    }
}

#[test]
fn an_anchor_s_key_is_of_a_supported_kind_and_strength() {
    let of_spki = |spki: Vec<u8>| no_anchor(root().spki(spki).signed_by(&ROOT));
    let refused = Some(ConfigError::AnchorUnsupported);
    for bits in [2048, 3072, 4096, 8192] {
        assert_eq!(of_spki(rsa_spki(&modulus(bits), &[1, 0, 1])), None, "{bits}");
    }
    for bits in [1024, 2040, 2047, 8193] {
        assert_eq!(of_spki(rsa_spki(&modulus(bits), &[1, 0, 1])), refused, "{bits}");
    }
    let ec = |curve| spki(&[oid("1.2.840.10045.2.1"), oid(curve)], &[4; 65]);
    assert_eq!(of_spki(ec("1.2.840.10045.3.1.7")), None);
    assert_eq!(of_spki(ec("1.3.132.0.33")), refused);
    assert_eq!(of_spki(spki(&[oid("1.3.101.113")], &[4; 57])), refused);
}

#[test]
fn an_anchor_with_a_weak_form_of_rsa_is_not_strict() {
    for (bits, exponent) in [(2048, &[3][..]), (2049, &[1, 0, 1]), (2055, &[1, 0, 1])] {
        let anchor = root().spki(rsa_spki(&modulus(bits), exponent)).signed_by(&ROOT);
        let policy = trusting_all([anchor]);
        assert_eq!(policy.clone().build().err(), None);
        assert_eq!(policy.strict().build().err(), Some(ConfigError::AnchorNotStrict));
    }
}

#[test]
fn authorities_of_every_supported_kind_of_key_issue_certificates() {
    for algorithm in [&PKCS_RSA_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let root = root().key(&key).with(aki(&key));
        let leaf = leaf().with(aki(&key));
        for policy in profiles(&trusting_all([root.signed_by(&key)])) {
            verify(&policy, &[leaf.signed_by(&key)]).unwrap();
            let forged = leaf.signed_by(&KeyPair::generate_for(algorithm).unwrap());
            assert_eq!(verify(&policy, &[forged]).unwrap_err(), VerifyError::BadSignature);
        }
    }
}

#[test]
fn an_intermediate_authority_can_be_the_anchor() {
    let anchor: Cert = intermediate();
    for policy in profiles(&trusting_all([anchor.signed_by(&ROOT)])) {
        let identity =
            verify(&policy, &[leaf_of_intermediate().signed_by(&crate::pki::INTERMEDIATE)])
                .unwrap();
        assert_eq!(identity.anchor(), SpkiPin::of(&anchor.signed_by(&ROOT)).unwrap());
        let of_root = [leaf().signed_by(&ROOT)];
        assert_eq!(verify(&policy, &of_root).unwrap_err(), VerifyError::UnknownIssuer);
    }
}
