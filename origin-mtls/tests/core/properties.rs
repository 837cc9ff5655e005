//! Any certificates: no panic, nothing accepted that rustls refuses or that the policy does not allow
//! on another reading, and nothing accepted of which a byte has been changed.

use origin_mtls::{
    Crls, EdgeIdentity, HostPattern, OriginPullPolicy, SpkiPin, TrustAnchors, VerifyError,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use rustls_pki_types::CertificateDer;

use crate::lists::crl;
use crate::pki::{
    INTERMEDIATE, LEAF, NOW, OTHER_ROOT, ROOT, aki, authority, intermediate, leaf,
    leaf_of_intermediate, name, root, ski,
};
use crate::worlds::{Shown, demands, pin, world};
use crate::{algorithms, at, oracle, profiles, trusting_all, trusting_root, verify};

fn assert_rustls_accepts(identity: &EdgeIdentity, shown: &Shown, now: i64) {
    let anchor = *identity.anchor().as_bytes();
    let anchors = std::slice::from_ref(&shown.anchor);
    oracle::accepts(&shown.chain, anchors, &shown.lists, anchor, at(now)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_is_accepted_meets_every_demand_and_rustls_accepts_it(
        world in world(),
        demands in demands(),
    ) {
        let shown = world.shown();
        if let Some(identity) = world.verdict(&shown, &demands) {
            world.assert_meets(&demands, &shown);
            assert_rustls_accepts(&identity, &shown, world.now);
            prop_assert_eq!(identity.pin(), pin(&world.leaf.what.spki));
            prop_assert_eq!(identity.serial(), &world.leaf.what.serial);
        }
    }

    #[test]
    fn the_order_of_extensions_and_of_names_does_not_change_the_verdict(
        world in world(),
        demands in demands(),
        seed in prop::collection::vec(any::<prop::sample::Index>(), 8),
    ) {
        let mut other = world.clone();
        for cert in [&mut other.leaf.what, &mut other.root.what] {
            for (place, index) in seed.iter().enumerate().take(cert.extensions.len()) {
                let with = index.index(cert.extensions.len());
                cert.extensions.swap(place, with);
            }
        }
        let verdicts = [&world, &other].map(|of| of.verdict(&of.shown(), &demands).is_some());
        prop_assert_eq!(verdicts[0], verdicts[1]);
    }

    #[test]
    fn the_order_of_lists_and_of_other_anchors_does_not_change_the_verdict(
        mut world in world(),
        demands in demands(),
    ) {
        let mut numbers: Vec<_> = world.lists.iter().map(|list| list.what.age()).collect();
        numbers.sort();
        numbers.dedup();
        // Of two that claim to be equally new either may count.
        prop_assume!(numbers.len() == world.lists.len());
        let shown = world.shown();
        let verdict = world.verdict(&shown, &demands).is_some();
        world.lists.reverse();
        prop_assert_eq!(world.verdict(&world.shown(), &demands).is_some(), verdict);
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>(), more in any::<Vec<u8>>()) {
        for policy in profiles(&trusting_root()) {
            let chain = [CertificateDer::from(bytes.clone()), more.clone().into()];
            prop_assert!(policy.verify(&chain, at(NOW)).is_err());
        }
        let _ = TrustAnchors::from_der([bytes.clone().into()]);
        let _ = TrustAnchors::from_pem(&bytes);
        let _ = Crls::from_der([bytes.clone().into()]);
        let _ = Crls::from_pem(&more);
    }

    #[test]
    fn no_text_panics(text in ".{0,80}", pattern in "(\\*\\.)?[a-z0-9.-]{0,20}") {
        let _ = text.parse::<SpkiPin>();
        let _ = text.parse::<HostPattern>();
        if let Ok(host) = pattern.parse::<HostPattern>() {
            let with_dot = format!("{pattern}.");
            prop_assert!(!host.matches(&with_dot));
            prop_assert_eq!(host.matches(&pattern), !pattern.starts_with("*."));
            let _ = host.matches(&text);
        }
    }

    #[test]
    fn pins_read_as_they_are_written(bytes in any::<[u8; 32]>()) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        let pin: SpkiPin = hex.parse().unwrap();
        prop_assert_eq!(pin.as_bytes(), &bytes);
        prop_assert_eq!(pin.to_string().parse::<SpkiPin>(), Ok(pin));
    }

    /// With several bytes changed at once, of anything that is shown or configured.
    #[test]
    fn what_is_accepted_of_changed_bytes_rustls_accepts(
        place in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut all: [Vec<u8>; 4] = [
            root().signed_by(&ROOT).to_vec(),
            leaf_of_intermediate().signed_by(&INTERMEDIATE).to_vec(),
            intermediate().signed_by(&ROOT).to_vec(),
            crl(&root(), &ROOT).signed_by(&ROOT).to_vec(),
        ];
        for (index, byte) in &changes {
            let at = index.index(all[place].len());
            all[place][at] = *byte;
        }
        let of_intermediate = crl(&intermediate(), &INTERMEDIATE);
        let [anchor, leaf, intermediate, list] = all;
        let shown = Shown {
            anchor: anchor.into(),
            chain: vec![leaf.into(), intermediate.into()],
            lists: vec![list.into(), of_intermediate.signed_by(&INTERMEDIATE)],
        };
        let anchors = TrustAnchors::from_der([shown.anchor.clone()]);
        let crls = Crls::from_der(shown.lists.clone());
        if let (Ok(anchors), Ok(crls)) = (anchors, crls) {
            let policy = OriginPullPolicy::builder(anchors, algorithms());
            if let Ok(policy) = policy.crls(crls).build()
                && let Ok(identity) = policy.verify(&shown.chain, at(NOW))
            {
                assert_rustls_accepts(&identity, &shown, NOW);
            }
        }
    }
}

#[test]
fn many_of_the_worlds_are_accepted_and_many_are_not() {
    let mut runner = TestRunner::deterministic();
    let mut accepted = 0;
    for _ in 0..1000 {
        let world = world().new_tree(&mut runner).unwrap().current();
        let demands = demands().new_tree(&mut runner).unwrap().current();
        accepted += usize::from(world.verdict(&world.shown(), &demands).is_some());
    }
    assert!((50..900).contains(&accepted), "{accepted}");
}

#[test]
fn no_changed_byte_of_a_chain_yields_an_identity() {
    let chain = [leaf_of_intermediate().signed_by(&INTERMEDIATE), intermediate().signed_by(&ROOT)];
    let direct = [leaf().signed_by(&ROOT)];
    for policy in profiles(&trusting_root()) {
        for chain in [&chain[..], &direct] {
            verify(&policy, chain).unwrap();
            for (place, certificate) in chain.iter().enumerate() {
                for at in 0..certificate.len() {
                    for bit in [0x01, 0x20, 0x80, 0xff] {
                        let mut altered = certificate.to_vec();
                        altered[at] ^= bit;
                        let mut chain = chain.to_vec();
                        chain[place] = altered.into();
                        assert!(verify(&policy, &chain).is_err(), "{place} {at} {bit:#x}");
                    }
                }
            }
        }
    }
}

#[test]
fn no_changed_byte_of_a_list_lets_a_revoked_certificate_in() {
    let list = crl(&root(), &ROOT).revoking(&leaf().serial).signed_by(&ROOT);
    let chain = [leaf().signed_by(&ROOT)];
    let mut read = 0;
    for at in 0..list.len() {
        for bit in [0x01, 0x20, 0x80, 0xff] {
            let mut altered = list.to_vec();
            altered[at] ^= bit;
            let Ok(crls) = Crls::from_der([altered.into()]) else { continue };
            let Ok(policy) = trusting_root().crls(crls).build() else { continue };
            read += 1;
            assert!(verify(&policy, &chain).is_err(), "{at} {bit:#x}");
        }
    }
    assert!(read > 0);
}

#[test]
fn other_anchors_and_their_lists_do_not_change_what_is_refused() {
    let other = authority(name("Other CA"), &OTHER_ROOT);
    let anchors = [root().signed_by(&ROOT), other.signed_by(&OTHER_ROOT)];
    let lists = [
        crl(&root(), &ROOT).revoking(&leaf().serial).signed_by(&ROOT),
        crl(&other, &OTHER_ROOT).signed_by(&OTHER_ROOT),
    ];
    let policy = trusting_all(anchors).crls(Crls::from_der(lists).unwrap()).build().unwrap();
    let refusal = verify(&policy, &[leaf().signed_by(&ROOT)]).unwrap_err();
    assert_eq!(refusal, VerifyError::Revoked);
    let of_other = leaf().issued_by(&other).with(aki(&OTHER_ROOT)).with(ski(&LEAF));
    verify(&policy, &[of_other.signed_by(&OTHER_ROOT)]).unwrap();
}
