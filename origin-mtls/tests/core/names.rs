//! What is asked of the subject and of the alternative names, each with its near misses.

use origin_mtls::{ConfigError, OriginPullPolicyBuilder, VerifyError};

use crate::der::{element, explicit, oid, sequence, set};
use crate::pki::{
    BMP, COMMON_NAME, Cert, DNS, IA5, ORGANIZATION, ORGANIZATIONAL_UNIT, PRINTABLE, ROOT, TELETEX,
    UNIVERSAL, URI, UTF8, attribute, leaf, rdns, san,
};
use crate::{profiles, trusting_root, verify};

const GOOD: Option<VerifyError> = None;
const MISMATCH: Option<VerifyError> = Some(VerifyError::SubjectMismatch);
const AMBIGUOUS: Option<VerifyError> = Some(VerifyError::SubjectAmbiguous);
const ENCODING: Option<VerifyError> = Some(VerifyError::SubjectEncoding);
const SAN: Option<VerifyError> = Some(VerifyError::SanMismatch);

/// What both profiles say, which is the same.
fn verdict(policy: &OriginPullPolicyBuilder, leaf: &Cert) -> Option<VerifyError> {
    let leaf = leaf.signed_by(&ROOT);
    let [default, strict] =
        profiles(policy).map(|policy| verify(&policy, std::slice::from_ref(&leaf)).err());
    assert_eq!(default, strict);
    default
}

/// Asked for the common name "Cloudflare Client", of a subject.
fn of_subject(subject: Vec<u8>) -> Option<VerifyError> {
    verdict(&trusting_root().common_name("Cloudflare Client"), &leaf().subject(subject))
}

fn of_common_name(tag: u8, value: &[u8]) -> Option<VerifyError> {
    of_subject(rdns(&[(COMMON_NAME, tag, value)]))
}

fn of_names(policy: &OriginPullPolicyBuilder, names: &[(u8, &[u8])]) -> Option<VerifyError> {
    verdict(policy, &leaf().with(san(names)))
}

#[test]
fn a_common_name_is_compared_letter_by_letter() {
    assert_eq!(of_common_name(UTF8, b"Cloudflare Client"), GOOD);
    for other in [
        &b"Cloudflare client"[..],
        b"cloudflare client",
        b"Cloudflare Client ",
        b" Cloudflare Client",
        b"Cloudflare  Client",
        b"Cloudflare Clien",
        b"Cloudflare Clients",
        b"Cloudflare Client\0",
        b"Cloudflare Client\0.plue.dev",
        b"Cloudflare\xc2\xa0Client",
        // A Cyrillic "o", and an "i" with a combining dot.
        b"Cl\xd0\xbeudflare Client",
        b"Cloudflare Cli\xcc\x87ent",
        b"*",
        b"",
    ] {
        assert_eq!(of_common_name(UTF8, other), MISMATCH, "{}", other.escape_ascii());
    }
}

#[test]
fn a_common_name_that_only_looks_like_it_in_one_line_is_another() {
    for other in [
        &b"x,CN=Cloudflare Client"[..],
        b"Cloudflare Client,O=Plue",
        b"CN=Cloudflare Client",
        b"x + CN=Cloudflare Client",
        b"x/CN=Cloudflare Client",
        b"Cloudflare Client\nCN=Cloudflare Client",
    ] {
        assert_eq!(of_common_name(UTF8, other), MISMATCH, "{}", other.escape_ascii());
    }
}

#[test]
fn a_name_is_a_string_that_has_one_reading() {
    for tag in [UTF8, PRINTABLE, IA5] {
        assert_eq!(of_common_name(tag, b"Cloudflare Client"), GOOD, "{tag:#x}");
    }
    let utf16: Vec<u8> = "Cloudflare Client".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let utf32: Vec<u8> =
        "Cloudflare Client".chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    for (tag, value) in
        [(BMP, &utf16[..]), (UNIVERSAL, &utf32), (TELETEX, b"Cloudflare Client"), (0x04, b"x")]
    {
        assert_eq!(of_common_name(tag, value), ENCODING, "{tag:#x}");
    }
    let refusal = of_common_name(UTF8, b"Cloudflare\xff Client");
    assert!(matches!(refusal, Some(VerifyError::SubjectEncoding | VerifyError::BadEncoding)));
}

