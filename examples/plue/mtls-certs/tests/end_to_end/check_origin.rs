use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};

use crate::forge::client;
use crate::tool::{Certs, fails, fixture, on_day, works};

#[test]
fn without_an_authority_the_origin_is_not_asked() {
    let certs = Certs::new();
    let told = works(&["check", &certs.path("client.crt")]);
    assert!(told.contains("warning  origin      not asked"), "{told}");
}

#[test]
fn an_authority_that_did_not_issue_it_is_told_from_one_that_did() {
    let (certs, other) = (Certs::new(), Certs::new());
    let (client, ca, other) =
        (certs.path("client.crt"), certs.path("ca.crt"), other.path("ca.crt"));
    let told = fails(&["check", &client, "--ca", &other]);
    assert!(told.contains("refused  origin      default profile: `unknown_issuer`"), "{told}");
    works(&["check", &client, "--ca", &other, "--ca", &ca]);
}

#[test]
fn a_pin_of_another_key_is_refused_with_and_without_an_authority() {
    let certs = Certs::new();
    let (client, ca) = (certs.path("client.crt"), certs.path("ca.crt"));
    let pin = works(&["pin", &client]);
    let (own, other) = (pin.trim(), works(&["pin", &ca]));
    let other = other.trim();

    works(&["check", &client, "--ca", &ca, "--pin", other, "--pin", own]);
    let told = fails(&["check", &client, "--ca", &ca, "--pin", other]);
    assert!(told.contains("`pin_mismatch`"), "{told}");

    let told = works(&["check", &client, "--pin", other, "--pin", own]);
    assert!(told.contains("ok       origin      the key is pinned"), "{told}");
    let told = fails(&["check", &client, "--pin", other]);
    assert!(told.contains(&format!("none of the pinned ones, but {own}")), "{told}");
}

#[test]
fn what_only_the_strict_profile_refuses_is_a_warning_unless_it_is_asked_for() {
    let certs = Certs::on_first_day();
    let ca = certs.path("ca.crt");
    let strict = |content: String, part: &str| {
        let path = certs.folder.write("checked.crt", &content);
        let told = on_day(0, &["check", &path, "--ca", &ca]).unwrap();
        assert!(told.contains("ok       origin      default profile"), "{told}");
        assert!(told.contains(&format!("warning  origin      strict profile: `{part}`")), "{told}");
        let told = on_day(0, &["check", &path, "--ca", &ca, "--strict"]).unwrap_err();
        assert!(told.contains(&format!("refused  origin      strict profile: `{part}`")), "{told}");
    };
    strict(client(&certs, |params| params.extended_key_usages.clear()).0, "extended_key_usage");
    strict(client(&certs, |params| params.key_usages.clear()).0, "key_usage");
    strict(
        client(&certs, |params| params.not_after = rcgen::date_time_ymd(2030, 1, 1)).0,
        "validity_too_long",
    );
    strict(
        client(&certs, |params| params.use_authority_key_identifier_extension = false).0,
        "not_strict",
    );
    strict(
        format!("{}{}", certs.read("client.crt"), Certs::without_client().read("ca.crt")),
        "unrelated_certificate",
    );
}

#[test]
fn what_every_profile_refuses_is_refused() {
    let certs = Certs::on_first_day();
    let refused = |content: String, part: &str| {
        let path = certs.folder.write("checked.crt", &content);
        let told = on_day(0, &["check", &path, "--ca", &certs.path("ca.crt")]).unwrap_err();
        assert!(
            told.contains(&format!("refused  origin      default profile: `{part}`")),
            "{told}"
        );
    };
    let server = vec![ExtendedKeyUsagePurpose::ServerAuth];
    refused(client(&certs, |params| params.extended_key_usages = server).0, "extended_key_usage");
    let encipherment = vec![KeyUsagePurpose::KeyEncipherment];
    refused(client(&certs, |params| params.key_usages = encipherment).0, "key_usage");
}

#[test]
fn an_origin_that_would_not_start_is_told() {
    let (certs, other) = (Certs::new(), Certs::new());
    works(&["crl", "--dir", &certs.dir, "--first"]);
    works(&["crl", "--dir", &other.dir, "--first"]);
    let (client, ca) = (certs.path("client.crt"), certs.path("ca.crt"));
    for (arguments, part) in [
        (&["--ca", &client][..], "no authority's certificate"),
        (&["--ca", &certs.path("ca.key")], "private key in a file of certificates"),
        (&["--ca", &certs.path("ca.crl")], "no certificate in the file of trust anchors"),
        (&["--ca", &ca, "--crl", &ca], "no CRL in the file of revocation lists"),
    ] {
        let told = fails(&[&["check", &client], arguments].concat());
        assert!(told.contains("refused  origin      does not start: "), "{told}");
        assert!(told.contains(part), "{part}: {told}");
    }
    let told = fails(&["check", &client, "--ca", &ca, "--crl", &other.path("ca.crl")]);
    assert!(told.contains("`crl_unknown`"), "{told}");
}

#[test]
fn an_authority_that_ends_soon_is_a_warning() {
    let certs = Certs::on_first_day();
    let renewed = ["issue", "--dir", &certs.dir, "--as", "late", "--days", "60", "--key", "p256"];
    on_day(3450, &renewed).unwrap();
    let (late, ca) = (certs.path("late.crt"), certs.path("ca.crt"));
    let check = |day| on_day(day, &["check", &late, "--ca", &ca]).unwrap();
    assert!(!check(3470).contains("rotate before that"));
    assert!(check(3471).contains("warning  origin      an authority is valid until 2036-11-28"));
}

#[test]
fn the_original_authority_is_good_enough_for_the_default_profile_alone() {
    let ca = fixture("original-ca.crt");
    let told = on_day(0, &["check", &fixture("rsa1024.crt"), "--ca", &ca]).unwrap_err();
    assert!(told.contains("default profile: `"), "it starts with it: {told}");
}
