//! `generate-mtls-certs.sh`, for who has OpenSSL and not this tool.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use testkit::folder::Folder;

use crate::openssl::{openssl, verifies};
use crate::tool::{fails, list, works};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/generate-mtls-certs.sh");

/// Whether it succeeds, and what it writes; with small keys unless told otherwise.
fn script(variables: &[(&str, &str)], arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new("bash");
    command.arg(SCRIPT).args(arguments).envs([("KEY", "p256"), ("CA_KEY", "p256")]);
    // What the system's configuration says does not count.
    command.env("OPENSSL_CONF", "/dev/null/none").envs(variables.iter().copied());
    let output = command.output().unwrap();
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.success(), told)
}

#[test]
#[ignore = "needs openssl: run .ci/run peers"]
fn its_certificates_pass_the_strict_check_and_openssl_with_each_kind_of_key() {
    let folder = Folder::new();
    let mut names = Vec::new();
    for (authority, client) in [("p256", "p256"), ("p256", "rsa2048"), ("rsa4096", "rsa2048")] {
        let dir = folder.path(&format!("{authority}-{client}"));
        let (succeeds, told) = script(&[("CA_KEY", authority), ("KEY", client)], &[&dir]);
        assert!(succeeds, "{told}");
        assert_eq!(list(&dir), ["ca.crt", "ca.key", "client.crt", "client.key"]);
        let [ca, leaf, key] =
            ["ca.crt", "client.crt", "client.key"].map(|name| format!("{dir}/{name}"));
        let told = works(&["check", &leaf, "--key", &key, "--ca", &ca, "--strict"]);
        assert!(!told.contains("warning"), "{told}");
        let (accepted, told) = verifies(&ca, &leaf, &[]);
        assert!(accepted, "{told}");
        names.push(openssl(&["x509", "-noout", "-subject", "-serial", "-in", &ca]));
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3, "no two authorities share a name: {names:?}");
}

#[test]
#[ignore = "needs openssl: run .ci/run peers"]
fn its_keys_are_for_their_owner_alone() {
    let folder = Folder::new();
    let dir = folder.path("certs");
    assert!(script(&[], &[&dir]).0);
    let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&format!("{dir}/ca.key")), 0o600);
    assert_eq!(mode(&format!("{dir}/client.key")), 0o600);
}

#[test]
#[ignore = "needs openssl: run .ci/run peers"]
fn it_overwrites_nothing_and_leaves_nothing_half_done() {
    let folder = Folder::new();
    for present in ["ca.key", "ca.crt", "client.key", "client.crt"] {
        let dir = folder.path(&format!("with-{present}"));
        fs::create_dir(&dir).unwrap();
        fs::write(format!("{dir}/{present}"), "precious").unwrap();
        let (succeeds, told) = script(&[], &[&dir]);
        assert!(!succeeds && told.contains("nothing is overwritten"), "{told}");
        assert_eq!(list(&dir), [present]);
        assert_eq!(fs::read_to_string(format!("{dir}/{present}")).unwrap(), "precious");
    }
    for (variable, value) in [
        ("NAME", "Plue\nbasicConstraints = CA:TRUE"),
        ("NAME", "Plue/CN=another"),
        ("NAME", "$ENV::HOME"),
        ("KEY", "rsa1024"),
        ("KEY", "rsa4096"),
        ("CA_KEY", "ed25519"),
        ("DAYS", "0"),
        ("DAYS", "3651"),
        ("CA_DAYS", "many"),
    ] {
        let dir = folder.path("refused");
        let (succeeds, told) = script(&[(variable, value)], &[&dir]);
        assert!(!succeeds && told.contains("error: "), "{variable}={value}: {told}");
        assert!(fs::metadata(&dir).is_err(), "{variable}={value}");
    }
    assert!(!script(&[], &["one", "two"]).0);
}

#[test]
#[ignore = "needs openssl: run .ci/run peers"]
fn this_tool_goes_on_with_its_authority() {
    let folder = Folder::new();
    let (dir, next) = (folder.path("certs"), folder.path("next"));
    assert!(script(&[("NAME", "Another Forge")], &[&dir]).0);
    works(&["issue", "--dir", &dir, "--as", "renewed", "--key", "p256"]);
    works(&["crl", "--dir", &dir, "--first", "--revoke", &format!("{dir}/client.crt")]);
    let [ca, crl, old, renewed] =
        ["ca.crt", "ca.crl", "client.crt", "renewed.crt"].map(|name| format!("{dir}/{name}"));
    works(&["check", &renewed, "--ca", &ca, "--crl", &crl, "--strict"]);
    assert!(fails(&["check", &old, "--ca", &ca, "--crl", &crl]).contains("`revoked`"));
    let lists = ["-crl_check", "-CRLfile", &*crl];
    let (accepted, told) = verifies(&ca, &renewed, &lists);
    assert!(accepted, "{told}");

    works(&["rotate", "--dir", &dir, "--to", &next, "--client", &renewed, "--key", "p256"]);
    let text = openssl(&["x509", "-noout", "-subject", "-in", &format!("{next}/ca.crt")]);
    assert!(text.contains("Another Forge Origin Pull CA"), "{text}");
}