#[test]
fn two_common_names_are_none() {
    let twice = |first: &[u8], second: &[u8]| {
        of_subject(rdns(&[(COMMON_NAME, UTF8, first), (COMMON_NAME, UTF8, second)]))
    };
    assert_eq!(twice(b"Cloudflare Client", b"Cloudflare Client"), AMBIGUOUS);
    assert_eq!(twice(b"Cloudflare Client", b"x"), AMBIGUOUS);
    assert_eq!(twice(b"x", b"Cloudflare Client"), AMBIGUOUS);
    // In one relative name.
    let name = |value: &[u8]| attribute(COMMON_NAME, UTF8, value);
    let together = sequence(&[set(&[name(b"Cloudflare Client"), name(b"x")])]);
    assert_eq!(of_subject(together), AMBIGUOUS);
}

#[test]
fn a_common_name_stands_anywhere_in_the_subject_and_in_no_other_attribute() {
    let name = attribute(COMMON_NAME, UTF8, b"Cloudflare Client");
    let other = attribute(ORGANIZATION, UTF8, b"Plue");
    assert_eq!(of_subject(sequence(&[set(&[other.clone(), name.clone()])])), GOOD);
    let [name, other] = [set(&[name]), set(&[other])];
    assert_eq!(of_subject(sequence(&[name.clone(), other.clone()])), GOOD);
    assert_eq!(of_subject(sequence(&[other, name])), GOOD);
    for id in [ORGANIZATION, ORGANIZATIONAL_UNIT, "2.5.4.4", "2.5.4.3.1", "2.5.4"] {
        let subject = rdns(&[(id, UTF8, b"Cloudflare Client")]);
        assert_eq!(of_subject(subject), MISMATCH, "{id}");
    }
    assert_eq!(of_subject(sequence(&[])), MISMATCH);
    // The issuer's is not the subject's, and an alternative name is none.
    let of_issuer = leaf().subject(sequence(&[])).with(san(&[(DNS, b"Cloudflare Client")]));
    let policy = trusting_root().common_name("Plue Origin Pull CA");
    assert_eq!(verdict(&policy, &of_issuer), MISMATCH);
}

#[test]
fn an_organization_is_asked_for_beside_a_common_name_and_alone() {
    let organization = |value: &[u8]| {
        rdns(&[(ORGANIZATION, UTF8, value), (COMMON_NAME, UTF8, b"Cloudflare Client")])
    };
    let alone = trusting_root().organization("Plue");
    let both = trusting_root().common_name("Cloudflare Client").organization("Plue");
    for policy in [&alone, &both] {
        let verdict = |subject| verdict(policy, &leaf().subject(subject));
        assert_eq!(verdict(organization(b"Plue")), GOOD);
        for other in [&b"plue"[..], b"Plue ", b"Plue, Inc.", b"Plu", b""] {
            assert_eq!(verdict(organization(other)), MISMATCH);
        }
        assert_eq!(verdict(rdns(&[(COMMON_NAME, UTF8, b"Cloudflare Client")])), MISMATCH);
        let twice = rdns(&[
            (COMMON_NAME, UTF8, b"Cloudflare Client"),
            (ORGANIZATION, UTF8, b"Plue"),
            (ORGANIZATION, UTF8, b"Plue"),
        ]);
        assert_eq!(verdict(twice), AMBIGUOUS);
    }
    // Each asks for itself.
    let other = rdns(&[(ORGANIZATION, UTF8, b"Plue"), (COMMON_NAME, UTF8, b"x")]);
    assert_eq!(verdict(&alone, &leaf().subject(other.clone())), GOOD);
    assert_eq!(verdict(&both, &leaf().subject(other)), MISMATCH);
}

#[test]
fn what_is_not_asked_for_may_be_anything() {
    let odd = rdns(&[(COMMON_NAME, BMP, b"\0x"), (COMMON_NAME, UTF8, b"y")]);
    let leaf = leaf().subject(odd).with(san(&[(URI, b"a:b"), (URI, b"c:d"), (DNS, b"\0")]));
    assert_eq!(verdict(&trusting_root(), &leaf), GOOD);
}

