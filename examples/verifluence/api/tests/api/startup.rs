use std::process::{Command, Output};

use api::Config;
use testkit::port;
use testkit::process::Process;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_verifluence-api");
const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

pub(crate) const GOOD: [(&str, &str); 4] = [
    ("WEB_ORIGINS", "https://app.verifluence.io, http://localhost:5173"),
    ("SESSION_KEYS", "a:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
    ("NONCE_SECRETS", SECRET),
    ("SINGLE_PROCESS", "true"),
];

/// The names of what is wrong.
fn wrong(variables: &[(&str, &str)]) -> Vec<&'static str> {
    let variable = |name: &str| {
        variables.iter().rfind(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
    };
    match Config::read(variable) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.problems().iter().map(api::Problem::name).collect(),
    }
}

#[test]
fn the_program_ends_with_status_2_and_tells_all_that_is_wrong() {
    let output = Command::new(PROGRAM).env_clear().env("LISTEN", "everywhere").output();
    let Output { status, stderr, .. } = output.unwrap();
    assert_eq!(status.code(), Some(2));
    let told = String::from_utf8(stderr).unwrap();
    for name in ["WEB_ORIGINS", "SESSION_KEYS", "NONCE_SECRETS", "DATABASE_URL", "LISTEN"] {
        assert!(told.contains(name), "{name} is not in:\n{told}");
    }
}

#[test]
fn what_is_wrong_is_told_by_its_name() {
    assert_eq!(wrong(&GOOD), [""; 0]);
    let with = |name, value| wrong(&[&GOOD[..], &[(name, value)]].concat());
    assert_eq!(with("WEB_ORIGINS", "http://app.verifluence.io"), ["WEB_ORIGINS"]);
    assert_eq!(with("WEB_ORIGINS", "https://app.verifluence.io/"), ["WEB_ORIGINS"]);
    assert_eq!(with("CHAINS", "1,one"), ["CHAINS"]);
    assert_eq!(with("SINGLE_PROCESS", "yes"), ["SINGLE_PROCESS"]);
    assert_eq!(with("SINGLE_PROCESS", ""), ["DATABASE_URL"]);
    assert_eq!(with("DATABASE_URL", "postgres://127.0.0.1/x"), ["DATABASE_URL"]);
    let instead =
        |url| wrong(&[&GOOD[..], &[("SINGLE_PROCESS", ""), ("DATABASE_URL", url)]].concat());
    assert_eq!(instead("postgres://127.0.0.1/x"), [""; 0]);
    assert_eq!(instead("redis://127.0.0.1"), ["DATABASE_URL"]);
    assert_eq!(with("TUNNEL_FROM", "172.28.0.0/24, fd00::/64"), [""; 0]);
    assert_eq!(with("TUNNEL_FROM", "172.28.0.0/24,"), ["TUNNEL_FROM"]);
    assert_eq!(with("TUNNEL_FROM", "172.28.0.1/24"), ["TUNNEL_FROM"]);
    assert_eq!(with("TUNNEL_FROM", "cloudflared"), ["TUNNEL_FROM"]);
    assert_eq!(with("SESSION_KEYS_FILE", "/nowhere"), ["SESSION_KEYS"]);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_by_its_variable_and_without_its_password() {
    let mut command = tokio::process::Command::new(PROGRAM);
    command.env_clear().envs(GOOD).env_remove("SINGLE_PROCESS");
    command.env("DATABASE_URL", "postgres://api:hunter2@127.0.0.1:1/verifluence");
    let mut program = Process::start(command);
    assert_eq!(program.wait().await.code(), Some(1));
    assert!(program.output().contains("DATABASE_URL"), "{}", program.output());
    assert!(!program.output().contains("hunter2"), "{}", program.output());
}

#[tokio::test]
async fn the_program_serves_until_it_is_asked_to_end() {
    let (api, health) = (port::reserve(), port::reserve());
    let mut command = tokio::process::Command::new(PROGRAM);
    command
        .env_clear()
        .envs(GOOD)
        .env("LISTEN", api.to_string())
        .env("HEALTH_LISTEN", health.to_string());
    let mut program = Process::start(command);
    program.wait_until_listening(api).await;
    program.wait_until_listening(health).await;
    assert_eq!(program.terminate().await.code(), Some(0), "{}", program.output());
}
