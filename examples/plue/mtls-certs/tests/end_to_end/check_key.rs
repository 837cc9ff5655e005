use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use rcgen::KeyPair;

use crate::openssl::openssl;
use crate::tool::{Certs, end, works};

/// Whether it is accepted, and what is told about the key.
fn check(certs: &Certs, key: &str) -> (bool, String) {
    let path = certs.folder.write("checked.key", key);
    set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let (status, told) = end(&["check", &certs.path("client.crt"), "--key", &path]);
    (status == Some(0), told)
}

#[test]
fn the_key_must_belong_to_the_certificate() {
    let certs = Certs::new();
    let (accepted, told) = check(&certs, &certs.read("client.key"));
    assert!(accepted && told.contains("ok       cloudflare  the private key belongs"), "{told}");

    let other = KeyPair::generate().unwrap().serialize_pem();
    for other in [&other, &certs.read("ca.key")] {
        let (accepted, told) = check(&certs, other);
        assert!(!accepted && told.contains("refused  cloudflare  the private key does not belong"));
    }
}

#[test]
fn a_file_has_one_key_and_nothing_else() {
    let certs = Certs::new();
    let key = certs.read("client.key");
    let parameters =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    for (content, part) in [
        (format!("{parameters}{key}"), "a block EC PARAMETERS"),
        (
            format!("{key}{}", certs.read("client.crt")),
            "a certificate is in the private key's file",
        ),
        (format!("{key}{key}"), "not one private key"),
        (certs.read("client.crt"), "not one private key"),
        (String::new(), "not one private key"),
        (key.lines().take(2).collect::<Vec<_>>().join("\n"), "malformed PEM"),
        (
            "-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----\n".to_owned(),
            "cannot be read",
        ),
    ] {
        let (accepted, told) = check(&certs, &content);
        assert!(!accepted, "{told}");
        assert!(told.contains("refused  cloudflare") && told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_key_that_others_can_reach_is_a_warning() {
    let certs = Certs::new();
    for (mode, warned) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        set_permissions(certs.path("client.key"), Permissions::from_mode(mode)).unwrap();
        let told = works(&["check", &certs.path("client.crt"), "--key", &certs.path("client.key")]);
        let warning =
            format!("warning  origin      others can reach the private key (mode {mode:04o})");
        assert_eq!(told.contains(&warning), warned, "{told}");
    }
}

#[test]
fn no_finding_has_a_part_of_the_key() {
    let certs = Certs::new();
    let key = certs.read("client.key");
    let secret = key.lines().nth(1).unwrap();
    for content in [key.clone(), format!("{key}{key}"), key.replace("-----END", "----END")] {
        let (_, told) = check(&certs, &content);
        assert!(!told.contains(&secret[..16]), "{told}");
    }
}

#[test]
#[ignore = "needs openssl: run .ci/run peers"]
fn keys_as_openssl_writes_them_are_told_from_each_other() {
    let certs = Certs::new();
    let (key, out) = (certs.path("client.key"), certs.folder.path("converted.key"));
    let convert = |arguments: &[&str]| {
        openssl(&[arguments, &["-in", &key, "-out", &out]].concat());
        check(&certs, &std::fs::read_to_string(&out).unwrap())
    };
    for encrypted in [
        &["pkcs8", "-topk8", "-passout", "pass:secret"][..],
        &["ec", "-aes128", "-passout", "pass:secret"],
    ] {
        let (accepted, told) = convert(encrypted);
        assert!(!accepted && told.contains("has a passphrase"), "{encrypted:?}: {told}");
    }
    let (accepted, told) = convert(&["ec"]);
    assert!(accepted && told.contains("a `EC PRIVATE KEY`, not PKCS#8"), "{told}");
    assert!(told.contains("the private key belongs"), "{told}");

    let with_parameters = openssl(&["ecparam", "-name", "prime256v1", "-genkey"]);
    let (accepted, told) = check(&certs, &with_parameters);
    assert!(!accepted && told.contains("a block EC PARAMETERS"), "{told}");

    openssl(&["pkcs8", "-topk8", "-nocrypt", "-in", &key, "-out", &out]);
    let (accepted, told) = check(&certs, &std::fs::read_to_string(&out).unwrap());
    assert!(accepted && !told.contains("PKCS#8"), "{told}");
}