#[test]
fn the_last_common_name_that_is_asked_for_counts() {
    let policy = trusting_root().common_name("x").common_name("Cloudflare Client");
    assert_eq!(verdict(&policy, &leaf()), GOOD);
    let policy = trusting_root().common_name("Cloudflare Client").common_name("x");
    assert_eq!(verdict(&policy, &leaf()), MISMATCH);
}

#[test]
fn a_dns_name_is_compared_without_case_and_nothing_else() {
    let policy = trusting_root().dns_name("edge.plue.dev");
    let of_names = |names: &[(u8, &[u8])]| of_names(&policy, names);
    for good in [&b"edge.plue.dev"[..], b"EDGE.plue.DEV"] {
        assert_eq!(of_names(&[(DNS, good)]), GOOD);
        assert_eq!(of_names(&[(DNS, b"x.plue.dev"), (DNS, good), (URI, b"a:b")]), GOOD);
    }
    for other in [
        &b"edge.plue.dev."[..],
        b".edge.plue.dev",
        b"edge.plue.dev\0",
        b"edge.plue.dev\0.attacker.dev",
        b"x\0edge.plue.dev",
        b"xedge.plue.dev",
        b"edge.plue.devx",
        b"*.plue.dev",
        b"*",
        b" edge.plue.dev",
        b"edge\xe3\x80\x82plue.dev",
        b"xn--edge.plue.dev",
        b"",
    ] {
        assert_eq!(of_names(&[(DNS, other)]), SAN, "{}", other.escape_ascii());
    }
    // In another kind of name: an address, a mail address, a URI, an identifier.
    for tag in [0x81, URI, 0x87, 0x88] {
        assert_eq!(of_names(&[(tag, b"edge.plue.dev")]), SAN, "{tag:#x}");
    }
    assert_eq!(of_names(&[]), SAN);
    assert_eq!(verdict(&policy, &leaf()), SAN);
    let only_common_name = leaf().subject(rdns(&[(COMMON_NAME, UTF8, b"edge.plue.dev")]));
    assert_eq!(verdict(&policy, &only_common_name), SAN);
}

#[test]
fn one_of_several_dns_names_is_enough_and_a_wildcard_is_a_name_like_others() {
    let policy = trusting_root().dns_name("a.plue.dev").dns_name("b.plue.dev");
    for good in [&b"a.plue.dev"[..], b"b.plue.dev"] {
        assert_eq!(of_names(&policy, &[(DNS, good)]), GOOD);
    }
    assert_eq!(of_names(&policy, &[(DNS, b"c.plue.dev")]), SAN);
    let policy = trusting_root().dns_name("*.plue.dev");
    assert_eq!(of_names(&policy, &[(DNS, b"*.plue.dev")]), GOOD);
    assert_eq!(of_names(&policy, &[(DNS, b"a.plue.dev")]), SAN);
}

#[test]
fn a_uri_is_compared_letter_by_letter() {
    let policy = trusting_root().uri("spiffe://plue.dev/edge");
    let of_names = |names: &[(u8, &[u8])]| of_names(&policy, names);
    assert_eq!(of_names(&[(URI, b"spiffe://plue.dev/edge")]), GOOD);
    assert_eq!(of_names(&[(DNS, b"x"), (URI, b"spiffe://plue.dev/edge"), (DNS, b"y")]), GOOD);
    for other in [
        &b"spiffe://plue.dev/edge/"[..],
        b"spiffe://plue.dev/edg",
        b"spiffe://plue.dev/edge/x",
        b"spiffe://plue.dev/Edge",
        b"spiffe://PLUE.dev/edge",
        b"SPIFFE://plue.dev/edge",
        b"spiffe://plue.dev/%65dge",
        b"spiffe://plue.dev/edge\0",
        b"spiffe://plue.dev.attacker.dev/edge",
        b"spiffe://attacker.dev/edge",
        b"https://plue.dev/edge",
        b"",
    ] {
        assert_eq!(of_names(&[(URI, other)]), SAN, "{}", other.escape_ascii());
    }
    for tag in [0x81, DNS, 0x87, 0x88] {
        assert_eq!(of_names(&[(tag, b"spiffe://plue.dev/edge")]), SAN, "{tag:#x}");
    }
    assert_eq!(of_names(&[]), SAN);
    assert_eq!(verdict(&policy, &leaf()), SAN);
}

