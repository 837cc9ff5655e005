use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::process::Command;

use testkit::folder::Folder;

use crate::tool::{Certs, PROGRAM, end, fails, list, works};

fn mode(path: &str) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn keys_and_folders_are_for_their_owner_alone_whatever_the_umask() {
    let folder = Folder::new();
    let dir = folder.path("deep/certs");
    for command in [
        format!("init --out {dir} --key p256"),
        format!("issue --dir {dir} --key p256"),
        format!("rotate --dir {dir} --to {dir}-2 --key p256 --client-key p256"),
    ] {
        let line = format!("umask 000; exec {PROGRAM} {command}");
        assert!(Command::new("sh").args(["-c", &line]).output().unwrap().status.success());
    }
    for name in ["ca.key", "client.key"] {
        assert_eq!(mode(&format!("{dir}/{name}")), 0o600, "{name}");
        assert_eq!(mode(&format!("{dir}-2/{name}")), 0o600, "{name}");
    }
    assert_eq!(mode(&format!("{dir}/ca.crt")), 0o644);
    for made in [folder.path("deep"), dir.clone(), format!("{dir}-2")] {
        assert_eq!(mode(&made), 0o700, "{made}");
    }
}

#[test]
fn nothing_is_overwritten() {
    let certs = Certs::new();
    let before: Vec<_> = list(&certs.dir).iter().map(|name| certs.read(name)).collect();
    works(&["crl", "--dir", &certs.dir, "--first"]);
    for arguments in [
        &["init", "--out", &certs.dir, "--key", "p256"][..],
        &["issue", "--dir", &certs.dir, "--key", "p256"],
        &["crl", "--dir", &certs.dir, "--first"],
        &["rotate", "--dir", &certs.dir, "--to", &certs.dir],
    ] {
        let told = fails(arguments);
        assert!(told.contains("nothing is overwritten"), "{arguments:?}: {told}");
    }
    fs::remove_file(certs.path("ca.crl")).unwrap();
    let after: Vec<_> = list(&certs.dir).iter().map(|name| certs.read(name)).collect();
    assert!(before == after);
}

#[test]
fn one_file_of_a_pair_is_enough_to_refuse_the_other() {
    for (present, absent) in [("client.key", "client.crt"), ("client.crt", "client.key")] {
        let certs = Certs::without_client();
        fs::write(certs.path(present), "precious").unwrap();
        let told = fails(&["issue", "--dir", &certs.dir, "--key", "p256"]);
        assert!(told.contains(present), "{told}");
        assert_eq!(certs.read(present), "precious");
        assert!(!list(&certs.dir).contains(&absent.to_owned()));
    }
}

#[test]
fn a_link_to_nowhere_is_not_followed() {
    let certs = Certs::without_client();
    let elsewhere = certs.folder.path("elsewhere");
    symlink(&elsewhere, certs.path("client.key")).unwrap();
    assert!(fails(&["issue", "--dir", &certs.dir, "--key", "p256"]).contains("client.key"));
    assert!(fs::metadata(elsewhere).is_err());
}

#[test]
fn a_command_that_fails_half_way_leaves_nothing_behind() {
    let certs = Certs::new();
    works(&["crl", "--dir", &certs.dir, "--first"]);
    let list_before = certs.read("ca.crl");
    // The private key, of 241 bytes, can be written still, and the certificate can not.
    let limited = |command: &str| {
        let line = format!("trap '' XFSZ; ulimit -f 1; exec {PROGRAM} {command}");
        let output = Command::new("dash").args(["-c", &line]).output();
        let output = output.or_else(|_| Command::new("sh").args(["-c", &line]).output()).unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (before, dir) = (list(&certs.dir), &certs.dir);
    let long = "x".repeat(64);
    for command in [
        format!("init --out {dir}-2 --key rsa4096"),
        format!("issue --dir {dir} --as next --key p256 --common-name {long} {}", uris(12)),
        format!("crl --dir {dir} {}", revocations(40)),
        format!("rotate --dir {dir} --to {dir}-2 --key rsa4096"),
    ] {
        let (status, told) = limited(&command);
        assert!(status == Some(1) && told.contains("cannot be written"), "{command}: {told}");
        assert_eq!(list(dir), before, "{command}");
        assert!(fs::metadata(format!("{dir}-2")).is_err(), "{command}");
    }
    assert_eq!(certs.read("ca.crl"), list_before);
}

fn uris(count: usize) -> String {
    (0..count).map(|n| format!("--uri spiffe://plue.dev/{n}/{} ", "y".repeat(60))).collect()
}

fn revocations(count: usize) -> String {
    (1..=count).map(|n| format!("--revoke 4f{n:030x} ")).collect()
}

#[test]
fn a_list_is_replaced_by_another_file_and_not_written_over() {
    let certs = Certs::without_client();
    works(&["crl", "--dir", &certs.dir, "--first"]);
    let before = fs::metadata(certs.path("ca.crl")).unwrap().ino();
    // Of a run that was killed.
    fs::write(certs.path(".ca.crl.new"), "half a li").unwrap();
    works(&["crl", "--dir", &certs.dir]);
    assert_ne!(fs::metadata(certs.path("ca.crl")).unwrap().ino(), before);
    assert_eq!(list(&certs.dir), ["ca.crl", "ca.crt", "ca.key"]);
}

#[test]
fn a_folder_without_an_authority_is_told_with_what_is_missing() {
    let folder = Folder::new();
    let dir = folder.path("certs");
    for command in ["issue", "crl"] {
        let told = fails(&[command, "--dir", &dir]);
        assert!(told.contains("certs/ca.crt cannot be read: "), "{told}");
    }
    let told = fails(&["rotate", "--dir", &dir, "--to", &folder.path("next")]);
    assert!(told.contains("certs/ca.crt cannot be read: "), "{told}");
    assert!(fs::metadata(folder.path("next")).is_err());
}

#[test]
fn help_and_version_are_no_mistakes_and_no_command_is_one() {
    for (arguments, part) in
        [(&["--help"][..], "rotate"), (&["check", "--help"], "--strict"), (&["--version"], "0.0.0")]
    {
        let (status, told) = end(arguments);
        assert!(status == Some(0) && told.contains(part), "{arguments:?}: {status:?} {told}");
    }
    for arguments in [&[][..], &["sign"], &["check"], &["rotate"], &["check", "x", "--strict"]] {
        let (status, told) = end(arguments);
        assert!(status == Some(2), "{arguments:?}: {status:?} {told}");
    }
}
