use std::fs;

use x509_parser::pem::Pem;

use crate::tool::{Certs, fails, fixture, list, on_day, works};

fn rotate(certs: &Certs) -> (String, String) {
    let next = certs.folder.path("next");
    let small = ["--key", "p256", "--client-key", "p256"];
    let told = works(&[&["rotate", "--dir", &certs.dir, "--to", &next][..], &small].concat());
    (next, told)
}

#[test]
fn during_a_rotation_both_are_accepted_and_after_it_only_the_new() {
    let certs = Certs::new();
    let (next, _) = rotate(&certs);
    assert_eq!(list(&next), ["both.crt", "ca.crt", "ca.key", "client.crt", "client.key"]);
    let (old, new) = (certs.path("client.crt"), format!("{next}/client.crt"));
    let (both, only) = (format!("{next}/both.crt"), format!("{next}/ca.crt"));
    let new_key = format!("{next}/client.key");

    works(&["check", &old, "--ca", &both, "--strict"]);
    works(&["check", &new, "--key", &new_key, "--ca", &both, "--strict"]);
    works(&["check", &new, "--ca", &only, "--strict"]);
    assert!(fails(&["check", &old, "--ca", &only]).contains("`unknown_issuer`"));
    assert!(fails(&["check", &new, "--ca", &certs.path("ca.crt")]).contains("`unknown_issuer`"));
}

#[test]
fn lists_go_along_when_the_old_authority_has_one() {
    let certs = Certs::new();
    works(&["issue", "--dir", &certs.dir, "--key", "p256", "--as", "lost"]);
    let lost = certs.path("lost.crt");
    works(&["crl", "--dir", &certs.dir, "--first", "--revoke", &lost]);
    let (next, told) = rotate(&certs);
    let (both, lists) = (format!("{next}/both.crt"), format!("{next}/both.crl"));
    let during = ["--ca", &both, "--crl", &lists];
    for client in [&certs.path("client.crt"), &format!("{next}/client.crt")] {
        works(&[&["check", client][..], &during].concat());
    }
    assert!(fails(&[&["check", &lost][..], &during].concat()).contains("`revoked`"));
    let (only, list) = (format!("{next}/ca.crt"), format!("{next}/ca.crl"));
    works(&["check", &format!("{next}/client.crt"), "--ca", &only, "--crl", &list]);
    assert!(told.contains(&format!("--crl {lists}")) && told.contains("valid until 20"), "{told}");

    // The new authority goes on by itself.
    works(&["crl", "--dir", &next, "--revoke", &format!("{next}/client.crt")]);
}

#[test]
fn the_old_folder_stays_as_it_is_and_its_private_key_is_not_needed() {
    let certs = Certs::new();
    fs::remove_file(certs.path("ca.key")).unwrap();
    let read = || list(&certs.dir).iter().map(|name| certs.read(name)).collect::<Vec<_>>();
    let before = read();
    rotate(&certs);
    assert!(read() == before);
}

#[test]
fn a_rotation_can_follow_a_rotation() {
    let certs = Certs::new();
    let (next, _) = rotate(&certs);
    let third = certs.folder.path("third");
    let small = ["--key", "p256", "--client-key", "p256"];
    works(&[&["rotate", "--dir", &next, "--to", &third][..], &small].concat());
    works(&["check", &format!("{next}/client.crt"), "--ca", &format!("{third}/both.crt")]);
    let first = certs.path("client.crt");
    assert!(
        fails(&["check", &first, "--ca", &format!("{third}/both.crt")]).contains("unknown_issuer")
    );
}

