//! The strict profile's form, rule by rule: what the default profile lets pass is not what the
//! strict one does, and what is near to it is.

use origin_mtls::{ConfigError, VerifyError};

use crate::der::{element, integer, octets, sequence};
use crate::pki::{
    AUTHORITY_INFO_ACCESS, AUTHORITY_KEY_IDENTIFIER, BASIC_CONSTRAINTS, Cert, Extension,
    INHIBIT_ANY_POLICY, INTERMEDIATE, KEY_USAGE, LEAF, NAME_CONSTRAINTS, POLICY_CONSTRAINTS,
    POLICY_MAPPINGS, ROOT, SUBJECT_KEY_IDENTIFIER, aki, basic_constraints, extension, intermediate,
    key_id, key_usage, leaf, leaf_of_intermediate, name, root, ski,
};
use crate::{both_of_chain, default_of, profiles, strict_of, trusting, trusting_root, verify};

/// Why the anchor is not in the strict form. It serves by default either way.
fn form_of_anchor(anchor: &Cert) -> Option<ConfigError> {
    let policy = trusting(anchor);
    let chain = [leaf().issued_by(anchor).signed_by(&ROOT)];
    verify(&policy.clone().build().unwrap(), &chain).unwrap();
    match policy.strict().build() {
        Ok(policy) => verify(&policy, &chain).map(|_| None).unwrap(),
        Err(error) => Some(error),
    }
}

fn assert_anchor_is_strict(anchor: &Cert) {
    assert_eq!(form_of_anchor(anchor), None);
}

fn assert_anchor_is_not_strict(anchor: &Cert) {
    assert_eq!(form_of_anchor(anchor), Some(ConfigError::AnchorNotStrict));
}

fn assert_leaf_is_not_strict(leaf: &Cert) {
    assert_eq!(default_of(leaf), None);
    assert_eq!(strict_of(leaf), Some(VerifyError::NotStrict));
}

fn assert_leaf_is_strict(leaf: &Cert) {
    assert_eq!(default_of(leaf), None);
    assert_eq!(strict_of(leaf), None);
}

/// The usual leaf under another intermediate, which is named as this one is.
fn under(intermediate: &Cert) -> [Option<VerifyError>; 2] {
    let leaf = leaf_of_intermediate().issued_by(intermediate);
    both_of_chain(&leaf, intermediate)
}

const STRICT: [Option<VerifyError>; 2] = [None, None];
const NOT_STRICT: [Option<VerifyError>; 2] = [None, Some(VerifyError::NotStrict)];

#[test]
fn what_the_other_tests_change_is_accepted_by_both_profiles() {
    assert_leaf_is_strict(&leaf());
    assert_anchor_is_strict(&root());
    assert_eq!(under(&intermediate()), STRICT);
}

#[test]
fn a_serial_number_is_positive_and_of_at_most_20_bytes() {
    for good in [&[1][..], &[0x7f], &[0, 0x80], &[0x7f; 20], &[1; 20]] {
        assert_leaf_is_strict(&leaf().serial(good));
        assert_anchor_is_strict(&root().serial(good));
        assert_eq!(under(&intermediate().serial(good)), STRICT);
    }
    for bad in [&[0][..], &[0x80], &[0xff, 0x7f], &[0x7f; 21]] {
        assert_leaf_is_not_strict(&leaf().serial(bad));
        assert_anchor_is_not_strict(&root().serial(bad));
        assert_eq!(under(&intermediate().serial(bad)), NOT_STRICT);
    }
}

#[test]
fn an_authority_has_a_name_and_a_client_may_have_none() {
    let nameless = sequence(&[]);
    assert_leaf_is_strict(&leaf().subject(nameless.clone()));
    assert_eq!(under(&intermediate().subject(nameless.clone())), NOT_STRICT);
    assert_anchor_is_not_strict(&root().subject(nameless.clone()).issuer(nameless.clone()));
    // One of which either is empty, which a cross-signed one can be.
    assert_anchor_is_not_strict(&root().subject(nameless.clone()));
    assert_anchor_is_not_strict(&root().issuer(nameless));
}

#[test]
fn a_client_s_certificate_and_an_intermediate_one_name_their_issuer_s_key() {
    assert_leaf_is_not_strict(&leaf().without(AUTHORITY_KEY_IDENTIFIER));
    assert_eq!(under(&intermediate().without(AUTHORITY_KEY_IDENTIFIER)), NOT_STRICT);
    assert_anchor_is_strict(&root().without(AUTHORITY_KEY_IDENTIFIER));
}

