use std::process::{Child, Command};

use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::{CertificateRevocationList, RevokedCertificate};
use x509_parser::x509::X509Version;

use crate::tool::{Certs, PROGRAM, fails, on_day, works};

/// Its number, and the serial numbers that it revokes.
fn read(certs: &Certs) -> (u64, Vec<String>) {
    let pem = Pem::iter_from_buffer(certs.read("ca.crl").as_bytes()).next().unwrap().unwrap();
    let (_, list) = CertificateRevocationList::from_der(&pem.contents).unwrap();
    assert_eq!(list.version(), Some(X509Version::V2));
    let revoked = list.iter_revoked_certificates();
    let serials = revoked.map(RevokedCertificate::raw_serial_as_string).collect();
    (list.crl_number().unwrap().try_into().unwrap(), serials)
}

#[test]
fn the_number_grows_and_what_was_revoked_stays_so() {
    let certs = Certs::without_client();
    let crl = |arguments: &[&str]| works(&[&["crl", "--dir", &certs.dir], arguments].concat());
    crl(&["--first"]);
    assert_eq!(read(&certs), (1, vec![]));
    crl(&["--revoke", "4f01", "--revoke", "0x4F02"]);
    assert_eq!(read(&certs), (2, vec!["4f:01".to_owned(), "4f:02".to_owned()]));
    crl(&["--revoke", "00:4f:03"]);
    let three = ["4f:01", "4f:02", "4f:03"].map(str::to_owned).to_vec();
    assert_eq!(read(&certs), (3, three.clone()));
    let told = crl(&["--revoke", "4F01"]);
    assert!(told.contains("already revoked  4F01"), "{told}");
    crl(&[]);
    assert_eq!(read(&certs), (5, three));
}

#[test]
fn a_certificate_is_revoked_by_its_file_and_refused_from_then_on() {
    let certs = Certs::new();
    works(&["issue", "--dir", &certs.dir, "--key", "p256", "--as", "other"]);
    works(&["crl", "--dir", &certs.dir, "--first"]);
    let (ca, crl) = (certs.path("ca.crt"), certs.path("ca.crl"));
    let check =
        |name: &str| ["check", &certs.path(name), "--ca", &ca, "--crl", &crl].map(str::to_owned);
    let client = check("client.crt");
    let client: Vec<_> = client.iter().map(String::as_str).collect();
    works(&client);

    let told = works(&["crl", "--dir", &certs.dir, "--revoke", &certs.path("client.crt")]);
    assert!(told.starts_with("revoked  "), "{told}");
    let told = fails(&client);
    assert!(told.contains("refused  origin      default profile: `revoked`"), "{told}");
    let other = check("other.crt");
    works(&other.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn without_the_last_list_nothing_is_published() {
    let certs = Certs::without_client();
    let told = fails(&["crl", "--dir", &certs.dir, "--revoke", "4f01"]);
    assert!(told.contains("with it what was revoked") && told.contains("--first"), "{told}");
    assert!(std::fs::metadata(certs.path("ca.crl")).is_err());
}

#[test]
fn a_list_that_is_damaged_or_of_another_authority_is_not_carried_on() {
    let (certs, other) = (Certs::without_client(), Certs::without_client());
    works(&["crl", "--dir", &other.dir, "--first"]);
    works(&["crl", "--dir", &certs.dir, "--first", "--revoke", "4f01"]);
    let good = certs.read("ca.crl");
    let lines: Vec<_> = good.lines().collect();
    // A letter of the signature, which comes last.
    let signature = lines[lines.len() - 2];
    let other_letter = if signature.starts_with('A') { "B" } else { "A" };
    let changed = good.replace(signature, &format!("{other_letter}{}", &signature[1..]));

    for (damaged, part) in [
        (&*other.read("ca.crl"), "another authority"),
        (&*lines[..lines.len() - 1].join("\n"), "ca.crl"),
        (&*lines[..1].join("\n"), "ca.crl"),
        ("", "no CRL"),
        (&*format!("{good}{}", other.read("ca.crl")), "another number of lists"),
        (&*changed, "no trust anchor of that name has signed it"),
    ] {
        std::fs::write(certs.path("ca.crl"), damaged).unwrap();
        let told = fails(&["crl", "--dir", &certs.dir]);
        assert!(told.contains(part), "{part}: {told}");
        assert_eq!(certs.read("ca.crl"), damaged);
    }
    std::fs::write(certs.path("ca.crl"), good).unwrap();
    works(&["crl", "--dir", &certs.dir]);
}

#[test]
fn what_cannot_be_revoked_is_told() {
    let (certs, other) = (Certs::new(), Certs::new());
    works(&["crl", "--dir", &certs.dir, "--first"]);
    let before = certs.read("ca.crl");
    let too_long = "4f".repeat(21);
    for (given, part) in [
        ("", "neither a file nor a serial number"),
        ("0", "neither a file"),
        ("4f0", "neither a file"),
        (&too_long, "1 to 20 bytes"),
        ("no-such-file.crt", "neither a file"),
        (&other.path("client.crt"), "another authority has issued it"),
        (&certs.path("ca.crt"), "that is the authority itself"),
        (&certs.path("client.key"), "no certificate in PEM"),
    ] {
        let told = fails(&["crl", "--dir", &certs.dir, "--revoke", "4f01", "--revoke", given]);
        assert!(told.contains(part), "{given}: {told}");
    }
    assert!(certs.read("ca.crl") == before, "not even what could be revoked");
}

#[test]
fn of_many_runs_at_once_none_loses_what_another_revokes() {
    let certs = Certs::without_client();
    works(&["crl", "--dir", &certs.dir, "--first"]);
    let start = |n: u32| {
        let serial = format!("4f{n:02x}");
        Command::new(PROGRAM).args(["crl", "--dir", &certs.dir, "--revoke", &serial]).spawn()
    };
    let mut runs: Vec<Child> = (0..12).map(|n| start(n).unwrap()).collect();
    assert!(runs.iter_mut().all(|run| run.wait().unwrap().success()));
    let (number, mut serials) = read(&certs);
    serials.sort();
    assert_eq!(number, 13);
    assert_eq!(serials, (0..12).map(|n| format!("4f:{n:02x}")).collect::<Vec<_>>());
}

#[test]
fn a_list_is_valid_for_its_days_and_a_renewal_prolongs_it() {
    let certs = Certs::on_first_day();
    on_day(0, &["crl", "--dir", &certs.dir, "--first", "--days", "10"]).unwrap();
    let (client, ca, crl) = (certs.path("client.crt"), certs.path("ca.crt"), certs.path("ca.crl"));
    let check = |day| on_day(day, &["check", &client, "--ca", &ca, "--crl", &crl]);
    assert!(!check(3).unwrap().contains("warning"));
    assert!(check(4).unwrap().contains("warning  origin      a list is valid until 2026-12-11"));
    assert!(check(11).unwrap_err().contains("`crl_expired`"));
    on_day(11, &["crl", "--dir", &certs.dir]).unwrap();
    check(11).unwrap();
}
