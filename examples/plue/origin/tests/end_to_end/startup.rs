use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use testkit::folder::Folder;
use testkit::port;

use crate::{PROGRAM, Zone};

/// How it ends, for an environment in which it does at once.
fn end(variables: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(PROGRAM);
    command.env_clear().envs(variables.iter().copied()).args(arguments);
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// Files that are as they must be, but one.
struct Files {
    folder: Folder,
    paths: [(&'static str, String); 4],
}

impl Files {
    fn new() -> Self {
        Self::with("", "")
    }

    /// With this in the place of what belongs into the file of this name.
    fn with(name: &str, content: &str) -> Self {
        let zone = Zone::new("the zone's authority");
        let server = zone.server();
        let contents = [
            zone.certificate.clone(),
            zone.revocation_list(1, &[]),
            server.certificate,
            server.key,
        ];
        let folder = Folder::new();
        let mut contents = contents.into_iter();
        let paths = FILES.map(|(variable, file)| {
            let right = contents.next().unwrap();
            (variable, folder.write(file, if file == name { content } else { &right }))
        });
        Self { folder, paths }
    }

    fn end(&self, variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let addresses = [("PLUE_LISTEN", port::reserve()), ("PLUE_HEALTH_LISTEN", port::reserve())]
            .map(|(variable, address)| (variable, address.to_string()));
        let own =
            self.paths.iter().chain(&addresses).map(|(variable, value)| (*variable, &**value));
        end(&own.chain(variables.iter().copied()).collect::<Vec<_>>(), &[])
    }
}

const FILES: [(&str, &str); 4] = [
    ("PLUE_CA", "ca.crt"),
    ("PLUE_CRL", "ca.crl"),
    ("PLUE_TLS_CERT", "tls.crt"),
    ("PLUE_TLS_KEY", "tls.key"),
];

#[test]
fn each_file_that_is_missing_or_wrong_is_told_with_its_setting_and_status_1() {
    for (variable, name) in FILES {
        for content in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nMIIB"] {
            let (status, told) = Files::with(name, content).end(&[]);
            assert!(status == Some(1) && told.contains(variable), "{variable}: {status:?} {told}");
            assert!(!told.contains("listening"), "{told}");
        }
        let files = Files::new();
        let nowhere = files.folder.path("nowhere");
        let (status, told) = files.end(&[(variable, &nowhere)]);
        let part = format!("{variable}={nowhere}: cannot be read: entity not found");
        assert!(status == Some(1) && told.contains(&part), "{status:?} {told}");
    }
}

#[test]
fn without_any_setting_there_is_no_authority_and_nothing_is_served() {
    assert!(!Path::new("/etc/plue/certs/ca.crt").exists(), "this machine is no origin");
    let (status, told) = end(&[], &[]);
    assert_eq!(status, Some(1), "{told}");
    assert!(told.contains("PLUE_CA=/etc/plue/certs/ca.crt: cannot be read"), "{told}");
    assert!(told.contains("--ephemeral FOLDER"), "{told}");
}

#[test]
fn a_certificate_that_is_no_authoritys_and_a_key_in_its_file_are_refused() {
    let zone = Zone::new("the zone's authority");
    for (content, part) in [
        (zone.client(1).certificate, "no authority's certificate"),
        (format!("{}{}", zone.certificate, zone.client(1).key), "there is a private key"),
    ] {
        let (status, told) = Files::with("ca.crt", &content).end(&[]);
        assert!(status == Some(1) && told.contains(part), "{part}: {status:?} {told}");
    }
}

#[test]
fn a_dev_mode_is_refused_whatever_it_is_set_to() {
    let files = Files::new();
    for value in ["true", "1", "false", "0", "no"] {
        let (status, told) = files.end(&[("PLUE_DEV_MODE", value)]);
        assert_eq!(status, Some(2), "{value}: {told}");
        assert!(told.contains("PLUE_DEV_MODE is set") && told.contains("--ephemeral"), "{told}");
    }
    let folder = Folder::new();
    let (status, _) = end(&[("PLUE_DEV_MODE", "true")], &["--ephemeral", &folder.path("there")]);
    assert_eq!(status, Some(2));
}

#[test]
fn what_is_wrong_is_told_with_its_variable_and_status_2() {
    for (variable, value, part) in [
        ("PLUE_LISTEN", "everywhere", "--listen"),
        ("PLUE_HEALTH_LISTEN", "8081", "--health-listen"),
        ("PLUE_HOSTS", "https://plue.dev", "looks like `plue.dev`"),
        ("PLUE_PINS", "plue", "a pin looks like"),
        ("PLUE_USER_EDGES", "plue", "a pin looks like"),
        ("PLUE_USER_ASSERTION_KEY", "edge.pem", "--user-assertion-audience"),
        ("PLUE_USER_ASSERTION_AUDIENCE", "origin", "--user-assertion-key"),
        ("PLUE_SIGN_IN", "everywhere", "[possible values: edge, origin]"),
        ("PLUE_SIGN_IN", "origin", "--origin"),
        ("PLUE_STRICT", "perhaps", "--strict"),
        ("PLUE_OBSERVE", "perhaps", "--observe"),
        ("PLUE_ALLOW_TLS12", "perhaps", "--allow-tls12"),
        ("PLUE_PROXY_FROM", "everywhere", "--proxy-from"),
        ("PLUE_POLL_SECONDS", "0", "--poll-seconds"),
        ("PLUE_DRAIN_SECONDS", "soon", "--drain-seconds"),
        ("PLUE_LOG_LEVEL", "loud", "--log-level"),
    ] {
        let (status, told) = end(&[(variable, value)], &[]);
        assert!(status == Some(2) && told.contains(part), "{variable}: {status:?} {told}");
    }
}

#[test]
fn who_is_signed_in_is_told_in_one_way() {
    let pin = format!("{:064}", 7);
    let files = Files::new();
    let both = [
        ("PLUE_USER_EDGES", &*pin),
        ("PLUE_USER_ASSERTION_KEY", "edge.pem"),
        ("PLUE_USER_ASSERTION_AUDIENCE", "origin"),
    ];
    let (status, told) = files.end(&both);
    assert!(status == Some(2) && told.contains("cannot be used with"), "{status:?} {told}");
    let key = files.folder.write("edge.pem", "-----BEGIN PRIVATE KEY-----");
    let (status, told) = files.end(&[("PLUE_USER_ASSERTION_KEY", &key), both[2]]);
    assert!(status == Some(1) && told.contains("PLUE_USER_ASSERTION_KEY"), "{status:?} {told}");
}

#[test]
fn where_wallets_sign_in_here_what_that_takes_is_asked_for() {
    let here = [("PLUE_SIGN_IN", "origin"), ("PLUE_ORIGIN", "https://plue.dev")];
    let (status, told) = Files::new().end(&here);
    assert_eq!(status, Some(2));
    for name in ["PLUE_SESSION_KEYS", "PLUE_NONCE_SECRETS", "DATABASE_URL", "--single-process"] {
        assert!(told.contains(name), "{name} is not in:\n{told}");
    }
    let plain = [here[0], ("PLUE_ORIGIN", "http://plue.dev")];
    let (status, told) = Files::new().end(&plain);
    assert!(status == Some(2) && told.contains("--origin: an origin is `https`"), "{told}");
}

#[test]
fn a_load_balancer_cannot_be_everybody() {
    let (status, told) = Files::new().end(&[("PLUE_PROXY_FROM", "0.0.0.0/0")]);
    assert!(status == Some(1) && told.contains("--proxy-from"), "{status:?} {told}");
}

#[test]
fn an_empty_variable_counts_as_missing() {
    let names = [
        "PLUE_LISTEN",
        "PLUE_HEALTH_LISTEN",
        "PLUE_CA",
        "PLUE_CRL",
        "PLUE_TLS_CERT",
        "PLUE_TLS_KEY",
        "PLUE_HOSTS",
        "PLUE_PINS",
        "PLUE_USER_EDGES",
        "PLUE_USER_ASSERTION_KEY",
        "PLUE_USER_ASSERTION_KID",
        "PLUE_USER_ASSERTION_AUDIENCE",
        "PLUE_SIGN_IN",
        "PLUE_ORIGIN",
        "PLUE_CHAINS",
        "PLUE_SIGN_IN_SECONDS",
        "PLUE_OLD_SESSIONS",
        "PLUE_STRICT",
        "PLUE_OBSERVE",
        "PLUE_ALLOW_TLS12",
        "PLUE_PROXY_FROM",
        "PLUE_POLL_SECONDS",
        "PLUE_DRAIN_SECONDS",
        "PLUE_LOG_LEVEL",
        "PLUE_DEV_MODE",
    ];
    // All of them have been read when the first file is.
    let (status, told) = end(&names.map(|name| (name, "")), &[]);
    assert!(status == Some(1) && told.contains("PLUE_CA=/etc/plue/certs/ca.crt"), "{told}");
    let (_, help) = end(&[], &["--help"]);
    for name in names.iter().filter(|name| **name != "PLUE_DEV_MODE") {
        assert!(help.contains(&format!("[env: {name}=]")), "{name} is not in:\n{help}");
    }
    assert!(!help.contains("DEV_MODE"), "{help}");
}

#[test]
fn help_and_version_are_no_mistakes() {
    for (argument, part) in [("--help", "--ephemeral"), ("--version", "plue-origin")] {
        let (status, told) = end(&[], &[argument]);
        assert!(status == Some(0) && told.contains(part), "{argument}: {status:?} {told}");
    }
}

#[test]
fn an_address_that_is_taken_is_told_with_its_setting_and_status_1() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    for (variable, setting) in
        [("PLUE_LISTEN", "--listen"), ("PLUE_HEALTH_LISTEN", "--health-listen")]
    {
        let (status, told) = Files::new().end(&[(variable, &taken)]);
        let part = format!("cannot listen at {taken} ({setting})");
        assert!(status == Some(1) && told.contains(&part), "{status:?} {told}");
    }
}
