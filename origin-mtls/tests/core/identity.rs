//! What a proof tells of who it is.

use origin_mtls::SpkiPin;

use crate::pki::{
    BMP, COMMON_NAME, DNS, INTERMEDIATE, NOW, ORGANIZATION, ROOT, URI, UTF8, intermediate, leaf,
    leaf_of_intermediate, rdns, root, san,
};
use crate::{at, profiles, trusting_root, verify};

fn identity(leaf: &crate::pki::Cert) -> origin_mtls::EdgeIdentity {
    verify(&trusting_root().build().unwrap(), &[leaf.signed_by(&ROOT)]).unwrap()
}

#[test]
fn tells_what_stands_in_the_certificate() {
    let leaf = leaf().with(san(&[
        (DNS, b"Edge.plue.dev"),
        (URI, b"spiffe://plue.dev/edge"),
        (DNS, b"b.plue.dev"),
        (URI, b"a:b"),
    ]));
    let identity = identity(&leaf);
    assert_eq!(identity.common_name(), Some("Cloudflare Client"));
    assert_eq!(identity.organization(), Some("Plue"));
    assert_eq!(identity.dns_names().collect::<Vec<_>>(), ["Edge.plue.dev", "b.plue.dev"]);
    assert_eq!(identity.uris().collect::<Vec<_>>(), ["spiffe://plue.dev/edge", "a:b"]);
    assert_eq!(identity.serial(), [0x11, 0x22, 0x33]);
    assert_eq!(identity.not_after(), at(leaf.not_after));
    assert_eq!(identity.pin(), SpkiPin::of(&leaf.signed_by(&ROOT)).unwrap());
    assert_eq!(identity.anchor(), SpkiPin::of(&root().signed_by(&ROOT)).unwrap());
}

#[test]
fn tells_nothing_that_does_not_stand_there() {
    let subject = rdns(&[(COMMON_NAME, BMP, b"\0x"), (ORGANIZATION, UTF8, b"a")]);
    let of_bmp = identity(&leaf().subject(subject));
    assert_eq!((of_bmp.common_name(), of_bmp.organization()), (None, Some("a")));
    let subject = rdns(&[(ORGANIZATION, UTF8, b"a"), (ORGANIZATION, UTF8, b"a")]);
    let of_two = identity(&leaf().subject(subject));
    assert_eq!((of_two.common_name(), of_two.organization()), (None, None));
    assert_eq!(of_two.dns_names().count() + of_two.uris().count(), 0);
    let of_no_text = identity(&leaf().with(san(&[(URI, b"\xff"), (DNS, b"\xff")])));
    assert_eq!(of_no_text.dns_names().count() + of_no_text.uris().count(), 0);
}

#[test]
fn has_the_chain_as_it_was_shown() {
    let chain = [leaf_of_intermediate().signed_by(&INTERMEDIATE), intermediate().signed_by(&ROOT)];
    for policy in profiles(&trusting_root()) {
        let identity = verify(&policy, &chain).unwrap();
        assert_eq!(identity.chain(), chain);
        assert_eq!(identity.anchor(), SpkiPin::of(&root().signed_by(&ROOT)).unwrap());
        assert_eq!(identity.pin(), SpkiPin::of(&chain[0]).unwrap());
    }
}

#[test]
fn a_serial_number_is_as_it_is_encoded() {
    for serial in [&[0x80][..], &[0, 0x80], &[0], &[0x7f; 25]] {
        assert_eq!(identity(&leaf().serial(serial)).serial(), serial);
    }
}

#[test]
fn the_end_of_a_certificate_without_one_is_the_end_of_9999() {
    const LAST: i64 = 253_402_300_799;
    assert_eq!(identity(&leaf().valid(NOW, LAST)).not_after(), at(LAST));
}

#[test]
fn clones_are_one_value() {
    let identity = identity(&leaf());
    assert!(std::ptr::eq(identity.chain(), identity.clone().chain()));
}
