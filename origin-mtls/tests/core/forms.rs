//! What a certificate is: one of version 3, and nothing behind it or twice in it.

use origin_mtls::{ConfigError, VerifyError};
use rustls_pki_types::CertificateDer;
use x509_parser::asn1_rs::{Any, FromDer as _};

use crate::der::{element, octets, sequence, set};
use crate::pki::{
    AUTHORITY_INFO_ACCESS, BASIC_CONSTRAINTS, COMMON_NAME, Cert, DNS, EXTENDED_KEY_USAGE,
    INTERMEDIATE, KEY_USAGE, ORGANIZATION, ROOT, SUBJECT_ALTERNATIVE_NAME, UTF8, attribute,
    extension, intermediate, leaf, leaf_of_intermediate, root, san,
};
use crate::{both_of_chain, default_of, no_anchor, profiles, strict_of, trusting_root, verify};

fn of_bytes(leaf: Vec<u8>) -> Option<VerifyError> {
    let leaf = [CertificateDer::from(leaf)];
    let [default, strict] = profiles(&trusting_root()).map(|policy| verify(&policy, &leaf).err());
    assert_eq!(default, strict);
    default
}

const BAD: Option<VerifyError> = Some(VerifyError::BadEncoding);

#[test]
fn a_certificate_of_another_version_than_3_is_told_from_others() {
    let unsupported = Some(VerifyError::UnsupportedVersion);
    for version in [None, Some(1)] {
        // With extensions, and without, as `openssl x509 -req` before 3.2 makes it.
        let mut leaf = leaf().version(version);
        assert_eq!(of_bytes(leaf.signed_by(&ROOT).to_vec()), unsupported);
        leaf.extensions.clear();
        assert_eq!(of_bytes(leaf.signed_by(&ROOT).to_vec()), unsupported);
    }
    for version in [Some(0), Some(3), Some(4), Some(0x7f)] {
        let refusal = of_bytes(leaf().version(version).signed_by(&ROOT).to_vec());
        assert!(matches!(refusal, Some(VerifyError::UnsupportedVersion) | BAD), "{refusal:?}");
    }
    assert!(VerifyError::UnsupportedVersion.hint().contains("-extfile"));
}

#[test]
fn an_intermediate_certificate_of_version_1_issues_nothing() {
    let mut intermediate = intermediate().version(None);
    intermediate.extensions.clear();
    let refused = Some(VerifyError::UnsupportedVersion);
    assert_eq!(both_of_chain(&leaf_of_intermediate(), &intermediate), [refused; 2]);
}

#[test]
fn version_3_without_extensions_is_accepted_by_the_default_profile_alone() {
    let mut bare = leaf();
    bare.extensions.clear();
    assert_eq!(default_of(&bare), None);
    assert_eq!(strict_of(&bare), Some(VerifyError::ExtendedKeyUsage));
}

#[test]
fn nothing_stands_behind_a_certificate_and_no_byte_of_it_is_missing() {
    let leaf = leaf().signed_by(&ROOT).to_vec();
    assert_eq!(of_bytes(leaf.clone()), None);
    for behind in [&[0][..], &[0x30, 0], &leaf] {
        assert_eq!(of_bytes([&leaf, behind].concat()), BAD);
    }
    for length in 0..leaf.len() {
        assert_eq!(of_bytes(leaf[..length].to_vec()), BAD, "{length}");
    }
}

#[test]
fn an_intermediate_certificate_is_whole_as_well() {
    let leaf = leaf_of_intermediate().signed_by(&INTERMEDIATE);
    let whole = intermediate().signed_by(&ROOT).to_vec();
    let trailing = [&whole[..], &[0]].concat();
    for bytes in [trailing, whole[..whole.len() - 1].to_vec(), b"none".to_vec(), Vec::new()] {
        let chain = [leaf.clone(), bytes.into()];
        for policy in profiles(&trusting_root()) {
            assert!(verify(&policy, &chain).is_err());
        }
    }
}

