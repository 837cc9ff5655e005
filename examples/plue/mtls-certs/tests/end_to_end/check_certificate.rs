use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_ED25519};

use crate::forge::{client, client_of};
use crate::tool::{Certs, end, fixture, on_day};

/// What a check says, without the origin.
fn check(certs: &Certs, content: &str) -> Result<String, String> {
    on_day(0, &["check", &certs.folder.write("checked.pem", content)])
}

fn refused(certs: &Certs, content: &str) -> String {
    let told = check(certs, content).unwrap_err();
    assert!(told.contains("refused  cloudflare  "), "{told}");
    told
}

#[test]
fn a_good_certificate_is_accepted_with_status_0() {
    let certs = Certs::new();
    let (client, key) = (certs.path("client.crt"), certs.path("client.key"));
    let (status, told) =
        end(&["check", &client, "--key", &key, "--ca", &certs.path("ca.crt"), "--strict"]);
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(told.lines().filter(|line| line.starts_with("ok ")).count(), 6, "{told}");
    assert_eq!(told.lines().count(), 6, "{told}");
}

#[test]
fn the_original_certificate_of_version_1_is_refused_by_both() {
    let (client, ca) = (fixture("original-client.crt"), fixture("original-ca.crt"));
    let told = on_day(0, &["check", &client, "--ca", &ca]).unwrap_err();
    assert!(told.contains("refused  cloudflare  X.509 version 1 cannot say CA:FALSE, code 1412"));
    let verdict = told.lines().find(|line| line.starts_with("refused  origin")).unwrap();
    assert!(verdict.contains("`unsupported_version`"), "{verdict}");
    assert!(verdict.contains("runs without -extfile"), "the verifier's own hint: {verdict}");
    let (status, _) = end(&["check", &client]);
    assert_eq!(status, Some(1));
}

#[test]
fn a_leaf_must_say_that_it_is_one() {
    let certs = Certs::without_client();
    let (good, _) = client(&certs, |_| {});
    check(&certs, &good).unwrap();

    let (silent, _) = client(&certs, |params| params.is_ca = IsCa::NoCa);
    assert!(refused(&certs, &silent).contains("no basicConstraints, code 1412"));

    let (ca, _) =
        client(&certs, |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    assert!(refused(&certs, &ca).contains("an authority's certificate (CA:TRUE)"));
}

#[test]
fn a_root_is_no_leaf() {
    let certs = Certs::without_client();
    let told = refused(&certs, &certs.read("ca.crt"));
    assert!(told.contains("a root certificate (CA:TRUE), `missing leaf certificate`"), "{told}");
}

#[test]
fn a_small_key_is_refused() {
    for (name, part) in [
        ("rsa1024.crt", "a key of 1024 bits, RSA: 2048"),
        ("rsa2047.crt", "a key of 2047 bits, RSA: 2048"),
        ("p224.crt", "a key of 224 bits, ECDSA: 225"),
    ] {
        let told = on_day(0, &["check", &fixture(name)]).unwrap_err();
        assert!(told.contains(part), "{name}: {told}");
    }
}

#[test]
fn a_key_of_which_cloudflare_says_nothing_is_a_warning() {
    let certs = Certs::without_client();
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let (ed25519, _) = client_of(&certs, key, |_| {});
    assert!(check(&certs, &ed25519).unwrap().contains("warning  cloudflare  the key is neither"));
}

#[test]
fn fourteen_days_must_be_left_and_thirty_should() {
    let certs = Certs::on_first_day();
    let check = |day| on_day(day, &["check", &certs.path("client.crt")]);
    assert!(check(335).unwrap().contains("ok       cloudflare  valid until 2027-12-01, 30 days"));
    assert!(check(336).unwrap().contains("warning  cloudflare  valid until 2027-12-01, 29 days"));
    assert!(check(351).unwrap().contains("warning  cloudflare"));
    assert!(
        check(352).unwrap_err().contains("refused  cloudflare  valid until 2027-12-01, 13 days")
    );
    assert!(check(366).unwrap_err().contains("refused  cloudflare  expired on 2027-12-01"));
}

#[test]
fn a_certificate_of_the_future_is_refused() {
    let certs = Certs::without_client();
    let (client, _) =
        client(&certs, |params| params.not_before = rcgen::date_time_ymd(2026, 12, 2));
    assert!(refused(&certs, &client).contains("not valid before 2026-12-02"));
}

#[test]
fn a_key_in_the_certificates_file_is_refused() {
    let certs = Certs::new();
    let both = format!("{}{}", certs.read("client.crt"), certs.read("client.key"));
    assert!(refused(&certs, &both).contains("a private key is in the certificate's file"));
}

#[test]
fn what_is_no_certificate_in_pem_is_refused() {
    let certs = Certs::new();
    let key = KeyPair::generate().unwrap();
    let request = CertificateParams::default().serialize_request(&key).unwrap().pem().unwrap();
    let client = certs.read("client.crt");
    let lines: Vec<_> = client.lines().collect();
    let half = lines[..3].join("\n");
    let short = [lines[0], lines[1], lines[lines.len() - 1]].join("\n");
    for (content, part) in [
        ("", "no certificate in PEM"),
        ("hello", "no certificate in PEM"),
        ("0\u{3}\u{2}\u{1}\u{1}", "perhaps DER"),
        (&request, "a request for a certificate"),
        (&half, "malformed PEM"),
        (&short, "the certificate is malformed"),
    ] {
        let told = refused(&certs, content);
        assert!(told.contains(part), "{part}: {told}");
    }
    let (status, told) = end(&["check", "no-such-file"]);
    assert!(status == Some(1) && told.contains("error: no-such-file cannot be read: "), "{told}");
}

#[test]
fn more_than_the_leaf_is_a_warning() {
    let certs = Certs::new();
    let chain = format!("{}{}", certs.read("client.crt"), certs.read("ca.crt"));
    let told = check(&certs, &chain).unwrap();
    assert!(told.contains("warning  cloudflare  2 certificates"), "{told}");
    // The wrong way round, the first one is the authority's.
    let chain = format!("{}{}", certs.read("ca.crt"), certs.read("client.crt"));
    assert!(refused(&certs, &chain).contains("`missing leaf certificate`"));
}
