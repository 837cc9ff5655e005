//! The script of Plue's plan, run as it is.

use std::process::Command;

use testkit::folder::Folder;

use crate::openssl::{openssl, verifies};
use crate::tool::{fails, fixture, works};

#[test]
#[ignore = "needs openssl: run .ci/run peers"]
fn the_original_scripts_certificate_is_refused() {
    let folder = Folder::new();
    let dir = folder.path("certs");
    let output = Command::new("bash").args([&fixture("original.sh"), &dir]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let [ca, client, key, pem] =
        ["ca.crt", "client.crt", "client.key", "client.pem"].map(|name| format!("{dir}/{name}"));
    let text = openssl(&["x509", "-noout", "-text", "-in", &client]);
    let told = fails(&["check", &client, "--ca", &ca, "--key", &key]);
    assert!(told.contains("code 1412 `Only leaf certificate is allowed`"), "{told}");
    // From 3.2 on, OpenSSL makes version 3 of it, with nothing that says it is a leaf.
    if text.contains("Version: 1 ") {
        assert!(told.contains("`unsupported_version`") && told.contains("-extfile"), "{told}");
    }
    let told = fails(&["check", &pem]);
    assert!(told.contains("a private key is in the certificate's file"), "{told}");
    assert!(!verifies(&ca, &client, &[]).0, "its authority has no key usage");
}

#[test]
#[ignore = "needs openssl: run .ci/run peers"]
fn from_the_original_scripts_folder_one_can_rotate() {
    let folder = Folder::new();
    let (dir, next) = (folder.path("certs"), folder.path("next"));
    let output = Command::new("bash").args([&fixture("original.sh"), &dir]).output().unwrap();
    assert!(output.status.success());
    works(&["rotate", "--dir", &dir, "--to", &next, "--key", "p256"]);
    let [ca, client, key] =
        ["ca.crt", "client.crt", "client.key"].map(|name| format!("{next}/{name}"));
    works(&["check", &client, "--ca", &ca, "--key", &key, "--strict"]);
    let text = openssl(&["x509", "-noout", "-subject", "-in", &client]);
    assert!(
        text.contains("CN = Cloudflare Client") || text.contains("CN=Cloudflare Client"),
        "{text}"
    );
}
