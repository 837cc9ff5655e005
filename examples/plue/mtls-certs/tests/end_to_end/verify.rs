//! OpenSSL's opinion of what this tool makes.

use std::fs;

use crate::openssl::{openssl, try_openssl, verifies};
use crate::tool::{Certs, works};

#[test]
#[ignore = "needs openssl: run .ci/run peers"]
fn openssl_accepts_what_is_made_in_its_strictest_mode_with_each_kind_of_key() {
    for (authority, client) in [("p256", "rsa2048"), ("rsa2048", "p256"), ("rsa4096", "rsa2048")] {
        let certs = Certs::without_client();
        let dir = certs.folder.path(authority);
        works(&["init", "--out", &dir, "--key", authority]);
        #[rustfmt::skip]
        works(&[
            "issue", "--dir", &dir, "--key", client,
            "--uri", "spiffe://plue.dev/edge", "--dns", "edge.plue.dev",
        ]);
        works(&["crl", "--dir", &dir, "--first"]);
        let [ca, crl, leaf] =
            ["ca.crt", "ca.crl", "client.crt"].map(|name| format!("{dir}/{name}"));
        let lists = ["-crl_check", "-CRLfile", &crl];
        let (accepted, told) = verifies(&ca, &leaf, &lists);
        assert!(accepted, "{authority}, {client}: {told}");
        // The near miss: it is no server's.
        let server = try_openssl(&[
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            &ca,
            &leaf,
        ]);
        assert!(!server.0, "{}", server.1);

        works(&["crl", "--dir", &dir, "--revoke", &leaf]);
        let (accepted, told) = verifies(&ca, &leaf, &lists);
        assert!(!accepted && told.contains("certificate revoked"), "{told}");
        for key in ["ca.key", "client.key"] {
            let told = openssl(&["pkey", "-check", "-noout", "-in", &format!("{dir}/{key}")]);
            assert!(told.contains("Key is valid"), "{told}");
        }
    }
}

#[test]
#[ignore = "needs openssl: run .ci/run peers"]
fn openssl_reads_the_number_and_the_serial_numbers_of_a_list() {
    let certs = Certs::new();
    works(&["crl", "--dir", &certs.dir, "--first"]);
    let serial = openssl(&["x509", "-noout", "-serial", "-in", &certs.path("client.crt")]);
    let serial = serial.trim().strip_prefix("serial=").unwrap();
    works(&["crl", "--dir", &certs.dir, "--revoke", serial]);
    let text = openssl(&["crl", "-noout", "-text", "-in", &certs.path("ca.crl")]);
    assert!(text.contains("Version 2"), "{text}");
    assert!(text.contains(&format!("Serial Number: {serial}")), "{text}");
    let number: Vec<_> = text.lines().skip_while(|line| !line.contains("CRL Number")).collect();
    assert_eq!(number[1].trim(), "2");
    openssl(&[
        "crl",
        "-noout",
        "-verify",
        "-CAfile",
        &certs.path("ca.crt"),
        "-in",
        &certs.path("ca.crl"),
    ]);
}

#[test]
#[ignore = "needs openssl: run .ci/run peers"]
fn openssl_accepts_both_sides_of_a_rotation() {
    let certs = Certs::new();
    works(&["crl", "--dir", &certs.dir, "--first"]);
    let next = certs.folder.path("next");
    works(&["rotate", "--dir", &certs.dir, "--to", &next, "--key", "p256"]);
    let [both, lists, only, new] =
        ["both.crt", "both.crl", "ca.crt", "client.crt"].map(|name| format!("{next}/{name}"));
    let old = certs.path("client.crt");
    // openssl reads one list of a file.
    let list = fs::read_to_string(&lists).unwrap();
    let (first, second) = list.split_at(list.rfind("-----BEGIN").unwrap());
    let first = certs.folder.write("first.crl", first);
    let second = certs.folder.write("second.crl", second);
    for client in [&old, &new] {
        let further = ["-crl_check", "-CRLfile", &first, "-CRLfile", &second];
        let (accepted, told) = verifies(&both, client, &further);
        assert!(accepted, "{told}");
    }
    assert!(verifies(&only, &new, &[]).0);
    assert!(!verifies(&only, &old, &[]).0);
}