#[test]
fn the_client_keeps_its_names() {
    let certs = Certs::without_client();
    #[rustfmt::skip]
    works(&[
        "issue", "--dir", &certs.dir, "--key", "p256", "--as", "edge-2026", "--common-name", "Edge",
        "--uri", "spiffe://plue.dev/edge", "--dns", "edge.plue.dev",
    ]);
    let (next, old) = (certs.folder.path("next"), certs.path("edge-2026.crt"));
    let told = fails(&["rotate", "--dir", &certs.dir, "--to", &next]);
    assert!(told.contains("client.crt cannot be read"), "{told}");
    works(&["rotate", "--dir", &certs.dir, "--to", &next, "--client", &old, "--key", "p256"]);
    let new = fs::read(format!("{next}/client.crt")).unwrap();
    let new = Pem::iter_from_buffer(&new).next().unwrap().unwrap();
    let new = new.parse_x509().unwrap();
    assert_eq!(new.subject().to_string(), "O=Plue, CN=Edge");
    let names = new.subject_alternative_name().unwrap().unwrap();
    assert_eq!(names.value.general_names.len(), 2);
    assert_eq!(new.public_key().parsed().unwrap().key_size(), 2048, "RSA by default");
}

#[test]
fn the_steps_name_the_files_and_both_pins_in_their_order() {
    let certs = Certs::new();
    let (next, told) = rotate(&certs);
    let old_pin = works(&["pin", &certs.path("client.crt")]);
    let new_pin = works(&["pin", &format!("{next}/client.crt")]);
    let mut rest = &*told;
    for part in [
        &format!("old pin {old_pin}"),
        &format!("new pin {new_pin}"),
        &format!("1. Origin: trust both. Give every instance {next}/both.crt"),
        &format!("2. Here: plue-mtls-certs check {next}/client.crt"),
        &format!("3. Cloudflare: upload {next}/client.crt"),
        "`active`",
        "4. Origin: wait until the new pin arrives",
        "5. Cloudflare: delete the old",
        &format!("6. Origin: trust only the new. Give every instance {next}/ca.crt"),
        &format!("7. Here: destroy {}/ca.key", certs.dir),
    ] {
        let at =
            rest.find(part).unwrap_or_else(|| panic!("{part} is not, or too early, in:\n{told}"));
        rest = &rest[at + part.len()..];
    }
    assert!(!told.contains("ca.crl") && !told.contains("both.crl"), "there are no lists:\n{told}");
}

#[test]
fn an_old_certificate_that_the_origin_refuses_is_a_warning() {
    let certs = Certs::without_client();
    let old = certs.folder.path("old");
    fs::create_dir(&old).unwrap();
    fs::copy(fixture("original-ca.crt"), format!("{old}/ca.crt")).unwrap();
    fs::copy(fixture("original-client.crt"), format!("{old}/client.crt")).unwrap();
    let next = certs.folder.path("next");
    let told = on_day(0, &["rotate", "--dir", &old, "--to", &next, "--key", "p256"]).unwrap();
    assert!(told.contains("warning: the origin refuses the old certificate"), "{told}");
    assert!(told.contains("`unsupported_version`") && told.contains("before step 3"), "{told}");
    let (new, both) = (format!("{next}/client.crt"), format!("{next}/both.crt"));
    on_day(0, &["check", &new, "--ca", &both]).unwrap();
}

#[test]
fn an_authority_that_the_origin_cannot_use_stops_the_rotation() {
    let certs = Certs::new();
    let next = certs.folder.path("next");
    fs::write(certs.path("ca.crl"), "no list").unwrap();
    let told = fails(&["rotate", "--dir", &certs.dir, "--to", &next, "--key", "p256"]);
    assert!(told.contains("ca.crl cannot be used by the origin: there is no CRL"), "{told}");
    fs::remove_file(certs.path("ca.crl")).unwrap();
    fs::copy(certs.path("client.crt"), certs.path("ca.crt")).unwrap();
    let told = fails(&["rotate", "--dir", &certs.dir, "--to", &next, "--key", "p256"]);
    assert!(
        told.contains("ca.crt cannot be used by the origin: a trust anchor is no authority's"),
        "{told}"
    );
    assert!(fs::metadata(&next).is_err());
}