#[test]
fn the_issuer_s_key_is_named_by_its_identifier_alone_and_not_critically() {
    let key_id = || element(0x80, key_id(&ROOT));
    let issuer = || element(0xa1, element(0xa4, name("Plue Origin Pull CA")));
    let serial = || element(0x82, [1]);
    let forms = [
        (sequence(&[key_id()]), true),
        (sequence(&[]), false),
        (sequence(&[issuer(), serial()]), false),
        (sequence(&[key_id(), issuer()]), false),
        (sequence(&[key_id(), serial()]), false),
        (sequence(&[key_id(), issuer(), serial()]), false),
    ];
    for (value, is_strict) in forms {
        let aki = extension(AUTHORITY_KEY_IDENTIFIER, value);
        let [of_leaf, of_anchor] = [leaf().with(aki.clone()), root().with(aki.clone())];
        let of_intermediate = intermediate().with(aki);
        if is_strict {
            assert_leaf_is_strict(&of_leaf);
            assert_anchor_is_strict(&of_anchor);
            assert_eq!(under(&of_intermediate), STRICT);
        } else {
            assert_leaf_is_not_strict(&of_leaf);
            assert_anchor_is_not_strict(&of_anchor);
            assert_eq!(under(&of_intermediate), NOT_STRICT);
        }
    }
}

#[test]
fn what_webpki_knows_may_not_be_critical_where_rfc_5280_forbids_it() {
    // webpki itself refuses critical key identifiers on what is no anchor.
    let refused = Some(VerifyError::CriticalExtension);
    for critical in [aki(&ROOT).critical(), ski(&LEAF).critical()] {
        assert_eq!(default_of(&leaf().with(critical.clone())), refused);
        assert_eq!(strict_of(&leaf().with(critical)), refused);
    }
    for critical in [aki(&ROOT).critical(), ski(&ROOT).critical()] {
        let anchor = root().with(critical).signed_by(&ROOT);
        assert_eq!(crate::no_anchor(anchor), Some(ConfigError::AnchorUnsupported));
    }
}

#[test]
fn an_authority_has_a_key_identifier_and_a_client_may_have_none() {
    assert_leaf_is_strict(&leaf().without(SUBJECT_KEY_IDENTIFIER));
    assert_eq!(under(&intermediate().without(SUBJECT_KEY_IDENTIFIER)), NOT_STRICT);
    assert_anchor_is_not_strict(&root().without(SUBJECT_KEY_IDENTIFIER));
}

#[test]
fn an_authority_says_critically_that_it_is_one() {
    let lenient = || basic_constraints(true, None).not_critical();
    assert_anchor_is_not_strict(&root().with(lenient()));
    assert_eq!(under(&intermediate().with(lenient())), NOT_STRICT);
    assert_anchor_is_strict(&root().with(basic_constraints(true, Some(0))));
    // On a client's certificate it need be neither critical nor there.
    assert_leaf_is_strict(&leaf().with(basic_constraints(false, None).not_critical()));
    assert_leaf_is_strict(&leaf().without(BASIC_CONSTRAINTS));
}

#[test]
fn an_intermediate_authority_has_a_key_usage_and_an_anchor_may_have_none() {
    assert_eq!(under(&intermediate().without(KEY_USAGE)), NOT_STRICT);
    assert_anchor_is_strict(&root().without(KEY_USAGE));
    assert_eq!(under(&intermediate().with(key_usage(&[5, 6]).not_critical())), STRICT);
}

#[test]
fn constraints_of_an_authority_are_critical() {
    // Names below plue.dev, of which the client's certificate has none.
    let permitted = sequence(&[element(0x82, "plue.dev")]);
    let names = extension(NAME_CONSTRAINTS, sequence(&[element(0xa0, permitted)]));
    let policies = extension(POLICY_CONSTRAINTS, sequence(&[element(0x80, [0])]));
    let any_policy = extension(INHIBIT_ANY_POLICY, integer([0]));
    for constraint in [names.clone(), policies, any_policy] {
        assert_anchor_is_not_strict(&root().with(constraint.clone()));
        assert_eq!(under(&intermediate().with(constraint)), NOT_STRICT);
    }
    assert_anchor_is_strict(&root().with(names.clone().critical()));
    assert_eq!(under(&intermediate().with(names.critical())), STRICT);
}

#[test]
fn constraints_of_names_name_something_and_no_host_with_a_dot_before_it() {
    let names = |content: &[Vec<u8>]| extension(NAME_CONSTRAINTS, sequence(content)).critical();
    let subtrees = |tag, host: &str| element(tag, sequence(&[element(0x82, host)]));
    let mail = element(0xa1, sequence(&[element(0x81, ".plue.dev")]));
    for good in [
        names(&[subtrees(0xa0, "plue.dev")]),
        names(&[subtrees(0xa1, "plue.dev")]),
        names(&[subtrees(0xa0, "plue.dev"), subtrees(0xa1, "x.plue.dev")]),
        // Of a mail address it is the way to say: any host of a domain.
        names(&[mail]),
    ] {
        assert_anchor_is_strict(&root().with(good.clone()));
        assert_eq!(under(&intermediate().with(good)), STRICT);
    }
    for bad in [
        names(&[subtrees(0xa0, ".plue.dev")]),
        names(&[subtrees(0xa1, ".plue.dev")]),
        names(&[subtrees(0xa0, "plue.dev"), subtrees(0xa1, ".plue.dev")]),
        names(&[element(0xa0, []), element(0xa1, [])]),
        names(&[element(0xa0, []), subtrees(0xa1, "plue.dev")]),
        names(&[]),
    ] {
        assert_anchor_is_not_strict(&root().with(bad.clone()));
        assert_eq!(under(&intermediate().with(bad)), NOT_STRICT);
    }
}