#[test]
fn no_extension_is_there_twice() {
    let unknown = extension("1.3.6.1.4.1.99999.1", octets("x"));
    let once = leaf().and(unknown.clone()).with(san(&[(DNS, b"plue.dev")]));
    assert_eq!(of_bytes(once.signed_by(&ROOT).to_vec()), None);
    let ids = [KEY_USAGE, EXTENDED_KEY_USAGE, BASIC_CONSTRAINTS, SUBJECT_ALTERNATIVE_NAME];
    for id in ids.into_iter().chain([unknown.id]) {
        let same = once.extensions.iter().find(|of| of.id == id).unwrap().clone();
        let twice = once.clone().and(same);
        assert_eq!(of_bytes(twice.signed_by(&ROOT).to_vec()), BAD, "{id}");
    }
    // The first and the last of them, with others between.
    let mut apart: Cert = once;
    apart.extensions.insert(0, unknown);
    assert_eq!(of_bytes(apart.signed_by(&ROOT).to_vec()), BAD);
}

#[test]
fn nothing_stands_behind_what_a_key_or_a_name_is() {
    let behind = |der: Vec<u8>, more: Vec<u8>| {
        let (_, element) = Any::from_der(&der).unwrap();
        sequence(&[element.data.to_vec(), more])
    };
    let null = || element(0x05, []);
    let key = behind(leaf().spki, null());
    assert_eq!(of_bytes(leaf().spki(key).signed_by(&ROOT).to_vec()), BAD);

    let common_name = || attribute(COMMON_NAME, UTF8, b"Cloudflare Client");
    let names = [
        behind(leaf().subject, null()),
        behind(leaf().subject, common_name()),
        behind(leaf().subject, sequence(&[set(&[common_name()])])),
        sequence(&[set(&[common_name(), null()])]),
        sequence(&[set(&[common_name(), set(&[common_name()])])]),
        sequence(&[set(&[common_name(), octets("x")]), set(&[common_name()])]),
        sequence(&[set(&[null()])]),
        sequence(&[null()]),
    ];
    for name in names {
        assert_eq!(of_bytes(leaf().subject(name.clone()).signed_by(&ROOT).to_vec()), BAD);
        assert_eq!(of_bytes(leaf().issuer(name.clone()).signed_by(&ROOT).to_vec()), BAD);
        let anchor = root().subject(name.clone()).signed_by(&ROOT);
        assert_eq!(no_anchor(anchor), Some(ConfigError::AnchorMalformed));
        let anchor = root().issuer(name).signed_by(&ROOT);
        assert_eq!(no_anchor(anchor), Some(ConfigError::AnchorMalformed));
    }
    for good in [
        sequence(&[set(&[common_name()])]),
        sequence(&[set(&[common_name(), attribute(ORGANIZATION, UTF8, b"Plue")])]),
    ] {
        assert_eq!(of_bytes(leaf().subject(good).signed_by(&ROOT).to_vec()), None);
    }
}

#[test]
fn an_extension_has_its_own_form() {
    for id in [
        BASIC_CONSTRAINTS,
        KEY_USAGE,
        EXTENDED_KEY_USAGE,
        SUBJECT_ALTERNATIVE_NAME,
        AUTHORITY_INFO_ACCESS,
    ] {
        let odd = leaf().with(extension(id, b"\x05".to_vec()));
        assert_eq!(of_bytes(odd.signed_by(&ROOT).to_vec()), BAD, "{id}");
    }
}

#[test]
fn a_critical_extension_that_nobody_knows_is_refused_wherever_it_is() {
    let unknown = || extension("1.3.6.1.4.1.99999.1", octets("x"));
    let refused = Some(VerifyError::CriticalExtension);
    assert_eq!(default_of(&leaf().with(unknown())), None);
    assert_eq!(default_of(&leaf().with(unknown().critical())), refused);
    let under = |intermediate: Cert| both_of_chain(&leaf_of_intermediate(), &intermediate);
    assert_eq!(under(intermediate().with(unknown())), [None, None]);
    for refusal in under(intermediate().with(unknown().critical())) {
        assert!(refusal.is_some());
    }
}

#[test]
fn what_an_intermediate_certificate_has_twice_is_refused() {
    let twice = intermediate().and(extension("1.3.6.1.4.1.99999.1", octets("x")));
    let twice = twice.and(extension("1.3.6.1.4.1.99999.1", octets("y")));
    assert_eq!(both_of_chain(&leaf_of_intermediate(), &twice), [BAD, BAD]);
}
