//! Paths from a client to an anchor: whose signature, how long, and for which names.

use origin_mtls::VerifyError;
use rcgen::KeyPair;

use crate::der::{element, sequence};
use crate::pki::{
    Cert, DAY, DNS, INTERMEDIATE, NAME_CONSTRAINTS, NOW, OTHER_ROOT, ROOT, aki, basic_constraints,
    extension, intermediate, key, leaf, leaf_of_intermediate, name, root, san,
};
use crate::{both_of_chain, default_of, profiles, trusting, trusting_root, verify};

#[test]
fn a_certificate_of_another_authority_is_not_of_yours() {
    let stranger = leaf().issuer(name("Somebody"));
    for policy in profiles(&trusting_root()) {
        let verdict = |leaf: &Cert, key: &KeyPair| verify(&policy, &[leaf.signed_by(key)]).err();
        assert_eq!(verdict(&leaf(), &ROOT), None);
        assert_eq!(verdict(&stranger, &ROOT), Some(VerifyError::UnknownIssuer));
        assert_eq!(verdict(&stranger, &OTHER_ROOT), Some(VerifyError::UnknownIssuer));
        assert_eq!(verdict(&leaf(), &OTHER_ROOT), Some(VerifyError::BadSignature));
    }
}

#[test]
fn a_self_signed_certificate_is_nobody_s() {
    let own = key();
    let itself = leaf().key(&own).issuer(leaf().subject);
    for policy in profiles(&trusting_root()) {
        let refusal = verify(&policy, &[itself.signed_by(&own)]).unwrap_err();
        assert_eq!(refusal, VerifyError::UnknownIssuer);
    }
    assert_eq!(default_of(&itself), Some(VerifyError::UnknownIssuer));
}

#[test]
fn each_signature_of_the_path_counts() {
    let [leaf, intermediate] = [leaf_of_intermediate(), intermediate()];
    let chains = [
        ([leaf.signed_by(&INTERMEDIATE), intermediate.signed_by(&ROOT)], None),
        ([leaf.signed_by(&OTHER_ROOT), intermediate.signed_by(&ROOT)], Some(())),
        ([leaf.signed_by(&INTERMEDIATE), intermediate.signed_by(&OTHER_ROOT)], Some(())),
        ([leaf.signed_by(&ROOT), intermediate.signed_by(&ROOT)], Some(())),
    ];
    for (chain, refused) in chains {
        for policy in profiles(&trusting_root()) {
            let refusal = verify(&policy, &chain).err();
            let expected = refused.map(|()| VerifyError::BadSignature);
            assert_eq!(refusal, expected);
        }
    }
}

#[test]
fn intermediates_may_come_in_any_order_and_the_client_s_is_the_first() {
    let second = intermediate().subject(name("Second CA")).issued_by(&intermediate());
    let second = second.key(&OTHER_ROOT).with(aki(&INTERMEDIATE));
    let leaf = leaf().issued_by(&second).with(aki(&OTHER_ROOT)).signed_by(&OTHER_ROOT);
    let (first, second) = (intermediate().signed_by(&ROOT), second.signed_by(&INTERMEDIATE));
    for policy in profiles(&trusting_root().max_intermediates(2)) {
        verify(&policy, &[leaf.clone(), second.clone(), first.clone()]).unwrap();
        verify(&policy, &[leaf.clone(), first.clone(), second.clone()]).unwrap();
        let refusal = verify(&policy, &[second.clone(), leaf.clone(), first.clone()]).unwrap_err();
        assert_eq!(refusal, VerifyError::CaAsLeaf);
        let refusal = verify(&policy, &[leaf.clone(), second.clone()]).unwrap_err();
        assert_eq!(refusal, VerifyError::UnknownIssuer);
    }
}

#[test]
fn a_path_is_no_longer_than_its_authorities_allow() {
    let second = |length| {
        let second = intermediate().subject(name("Second CA")).issued_by(&intermediate());
        second.key(&OTHER_ROOT).with(aki(&INTERMEDIATE)).with(basic_constraints(true, length))
    };
    let verdicts = |length: Option<u8>, of_second: Option<u8>| {
        let first = intermediate().with(basic_constraints(true, length));
        let second = second(of_second);
        let leaf = leaf().issued_by(&second).with(aki(&OTHER_ROOT));
        let chain =
            [leaf.signed_by(&OTHER_ROOT), second.signed_by(&INTERMEDIATE), first.signed_by(&ROOT)];
        profiles(&trusting_root().max_intermediates(2)).map(|policy| verify(&policy, &chain).err())
    };
    assert_eq!(verdicts(None, None), [None, None]);
    assert_eq!(verdicts(Some(1), Some(0)), [None, None]);
    assert_eq!(verdicts(Some(2), Some(1)), [None, None]);
    assert_eq!(verdicts(Some(0), None), [Some(VerifyError::PathLength); 2]);
    assert_eq!(verdicts(Some(0), Some(0)), [Some(VerifyError::PathLength); 2]);
}

#[test]
fn every_certificate_of_the_path_is_valid_at_the_time() {
    for (not_before, not_after, expected) in [
        (NOW, NOW, None),
        (NOW - 2 * DAY, NOW - 1, Some(VerifyError::Expired)),
        (NOW + 1, NOW + DAY, Some(VerifyError::NotYetValid)),
    ] {
        let intermediate = intermediate().valid(not_before, not_after);
        let verdicts = both_of_chain(&leaf_of_intermediate(), &intermediate);
        assert_eq!(verdicts, [expected; 2]);
    }
}

#[test]
fn another_path_is_taken_when_the_first_one_leads_nowhere() {
    let expired = intermediate().valid(NOW - 2 * DAY, NOW - 1).signed_by(&ROOT);
    let no_authority = intermediate().with(crate::pki::key_usage(&[6])).signed_by(&ROOT);
    let good = intermediate().serial(&[5]).signed_by(&ROOT);
    let leaf = leaf_of_intermediate().signed_by(&INTERMEDIATE);
    let policy = trusting_root().build().unwrap();
    for bad in [expired, no_authority] {
        verify(&policy, &[leaf.clone(), bad.clone(), good.clone()]).unwrap();
        verify(&policy, &[leaf.clone(), good.clone(), bad]).unwrap();
    }
}

#[test]
fn names_are_those_that_the_authorities_may_certify() {
    let subtrees = |tag| {
        let hosts = sequence(&[element(0x82, "plue.dev")]);
        extension(NAME_CONSTRAINTS, sequence(&[element(tag, hosts)])).critical()
    };
    let (permitted, excluded) = (0xa0, 0xa1);
    let refused = Some(VerifyError::NameConstraints);
    for (tag, host, expected) in [
        (permitted, &b"plue.dev"[..], None),
        (permitted, b"edge.plue.dev", None),
        (permitted, b"plue.dev.attacker.dev", refused),
        (permitted, b"xplue.dev", refused),
        (excluded, b"verifluence.io", None),
        (excluded, b"plue.dev", refused),
        (excluded, b"edge.plue.dev", refused),
    ] {
        let leaf = leaf().with(san(&[(DNS, host)]));
        for policy in profiles(&trusting(&root().with(subtrees(tag)))) {
            assert_eq!(verify(&policy, &[leaf.signed_by(&ROOT)]).err(), expected);
        }
        let leaf = leaf_of_intermediate().with(san(&[(DNS, host)]));
        let verdicts = both_of_chain(&leaf, &intermediate().with(subtrees(tag)));
        assert_eq!(verdicts, [expected; 2]);
    }
}