#[test]
fn a_self_signed_authority_names_its_own_key_as_its_issuer_s() {
    assert_anchor_is_strict(&root().with(aki(&ROOT)));
    assert_anchor_is_not_strict(&root().with(aki(&INTERMEDIATE)));
    assert_anchor_is_not_strict(&root().with(ski(&INTERMEDIATE)));
    // One that another has signed names that one's key.
    assert_anchor_is_strict(&root().issuer(name("Other CA")).with(aki(&INTERMEDIATE)));
}

#[test]
fn policy_mappings_may_be_critical_or_not() {
    let id = element(0x06, [0x2a, 0x03, 0x04]);
    let pair = sequence(&[id.clone(), id]);
    let mappings = extension(POLICY_MAPPINGS, sequence(&[pair]));
    assert_anchor_is_strict(&root().with(mappings.clone()));
    assert_eq!(under(&intermediate().with(mappings)), STRICT);
}

#[test]
fn where_more_is_to_be_found_is_not_critical() {
    let location = element(0x86, "http://plue.dev/ca.crt");
    let access = sequence(&[element(0x06, [0x2b, 6, 1, 5, 5, 7, 0x30, 2]), location]);
    let access = sequence(&[access]);
    let access = || extension(AUTHORITY_INFO_ACCESS, access.clone());
    assert_leaf_is_strict(&leaf().with(access()));
    assert_anchor_is_strict(&root().with(access()));
    assert_eq!(under(&intermediate().with(access())), STRICT);
    // What is critical and not known does not pass the default profile either.
    assert_eq!(default_of(&leaf().with(access().critical())), Some(VerifyError::CriticalExtension));
    let anchor = root().with(access().critical()).signed_by(&ROOT);
    assert_eq!(crate::no_anchor(anchor), Some(ConfigError::AnchorUnsupported));
}

#[test]
fn a_certificate_that_is_not_of_the_path_is_refused_and_so_is_the_root() {
    let stranger = intermediate().subject(name("Somebody")).signed_by(&ROOT);
    let root = root().signed_by(&ROOT);
    let policy = trusting_root().max_intermediates(2);
    for extra in [stranger, root] {
        let of_root = [leaf().signed_by(&ROOT), extra.clone()];
        let of_intermediate = [
            leaf_of_intermediate().signed_by(&INTERMEDIATE),
            intermediate().signed_by(&ROOT),
            extra,
        ];
        for chain in [&of_root[..], &of_intermediate] {
            let verdicts = profiles(&policy).map(|policy| verify(&policy, chain).err());
            assert_eq!(verdicts, [None, Some(VerifyError::UnrelatedCertificate)]);
        }
    }
}

#[test]
fn the_same_certificate_twice_is_one_too_many() {
    let chain = [
        leaf_of_intermediate().signed_by(&INTERMEDIATE),
        intermediate().signed_by(&ROOT),
        intermediate().signed_by(&ROOT),
    ];
    let verdicts =
        profiles(&trusting_root().max_intermediates(2)).map(|policy| verify(&policy, &chain).err());
    assert_eq!(verdicts, [None, Some(VerifyError::UnrelatedCertificate)]);
}

#[test]
fn one_anchor_that_lacks_the_form_is_enough_to_refuse_the_policy() {
    let good = root().signed_by(&ROOT);
    let bad = root().without(SUBJECT_KEY_IDENTIFIER).serial(&[9]).signed_by(&ROOT);
    for anchors in [[good.clone(), bad.clone()], [bad, good]] {
        let policy = crate::trusting_all(anchors).strict();
        assert_eq!(policy.build().err(), Some(ConfigError::AnchorNotStrict));
    }
}

#[test]
fn an_extension_that_is_not_known_and_not_critical_is_nobody_s_business() {
    let unknown = Extension { id: "1.3.6.1.4.1.99999.1", critical: false, value: octets("x") };
    assert_leaf_is_strict(&leaf().with(unknown.clone()));
    assert_anchor_is_strict(&root().with(unknown.clone()));
    assert_eq!(under(&intermediate().with(unknown)), STRICT);
}
