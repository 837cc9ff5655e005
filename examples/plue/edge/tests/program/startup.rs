use std::process::{Command, Output};

use testkit::folder::Folder;

use crate::PROGRAM;

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_clear().envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let told = String::from_utf8([stdout, stderr].concat()).unwrap();
    (status.code(), told)
}

const FORGE: [&str; 4] = ["--origin", "https://plue.example", "--upstream", "http://127.0.0.1:1"];
const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

#[test]
fn what_is_missing_is_told_with_status_2() {
    let (status, told) = run(&[], &[]);
    assert_eq!(status, Some(2));
    for name in ["--origin", "--upstream"] {
        assert!(told.contains(name), "{name} is not in:\n{told}");
    }
    let (status, told) = run(&FORGE, &[("REDIS_URL", "")]);
    assert_eq!(status, Some(2));
    for name in ["PLUE_SESSION_KEYS", "PLUE_NONCE_SECRETS", "DATABASE_URL", "--single-process"] {
        assert!(told.contains(name), "{name} is not in:\n{told}");
    }
}

#[test]
fn a_store_is_chosen_once_and_never_by_default() {
    let secrets = [("PLUE_SESSION_KEYS", "a:x"), ("PLUE_NONCE_SECRETS", SECRET)];
    let redis = ("REDIS_URL", "redis://127.0.0.1:1");
    let database = ("DATABASE_URL", "postgres://plue:hunter2@127.0.0.1:1/plue");
    for both in [&[redis, database][..], &[redis], &[database]] {
        let mut arguments = FORGE.to_vec();
        if both.len() == 1 {
            arguments.push("--single-process");
        }
        let (status, told) = run(&arguments, &[&secrets, both].concat());
        assert_eq!(status, Some(2), "{told}");
        assert!(told.contains("keep one"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn plain_http_is_for_this_machine() {
    let arguments = ["--origin", "http://plue.example", "--upstream", "http://127.0.0.1:1"];
    let (status, told) = run(&arguments, &[]);
    assert_eq!(status, Some(2));
    assert!(told.contains("--origin: an origin is `https`"), "{told}");
}

#[test]
fn a_demo_is_for_this_machine_and_mixes_with_nothing() {
    let (status, told) = run(&["--demo", "--listen", "0.0.0.0:8080"], &[]);
    assert_eq!(status, Some(2));
    assert!(told.contains("loopback"), "{told}");
    assert_eq!(run(&["--demo", "--single-process"], &[]).0, Some(2));
    assert_eq!(run(&["--demo"], &[("PLUE_ORIGIN", "https://plue.example")]).0, Some(2));
}

#[test]
fn a_secret_that_is_none_is_told_and_not_shown() {
    let arguments = [&FORGE[..], &["--single-process"]].concat();
    for (keys, expected) in [
        ("a:aHVudGVyMg==", "at least 32 bytes"),
        ("hunter2", "kid:secret"),
        (" , ", "from 1 to 8 keys"),
    ] {
        let (status, told) =
            run(&arguments, &[("PLUE_SESSION_KEYS", keys), ("PLUE_NONCE_SECRETS", SECRET)]);
        assert_eq!(status, Some(1), "{told}");
        assert!(told.contains(expected), "{told}");
        assert!(!told.contains("aHVudGVyMg") && !told.contains("hunter2"), "{told}");
    }
}

#[test]
fn a_store_or_a_file_that_is_not_there_is_told() {
    let keys = format!("a:{SECRET}");
    let secrets = [("PLUE_SESSION_KEYS", &*keys), ("PLUE_NONCE_SECRETS", SECRET)];
    let database = ("DATABASE_URL", "postgres://plue:hunter2@127.0.0.1:1/plue");
    for store in [("REDIS_URL", "redis://:hunter2@127.0.0.1:1"), database] {
        let (status, told) = run(&FORGE, &[&secrets[..], &[store]].concat());
        assert_eq!(status, Some(1), "{told}");
        assert!(told.contains("the store of used nonces cannot be used"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let missing = Folder::new().path("ca.crt");
    let arguments = [&FORGE[..], &["--single-process", "--upstream-ca", &missing]].concat();
    let (status, told) = run(&arguments, &secrets);
    assert_eq!(status, Some(1));
    assert!(told.contains(&missing), "{told}");
}

#[test]
fn old_sessions_are_somewhere_and_a_step_is_one_of_three() {
    let arguments = [&FORGE[..], &["--single-process"]].concat();
    let keys = format!("a:{SECRET}");
    let secrets = [("PLUE_SESSION_KEYS", &*keys), ("PLUE_NONCE_SECRETS", SECRET)];
    for (variables, expected, status) in [
        (&[("PLUE_OLD_SESSIONS", "both")][..], "PLUE_OLD_SESSIONS_URL is missing", 2),
        (&[("PLUE_OLD_SESSIONS", "old-only")], "PLUE_OLD_SESSIONS_URL is missing", 2),
        (&[("PLUE_OLD_SESSIONS", "none")], "old-only, both, new-only", 2),
        (&[("PLUE_OLD_SESSIONS_URL", "mysql://:hunter2@x")], "expected `postgres://", 2),
        (
            &[("PLUE_OLD_SESSIONS_URL", "postgres://plue:hunter2@127.0.0.1:1/plue")],
            "the table of old sessions cannot be read",
            1,
        ),
    ] {
        let (told_status, told) = run(&arguments, &[&secrets[..], variables].concat());
        assert_eq!(told_status, Some(status), "{variables:?}: {told}");
        assert!(told.contains(expected) && !told.contains("hunter2"), "{variables:?}: {told}");
    }
}

#[test]
fn where_wallets_sign_in_is_one_of_two_places() {
    let (status, told) = run(&FORGE, &[("PLUE_SIGN_IN", "nowhere")]);
    assert_eq!(status, Some(2));
    assert!(told.contains("[possible values: edge, origin]"), "{told}");
    assert_eq!(run(&["--demo"], &[("PLUE_SIGN_IN", "origin")]).0, Some(2));
}

#[test]
fn what_stands_before_the_edge_is_told_in_networks() {
    let arguments = [&FORGE[..], &["--single-process"]].concat();
    let keys = format!("a:{SECRET}");
    let secrets = [("PLUE_SESSION_KEYS", &*keys), ("PLUE_NONCE_SECRETS", SECRET)];
    for (networks, expected) in [("everywhere", 2), ("10.0.0.1/8", 2), ("0.0.0.0/0", 1)] {
        let from = [("PLUE_CONNECTING_IP_FROM", networks)];
        let (status, told) = run(&arguments, &[&secrets[..], &from].concat());
        assert_eq!(status, Some(expected), "{networks}: {told}");
        assert!(told.contains("--connecting-ip-from"), "{networks}: {told}");
    }
}

#[test]
fn help_names_the_variables_of_secrets() {
    let (status, told) = run(&["--help"], &[]);
    assert_eq!(status, Some(0));
    for name in [
        "PLUE_SESSION_KEYS",
        "PLUE_NONCE_SECRETS",
        "REDIS_URL",
        "DATABASE_URL",
        "PLUE_OLD_SESSIONS_URL",
    ] {
        assert!(told.contains(name), "{name} is not in:\n{told}");
    }
}
