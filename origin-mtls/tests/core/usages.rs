//! Key usage and extended key usage, of clients and of authorities.

use origin_mtls::{ConfigError, VerifyError};

use crate::der::{element, sequence};
use crate::pki::{
    ANY_PURPOSE, BASIC_CONSTRAINTS, CLIENT_AUTH, CODE_SIGNING, EMAIL_PROTECTION,
    EXTENDED_KEY_USAGE, INHIBIT_ANY_POLICY, KEY_USAGE, NAME_CONSTRAINTS, OCSP_SIGNING,
    POLICY_CONSTRAINTS, POLICY_MAPPINGS, ROOT, SERVER_AUTH, TIME_STAMPING, basic_constraints, eku,
    extension, intermediate, key_usage, leaf, leaf_of_intermediate, root,
};
use crate::{both_of_chain, default_of, no_anchor, strict_of, trusting, verify};

#[test]
fn a_client_s_key_signs() {
    for usage in [&[0][..], &[0, 2], &[0, 1, 2, 3, 4, 7, 8]] {
        assert_eq!(default_of(&leaf().with(key_usage(usage))), None, "{usage:?}");
        assert_eq!(strict_of(&leaf().with(key_usage(usage))), None, "{usage:?}");
    }
    for usage in [&[][..], &[1], &[2], &[3], &[4], &[7], &[8], &[1, 2, 3, 4, 7, 8]] {
        let refused = Some(VerifyError::KeyUsage);
        assert_eq!(default_of(&leaf().with(key_usage(usage))), refused, "{usage:?}");
        assert_eq!(strict_of(&leaf().with(key_usage(usage))), refused, "{usage:?}");
    }
}

#[test]
fn a_client_s_key_signs_no_certificates_and_no_lists() {
    for usage in [&[0, 5][..], &[0, 6], &[0, 5, 6], &[5]] {
        let refused = Some(VerifyError::KeyUsage);
        assert_eq!(default_of(&leaf().with(key_usage(usage))), refused, "{usage:?}");
        assert_eq!(strict_of(&leaf().with(key_usage(usage))), refused, "{usage:?}");
    }
}

#[test]
fn only_the_strict_profile_asks_for_a_key_usage() {
    let leaf = leaf().without(KEY_USAGE);
    assert_eq!(default_of(&leaf), None);
    assert_eq!(strict_of(&leaf), Some(VerifyError::KeyUsage));
}

#[test]
fn only_the_strict_profile_asks_for_a_purpose() {
    let leaf = leaf().without(EXTENDED_KEY_USAGE);
    assert_eq!(default_of(&leaf), None);
    assert_eq!(strict_of(&leaf), Some(VerifyError::ExtendedKeyUsage));
}

#[test]
fn the_purpose_is_client_authentication_and_under_the_strict_profile_nothing_else() {
    let refused = Some(VerifyError::ExtendedKeyUsage);
    let others = [
        SERVER_AUTH,
        CODE_SIGNING,
        EMAIL_PROTECTION,
        TIME_STAMPING,
        OCSP_SIGNING,
        ANY_PURPOSE,
        // Of somebody's own.
        "1.3.6.1.4.1.99999.7",
        // Next to clientAuth.
        "1.3.6.1.5.5.7.3.17",
        "1.3.6.1.5.5.7.3.2.1",
    ];
    for other in others {
        let alone = leaf().with(eku(&[other]));
        assert_eq!(default_of(&alone), refused, "{other}");
        assert_eq!(strict_of(&alone), refused, "{other}");
        for both in [[CLIENT_AUTH, other], [other, CLIENT_AUTH]] {
            assert_eq!(default_of(&leaf().with(eku(&both))), None, "{other}");
            assert_eq!(strict_of(&leaf().with(eku(&both))), refused, "{other}");
        }
    }
    for profile in [default_of, strict_of] {
        assert_eq!(profile(&leaf().with(eku(&[CLIENT_AUTH]).critical())), None);
    }
}

#[test]
fn an_empty_purpose_is_none() {
    let empty = leaf().with(eku(&[]));
    for profile in [default_of, strict_of] {
        let refusal = profile(&empty).unwrap();
        assert!(
            matches!(refusal, VerifyError::ExtendedKeyUsage | VerifyError::BadEncoding),
            "{refusal:?}"
        );
    }
}

