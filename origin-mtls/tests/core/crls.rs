//! Revocation lists: which one counts, when, and of whom.

use origin_mtls::{Crls, OriginPullPolicyBuilder, VerifyError};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};

use crate::der::{element, sequence};
use crate::lists::{Crl, ISSUING_DISTRIBUTION_POINT, crl};
use crate::pki::{
    Cert, DAY, INTERMEDIATE, NOW, OTHER_ROOT, ROOT, aki, extension, intermediate, key_usage, leaf,
    leaf_of_intermediate, name, root,
};
use crate::{at, profiles, trusting_all, trusting_root, verify};

pub(crate) type Der = CertificateRevocationListDer<'static>;

const GOOD: [Option<VerifyError>; 2] = [None, None];

pub(crate) fn revoked_by(lists: impl IntoIterator<Item = Der>) -> Option<VerifyError> {
    verdict(trusting_root(), lists, &[leaf().signed_by(&ROOT)])
}

/// What both profiles say, which is the same.
pub(crate) fn verdict(
    policy: OriginPullPolicyBuilder,
    lists: impl IntoIterator<Item = Der>,
    chain: &[CertificateDer<'_>],
) -> Option<VerifyError> {
    let policy = policy.crls(Crls::from_der(lists).unwrap());
    let [default, strict] = profiles(&policy).map(|policy| verify(&policy, chain).err());
    assert_eq!(default, strict);
    default
}

pub(crate) fn empty() -> Der {
    crl(&root(), &ROOT).signed_by(&ROOT)
}

fn chain_of_intermediate() -> [CertificateDer<'static>; 2] {
    [leaf_of_intermediate().signed_by(&INTERMEDIATE), intermediate().signed_by(&ROOT)]
}

#[test]
fn refuses_the_serial_number_that_is_on_the_list_and_no_other() {
    let list = |serials: &[&[u8]]| {
        let list = serials.iter().fold(crl(&root(), &ROOT), |list, serial| list.revoking(serial));
        revoked_by([list.signed_by(&ROOT)])
    };
    let revoked = Some(VerifyError::Revoked);
    assert_eq!(list(&[&[0x11, 0x22, 0x33]]), revoked);
    assert_eq!(list(&[&[1], &[0x11, 0x22, 0x33], &[2]]), revoked);
    assert_eq!(list(&[]), None);
    assert_eq!(list(&[&[0x11, 0x22, 0x34], &[0x11, 0x22], &[0x11, 0x22, 0x33, 0x00]]), None);
}

#[test]
fn without_lists_nothing_is_revoked() {
    assert_eq!(
        profiles(&trusting_root())
            .map(|policy| { verify(&policy, &chain_of_intermediate()).err() }),
        GOOD
    );
}

#[test]
fn the_newest_of_an_authority_s_lists_counts_in_whatever_order_they_come() {
    let old = crl(&root(), &ROOT).number(&[6]).dates(NOW - 2 * DAY, NOW + DAY);
    let new = crl(&root(), &ROOT).number(&[7]);
    for (old_revokes, new_revokes, expected) in
        [(false, true, Some(VerifyError::Revoked)), (true, false, None)]
    {
        let revoking = |list: &Crl, revokes: bool| {
            let list = list.clone();
            if revokes { list.revoking(&[0x11, 0x22, 0x33]) } else { list }.signed_by(&ROOT)
        };
        let [old, new] = [revoking(&old, old_revokes), revoking(&new, new_revokes)];
        assert_eq!(revoked_by([old.clone(), new.clone()]), expected);
        assert_eq!(revoked_by([new, old]), expected);
    }
}

#[test]
fn newer_is_what_has_the_larger_number_however_long_it_is_and_of_equals_the_later() {
    let usual = (NOW - DAY, NOW + DAY);
    let earlier = (NOW - 2 * DAY, NOW + DAY);
    for ((old, old_dates), (new, new_dates)) in [
        ((&[2][..], usual), (&[3][..], usual)),
        ((&[2], usual), (&[3], earlier)),
        ((&[0xff], usual), (&[1, 0], earlier)),
        ((&[0xff, 0xff], usual), (&[1, 0, 0], earlier)),
        ((&[1, 2], usual), (&[2, 1], earlier)),
        ((&[7], earlier), (&[7], usual)),
        ((&[7], (NOW - 1, NOW + 3 * DAY)), (&[7], (NOW, NOW + DAY))),
        ((&[0x7f; 20], usual), (&[0x80; 20], earlier)),
    ] {
        let list =
            |number: &[u8], (this, next)| crl(&root(), &ROOT).number(number).dates(this, next);
        let old = list(old, old_dates).signed_by(&ROOT);
        let new = list(new, new_dates).revoking(&leaf().serial).signed_by(&ROOT);
        let revoked = Some(VerifyError::Revoked);
        assert_eq!(revoked_by([old.clone(), new.clone()]), revoked);
        assert_eq!(revoked_by([new, old]), revoked);
    }
}

#[test]
fn an_old_list_that_has_expired_does_not_disturb_a_new_one() {
    let old = crl(&root(), &ROOT).number(&[6]).dates(NOW - 3 * DAY, NOW - DAY).signed_by(&ROOT);
    assert_eq!(revoked_by([old.clone(), empty()]), None);
    assert_eq!(revoked_by([empty(), old]), None);
    let of_intermediate = crl(&intermediate(), &INTERMEDIATE);
    let old = of_intermediate.clone().number(&[6]).dates(NOW - 3 * DAY, NOW - DAY);
    let lists = [old.signed_by(&INTERMEDIATE), of_intermediate.signed_by(&INTERMEDIATE), empty()];
    assert_eq!(verdict(trusting_root(), lists, &chain_of_intermediate()), None);
}

#[test]
fn an_old_list_of_the_future_does_not_disturb_a_new_one() {
    let old = crl(&root(), &ROOT).number(&[6]).dates(NOW + 1, NOW + DAY).signed_by(&ROOT);
    assert_eq!(revoked_by([old.clone(), empty()]), None);
    assert_eq!(revoked_by([empty(), old]), None);
    let new = crl(&intermediate(), &INTERMEDIATE);
    let old = new.clone().number(&[6]).dates(NOW + 1, NOW + DAY).signed_by(&INTERMEDIATE);
    for lists in [
        [old.clone(), new.signed_by(&INTERMEDIATE), empty()],
        [new.signed_by(&INTERMEDIATE), empty(), old],
    ] {
        assert_eq!(verdict(trusting_root(), lists, &chain_of_intermediate()), None);
    }
}

#[test]
fn a_newer_list_of_the_future_takes_the_place_of_the_present_one_and_is_refused() {
    let future = crl(&root(), &ROOT).number(&[8]).dates(NOW + 1, NOW + DAY).signed_by(&ROOT);
    let refused = Some(VerifyError::CrlNotYetValid);
    assert_eq!(revoked_by([empty(), future.clone()]), refused);
    assert_eq!(revoked_by([future, empty()]), refused);
}

#[test]
fn two_authorities_of_one_name_have_a_list_each() {
    let [old, new] = [root(), root().key(&OTHER_ROOT).with(aki(&OTHER_ROOT))];
    let anchors = [old.signed_by(&ROOT), new.signed_by(&OTHER_ROOT)];
    let of_old = crl(&old, &ROOT).number(&[9]);
    let of_new = crl(&new, &OTHER_ROOT).number(&[1]);
    let chains =
        [[leaf().signed_by(&ROOT)], [leaf().with(aki(&OTHER_ROOT)).signed_by(&OTHER_ROOT)]];
    let both = [of_old.signed_by(&ROOT), of_new.signed_by(&OTHER_ROOT)];
    let revoking = [
        of_old.clone().revoking(&leaf().serial).signed_by(&ROOT),
        of_new.clone().revoking(&leaf().serial).signed_by(&OTHER_ROOT),
    ];
    let revoked = Some(VerifyError::Revoked);
    for reversed in [false, true] {
        let order = |mut pair: [Der; 2]| {
            if reversed {
                pair.reverse();
            }
            pair
        };
        for chain in &chains {
            let policy = || trusting_all(anchors.clone());
            assert_eq!(verdict(policy(), order(both.clone()), chain), None);
        }
        // The serial number is revoked by one of them: only what that one has issued.
        let first = || order([revoking[0].clone(), both[1].clone()]);
        let second = || order([both[0].clone(), revoking[1].clone()]);
        for (lists, verdicts) in [(first(), [revoked, None]), (second(), [None, revoked])] {
            for (chain, expected) in chains.iter().zip(verdicts) {
                let anchors = anchors.clone();
                assert_eq!(verdict(trusting_all(anchors), lists.clone(), chain), expected);
            }
        }
    }
    // A list of one of them alone tells nothing of what the other has issued.
    let unknown = Some(VerifyError::CrlUnknown);
    for (list, verdicts) in [(&both[0], [None, unknown]), (&both[1], [unknown, None])] {
        for (chain, expected) in chains.iter().zip(verdicts) {
            let policy = trusting_all(anchors.clone());
            assert_eq!(verdict(policy, [list.clone()], chain), expected);
        }
    }
}

#[test]
fn a_list_holds_from_its_first_second_until_its_last() {
    for (this, next, expected) in [
        (NOW, NOW + 1, None),
        (NOW - DAY, NOW + 1, None),
        (NOW, NOW + DAY, None),
        (NOW - DAY, NOW, Some(VerifyError::CrlExpired)),
        (NOW - DAY, NOW - 1, Some(VerifyError::CrlExpired)),
        (NOW + 1, NOW + DAY, Some(VerifyError::CrlNotYetValid)),
    ] {
        let list = crl(&root(), &ROOT).dates(this, next);
        assert_eq!(revoked_by([list.signed_by(&ROOT)]), expected, "{this} {next}");
        // The same of an intermediate authority's.
        let of_intermediate = crl(&intermediate(), &INTERMEDIATE).dates(this, next);
        let lists = [of_intermediate.signed_by(&INTERMEDIATE), empty()];
        assert_eq!(verdict(trusting_root(), lists, &chain_of_intermediate()), expected);
    }
}

#[test]
fn a_list_of_an_authority_that_is_not_of_the_path_may_be_of_any_time() {
    for (this, next) in [(NOW + 1, NOW + DAY), (NOW - 2 * DAY, NOW - DAY)] {
        let other = crl(&intermediate(), &INTERMEDIATE).dates(this, next);
        assert_eq!(revoked_by([empty(), other.signed_by(&INTERMEDIATE)]), None);
    }
}

#[test]
fn with_lists_each_authority_of_the_path_needs_one() {
    let of_intermediate = crl(&intermediate(), &INTERMEDIATE).signed_by(&INTERMEDIATE);
    let other = Cert { subject: name("Somebody"), ..root() };
    let of_other = crl(&other, &OTHER_ROOT).signed_by(&OTHER_ROOT);
    let unknown = Some(VerifyError::CrlUnknown);
    let chain = chain_of_intermediate();
    let of_chain =
        |lists: &[&Der]| verdict(trusting_root(), lists.iter().map(|list| (*list).clone()), &chain);
    assert_eq!(of_chain(&[&empty(), &of_intermediate]), None);
    assert_eq!(of_chain(&[&of_intermediate, &empty(), &of_other]), None);
    assert_eq!(of_chain(&[&empty()]), unknown);
    assert_eq!(of_chain(&[&of_intermediate]), unknown);
    assert_eq!(revoked_by([of_other]), unknown);
    assert_eq!(revoked_by([of_intermediate]), unknown);
}

#[test]
fn a_list_of_another_anchor_alone_tells_nothing() {
    let other = root().subject(name("Other CA")).issuer(name("Other CA")).key(&OTHER_ROOT);
    let other = other.with(aki(&OTHER_ROOT));
    let anchors = [root().signed_by(&ROOT), other.signed_by(&OTHER_ROOT)];
    let list = crl(&other, &OTHER_ROOT).signed_by(&OTHER_ROOT);
    let chain = [leaf().signed_by(&ROOT)];
    let unknown = Some(VerifyError::CrlUnknown);
    assert_eq!(verdict(trusting_all(anchors.clone()), [list.clone()], &chain), unknown);
    assert_eq!(verdict(trusting_all(anchors), [list, empty()], &chain), None);
}

#[test]
fn an_intermediate_s_own_certificate_can_be_revoked_and_its_clients_with_it() {
    let of_intermediate = crl(&intermediate(), &INTERMEDIATE);
    let revoked = Some(VerifyError::Revoked);
    let lists = [
        of_intermediate.signed_by(&INTERMEDIATE),
        crl(&root(), &ROOT).revoking(&intermediate().serial).signed_by(&ROOT),
    ];
    assert_eq!(verdict(trusting_root(), lists, &chain_of_intermediate()), revoked);
    let lists = [of_intermediate.revoking(&leaf().serial).signed_by(&INTERMEDIATE), empty()];
    assert_eq!(verdict(trusting_root(), lists.clone(), &chain_of_intermediate()), revoked);
    // Of the same serial number, and issued by the root.
    assert_eq!(revoked_by(lists), None);
}

#[test]
fn an_intermediate_s_list_is_signed_by_it_and_by_right() {
    let forged = crl(&intermediate(), &INTERMEDIATE).signed_by(&OTHER_ROOT);
    let unknown = Some(VerifyError::CrlUnknown);
    assert_eq!(verdict(trusting_root(), [forged, empty()], &chain_of_intermediate()), unknown);
    let lists = [crl(&intermediate(), &INTERMEDIATE).signed_by(&INTERMEDIATE), empty()];
    let chain = [
        leaf_of_intermediate().signed_by(&INTERMEDIATE),
        intermediate().with(key_usage(&[5])).signed_by(&ROOT),
    ];
    assert_eq!(verdict(trusting_root(), lists, &chain), unknown);
}

#[test]
fn lists_of_different_scopes_do_not_take_each_other_s_place() {
    // Of users' certificates alone: the leaf is one. Of authorities' alone: it is none.
    let only = |tag| {
        extension(ISSUING_DISTRIBUTION_POINT, sequence(&[scope(), element(tag, [0xff])])).critical()
    };
    let users = crl(&root(), &ROOT).with(only(0x81)).number(&[1]).revoking(&leaf().serial);
    let authorities = crl(&root(), &ROOT).with(only(0x82)).number(&[2]);
    let [users, authorities] = [users.signed_by(&ROOT), authorities.signed_by(&ROOT)];
    let points = sequence(&[sequence(&[scope()])]);
    let leaf = leaf().with(extension("2.5.29.31", points));
    for lists in [[users.clone(), authorities.clone()], [authorities.clone(), users]] {
        let verdict = verdict(trusting_root(), lists, &[leaf.signed_by(&ROOT)]);
        assert_eq!(verdict, Some(VerifyError::Revoked));
    }
    let verdict = verdict(trusting_root(), [authorities], &[leaf.signed_by(&ROOT)]);
    assert_eq!(verdict, Some(VerifyError::CrlUnknown));
}

/// `distributionPoint [0] { fullName [0] { URI } }`.
fn scope() -> Vec<u8> {
    element(0xa0, element(0xa0, element(0x86, "http://plue.dev/users.crl")))
}

#[test]
fn a_hundred_thousand_entries_are_read_and_the_last_one_counts() {
    let mut list = crl(&root(), &ROOT);
    list.revoked = (0..100_000_u32).map(|n| [&[0x01], &n.to_be_bytes()[..]].concat()).collect();
    let without = list.signed_by(&ROOT);
    assert!(without.len() > 2_000_000);
    assert_eq!(revoked_by([without]), None);
    let with = list.revoking(&leaf().serial).signed_by(&ROOT);
    assert_eq!(revoked_by([with]), Some(VerifyError::Revoked));
}

#[test]
fn a_time_that_the_list_does_not_reach_is_refused_whatever_the_certificate() {
    let policy = trusting_root().crls(Crls::from_der([empty()]).unwrap()).build().unwrap();
    let chain = [leaf().signed_by(&ROOT)];
    let verdict = |seconds| policy.verify(&chain, at(seconds)).err();
    assert_eq!(verdict(NOW - DAY - 1), Some(VerifyError::CrlNotYetValid));
    assert_eq!(verdict(NOW - DAY), None);
    assert_eq!(verdict(NOW + 6 * DAY - 1), None);
    assert_eq!(verdict(NOW + 6 * DAY), Some(VerifyError::CrlExpired));
}