#[test]
fn a_certificate_with_several_uris_names_nobody() {
    let ambiguous = Some(VerifyError::SanAmbiguous);
    let policy = trusting_root().uri("spiffe://plue.dev/a").uri("spiffe://plue.dev/b");
    let (a, b) = (&b"spiffe://plue.dev/a"[..], &b"spiffe://plue.dev/b"[..]);
    assert_eq!(of_names(&policy, &[(URI, a)]), GOOD);
    assert_eq!(of_names(&policy, &[(URI, b)]), GOOD);
    assert_eq!(of_names(&policy, &[(URI, b"spiffe://plue.dev/c")]), SAN);
    // Not even if all of them would do, or one is no text.
    for second in [a, b, b"spiffe://plue.dev/c", b"", b"\xff"] {
        assert_eq!(of_names(&policy, &[(URI, a), (URI, second)]), ambiguous);
        assert_eq!(of_names(&policy, &[(URI, second), (DNS, b"x"), (URI, a)]), ambiguous);
    }
    assert_eq!(of_names(&policy, &[(URI, b"\xff")]), SAN);
}

#[test]
fn dns_names_and_uris_are_asked_for_together() {
    let policy = trusting_root().dns_name("plue.dev").uri("spiffe://plue.dev/edge");
    let (dns, uri) = ((DNS, &b"plue.dev"[..]), (URI, &b"spiffe://plue.dev/edge"[..]));
    assert_eq!(of_names(&policy, &[dns, uri]), GOOD);
    assert_eq!(of_names(&policy, &[dns]), SAN);
    assert_eq!(of_names(&policy, &[uri]), SAN);
}

#[test]
fn names_of_other_kinds_are_read_past() {
    let other = element(0xa0, [oid("1.2.3.4"), explicit(0, element(UTF8, "x"))].concat());
    let directory = element(0xa4, rdns(&[(COMMON_NAME, UTF8, b"x")]));
    let dns = element(DNS, "plue.dev");
    let address = element(0x87, [192, 0, 2, 1]);
    let names = sequence(&[other, directory, address, dns]);
    let leaf = leaf().with(crate::pki::extension("2.5.29.17", names));
    assert_eq!(verdict(&trusting_root().dns_name("plue.dev"), &leaf), GOOD);
}

#[test]
fn what_no_certificate_can_meet_is_refused_when_the_policy_is_built() {
    let refused = Some(ConfigError::Name);
    let of = |policy: OriginPullPolicyBuilder| policy.build().err();
    for name in ["", "\n", "Cloudflare\0", "Cloudflare\u{85}"] {
        assert_eq!(of(trusting_root().common_name(name)), refused, "{name:?}");
        assert_eq!(of(trusting_root().organization(name)), refused, "{name:?}");
    }
    for name in ["Cloudflare Client", "Plüe", " "] {
        assert_eq!(of(trusting_root().common_name(name)), None, "{name:?}");
        assert_eq!(of(trusting_root().organization(name)), None, "{name:?}");
    }
    for name in ["", " ", "plue dev", "plüe.dev", "plue.dev\n", "plue.dev\0"] {
        assert_eq!(of(trusting_root().dns_name(name)), refused, "{name:?}");
        assert_eq!(of(trusting_root().uri(name)), refused, "{name:?}");
        assert_eq!(of(trusting_root().dns_name("plue.dev").dns_name(name)), refused, "{name:?}");
        assert_eq!(of(trusting_root().uri("a:b").uri(name)), refused, "{name:?}");
    }
    for name in ["plue.dev", "*.plue.dev", "spiffe://plue.dev/edge?x=%20"] {
        assert_eq!(of(trusting_root().dns_name(name)), None, "{name:?}");
        assert_eq!(of(trusting_root().uri(name)), None, "{name:?}");
    }
}