#[test]
fn what_only_an_authority_s_certificate_has_is_on_no_client_s() {
    let permitted = sequence(&[element(0x82, "plue.dev")]);
    let id = element(0x06, [0x2a, 0x03, 0x04]);
    let constraints = [
        extension(NAME_CONSTRAINTS, sequence(&[element(0xa0, permitted)])),
        extension(POLICY_CONSTRAINTS, sequence(&[element(0x80, [0])])),
        extension(POLICY_MAPPINGS, sequence(&[sequence(&[id.clone(), id])])),
        extension(INHIBIT_ANY_POLICY, element(0x02, [0])),
    ];
    for constraint in constraints {
        let refused = Some(VerifyError::LeafExtension);
        let leaf = leaf().with(constraint);
        assert_eq!(default_of(&leaf), refused);
        assert_eq!(strict_of(&leaf), refused);
    }
}

#[test]
fn an_authority_s_certificate_is_no_client_s() {
    let refused = Some(VerifyError::CaAsLeaf);
    for constraints in [basic_constraints(true, None), basic_constraints(true, Some(0))] {
        let leaf = leaf().with(constraints);
        assert_eq!(default_of(&leaf), refused);
        assert_eq!(strict_of(&leaf), refused);
    }
    // The root itself, shown by a client who found it.
    assert_eq!(default_of(&root()), refused);
    assert_eq!(default_of(&leaf().without(BASIC_CONSTRAINTS)), None);
}

#[test]
fn an_intermediate_authority_signs_certificates() {
    let under = |usage: &[usize]| {
        both_of_chain(&leaf_of_intermediate(), &intermediate().with(key_usage(usage)))
    };
    for usage in [&[5][..], &[5, 6], &[0, 5]] {
        assert_eq!(under(usage), [None, None], "{usage:?}");
    }
    for usage in [&[0][..], &[6], &[0, 1, 2, 3, 4, 6, 7, 8], &[]] {
        assert_eq!(under(usage), [Some(VerifyError::IssuerNotCa); 2], "{usage:?}");
    }
}

#[test]
fn an_intermediate_certificate_is_an_authority_s() {
    let under = |intermediate| both_of_chain(&leaf_of_intermediate(), &intermediate);
    for intermediate in [
        intermediate().with(basic_constraints(false, None)),
        intermediate().without(BASIC_CONSTRAINTS),
    ] {
        assert_eq!(under(intermediate), [Some(VerifyError::IssuerNotCa); 2]);
    }
}

#[test]
fn an_intermediate_authority_restricted_to_other_purposes_issues_no_client_certificates() {
    let under = |purposes: &[&str]| {
        both_of_chain(&leaf_of_intermediate(), &intermediate().with(eku(purposes)))
    };
    assert_eq!(under(&[CLIENT_AUTH]), [None, None]);
    assert_eq!(under(&[SERVER_AUTH, CLIENT_AUTH]), [None, None]);
    assert_eq!(under(&[SERVER_AUTH]), [Some(VerifyError::ExtendedKeyUsage); 2]);
}

#[test]
fn an_anchor_is_an_authority_that_signs_certificates_of_clients() {
    let refusal = |root: crate::pki::Cert| no_anchor(root.signed_by(&ROOT));
    for root in [
        root().without(KEY_USAGE),
        root().with(key_usage(&[5])),
        root().with(eku(&[CLIENT_AUTH])),
        root().with(eku(&[SERVER_AUTH, CLIENT_AUTH])),
    ] {
        let policy = trusting(&root).build().unwrap();
        verify(&policy, &[leaf().signed_by(&ROOT)]).unwrap();
    }
    for root in [
        root().without(BASIC_CONSTRAINTS),
        root().with(basic_constraints(false, None)),
        root().with(key_usage(&[6])),
        root().with(key_usage(&[])),
        leaf(),
    ] {
        assert_eq!(refusal(root), Some(ConfigError::AnchorNotCa));
    }
    for purposes in [&[SERVER_AUTH][..], &[CODE_SIGNING, EMAIL_PROTECTION], &[ANY_PURPOSE]] {
        let refused = Some(ConfigError::AnchorUnsupported);
        assert_eq!(refusal(root().with(eku(purposes))), refused, "{purposes:?}");
    }
}
