//! Nothing that is printed has a certificate, a key, or what a peer wrote in it.

use origin_mtls::{Crls, HostPattern, SpkiPin, TrustAnchors};

use crate::der::octets;
use crate::lists::crl;
use crate::pki::{
    COMMON_NAME, Cert, DNS, ORGANIZATION, ROOT, URI, UTF8, extension, leaf, name, pem, rdns, root,
    san,
};
use crate::{at, trusting_root, verify};

const SECRET: &str = "s3cr3t";

/// Certificates with the text wherever they can have it, each refused for another reason.
fn refused() -> Vec<Vec<u8>> {
    let named = leaf()
        .subject(rdns(&[
            (COMMON_NAME, UTF8, SECRET.as_bytes()),
            (ORGANIZATION, UTF8, SECRET.as_bytes()),
        ]))
        .with(san(&[(DNS, SECRET.as_bytes()), (URI, SECRET.as_bytes())]))
        .and(extension("1.3.6.1.4.1.99999.1", octets(SECRET)));
    let leaves: [Cert; 6] = [
        named.clone().issuer(name(SECRET)),
        named.clone().version(Some(1)),
        named.clone().valid(0, 1),
        named.clone().with(crate::pki::key_usage(&[])),
        named.clone().and(extension("1.3.6.1.4.1.99999.2", octets(SECRET)).critical()),
        named.clone(),
    ];
    let mut all: Vec<_> = leaves.iter().map(|leaf| leaf.signed_by(&ROOT).to_vec()).collect();
    all.push(SECRET.into());
    all.push([named.signed_by(&ROOT).to_vec(), SECRET.into()].concat());
    all
}

fn assert_has_no_secret(text: &str) {
    assert!(!text.to_lowercase().contains(SECRET), "{text}");
    // Nor its bytes one by one, as `Debug` and hexadecimal digits show them.
    assert!(!text.contains("115, 51"), "{text}");
    assert!(!text.to_lowercase().contains("733363"), "{text}");
    assert!(!text.contains("BEGIN") && !text.contains("MII"), "{text}");
}

#[test]
fn no_refusal_repeats_what_the_peer_wrote() {
    let policy = trusting_root().common_name("Cloudflare Client").build().unwrap();
    let mut codes = Vec::new();
    for leaf in refused() {
        let refusal = verify(&policy, &[leaf.into()]).unwrap_err();
        codes.push(refusal.code());
        for text in [
            refusal.to_string(),
            format!("{refusal:?}"),
            refusal.code().to_owned(),
            refusal.hint().to_owned(),
        ] {
            assert_has_no_secret(&text);
            assert!(text.len() < 300, "{text}");
        }
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 7, "{codes:?}");
}

#[test]
fn no_fault_of_the_configuration_repeats_what_is_in_it() {
    let key = pem("PRIVATE KEY", SECRET.as_bytes());
    let errors = [
        TrustAnchors::from_pem(&key).unwrap_err(),
        TrustAnchors::from_pem(pem("CERTIFICATE", SECRET.as_bytes())).unwrap_err(),
        TrustAnchors::from_pem(format!("-----BEGIN CERTIFICATE-----\n{SECRET}")).unwrap_err(),
        TrustAnchors::from_pem(SECRET).unwrap_err(),
        Crls::from_pem(pem("X509 CRL", SECRET.as_bytes())).unwrap_err(),
        SECRET.parse::<SpkiPin>().unwrap_err(),
        format!("sha256/{SECRET}").parse::<SpkiPin>().unwrap_err(),
        format!("https://{SECRET}").parse::<HostPattern>().unwrap_err(),
        trusting_root().common_name(format!("{SECRET}\n")).build().unwrap_err(),
    ];
    for error in errors {
        assert_has_no_secret(&error.to_string());
        assert_has_no_secret(&format!("{error:?}"));
    }
}

#[test]
fn what_is_configured_is_shown_by_its_pins() {
    let root = root().subject(name(SECRET)).issuer(name(SECRET)).signed_by(&ROOT);
    let list = crl(&crate::pki::root().subject(name(SECRET)), &ROOT).signed_by(&ROOT);
    let pin = SpkiPin::of(&root).unwrap().to_string();
    let anchors = TrustAnchors::from_der([root]).unwrap();
    let crls = Crls::from_der([list]).unwrap();
    let builder = origin_mtls::OriginPullPolicy::builder(anchors.clone(), crate::algorithms());
    let builder = builder.crls(crls.clone());
    let policy = builder.clone().build().unwrap();
    for text in [format!("{anchors:?}"), format!("{builder:?}"), format!("{policy:?}")] {
        assert_has_no_secret(&text);
        assert!(text.contains(&pin), "{text}");
        assert!(text.len() < 700, "{text}");
    }
    let text = format!("{crls:?}");
    assert_has_no_secret(&text);
    assert!(text.contains("lists: 1"), "{text}");
}

#[test]
fn what_a_policy_asks_for_is_shown() {
    let policy = trusting_root()
        .common_name("Cloudflare Client")
        .organization("Plue")
        .dns_name("edge.plue.dev")
        .uri("spiffe://plue.dev/edge")
        .hosts(["*.plue.dev".parse().unwrap()])
        .pin("0".repeat(64).parse().unwrap())
        .strict();
    for text in [format!("{policy:?}"), format!("{:?}", policy.build().unwrap())] {
        for part in
            ["Cloudflare Client", "\"Plue\"", "edge.plue.dev", "spiffe:", "plue.dev", "sha256/AAAA"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains("is_strict: true"), "{text}");
    }
}

#[test]
fn an_identity_is_shown_by_its_names_and_pins_and_its_names_are_escaped() {
    let odd = rdns(&[(COMMON_NAME, UTF8, b"a\nb\x1b[31m\"c"), (ORGANIZATION, UTF8, b"Plue")]);
    let leaf = leaf().subject(odd).with(san(&[(DNS, SECRET.as_bytes())])).signed_by(&ROOT);
    let policy = trusting_root().build().unwrap();
    let identity = policy.verify(&[leaf], at(crate::pki::NOW)).unwrap();
    let text = format!("{identity:?}");
    assert_has_no_secret(&text);
    assert!(text.contains(r#""a\nb\u{1b}[31m\"c""#) && text.contains("Plue"), "{text}");
    assert!(text.contains(&identity.pin().to_string()), "{text}");
    assert!(text.contains(&identity.anchor().to_string()), "{text}");
    assert!(!text.contains(char::is_control), "{text}");
}
