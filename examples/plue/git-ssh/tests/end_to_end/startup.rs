use std::net::TcpListener;
use std::process::{Command, Output};

use testkit::port;
use testkit::process::Process;

use crate::service::eventually;
use crate::stand_in::BANNER;
use crate::{Client, PROGRAM, StandIn};

fn end(variables: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(PROGRAM);
    command.env_clear().envs(variables.iter().copied()).args(arguments);
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[test]
fn what_is_wrong_is_told_with_its_variable_and_status_2() {
    for (variable, value, part) in [
        ("SSHD", "0.0.0.0:2022", "sshd must listen on loopback"),
        ("LISTEN", "everywhere", "--listen"),
        ("SPECTRUM_NETWORKS", "0.0.0.0/0", "name the networks of your proxies"),
        ("OBSERVE", "perhaps", "--observe"),
    ] {
        let (status, told) = end(&[(variable, value)], &[]);
        assert!(status == Some(2) && told.contains(part), "{variable}: {status:?} {told}");
    }
    let (status, told) = end(&[], &["--anything"]);
    assert!(status == Some(2) && told.contains("--anything"), "{status:?} {told}");
}

#[test]
fn an_empty_variable_counts_as_missing() {
    let names = [
        "LISTEN",
        "SSHD",
        "SPECTRUM_NETWORKS",
        "DIRECT_NETWORKS",
        "OWN_ADDRESSES",
        "ALLOW_SOURCES",
        "OBSERVE",
        "CONNECTIONS_PER_MINUTE",
        "MAX_SESSIONS",
        "MAX_SESSIONS_PER_CLIENT",
        "DRAIN_SECONDS",
        "LOG_LEVEL",
    ];
    let empty = names.map(|name| (name, ""));
    // What is found wrong then is found when all of them have been read: the other default.
    for arguments in [["--listen", "127.0.0.1:2022"], ["--sshd", "127.0.0.1:2222"]] {
        let (status, told) = end(&empty, &arguments);
        assert!(status == Some(2) && told.contains("where this service itself listens"), "{told}");
    }
    let (_, help) = end(&[], &["--help"]);
    for name in names {
        assert!(help.contains(&format!("[env: {name}=]")), "{name} is not in:\n{help}");
    }
}

#[test]
fn help_and_version_are_no_mistakes() {
    for (argument, part) in [("--help", "--spectrum"), ("--version", "plue-git-ssh")] {
        let (status, told) = end(&[], &[argument]);
        assert!(status == Some(0) && told.contains(part), "{argument}: {status:?} {told}");
    }
}

#[test]
fn an_address_that_is_taken_is_told_with_status_1() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    let (status, told) = end(&[("LISTEN", &taken)], &[]);
    assert!(status == Some(1) && told.contains(&taken), "{status:?} {told}");
}

#[tokio::test]
async fn bounds_that_the_limit_of_open_files_does_not_allow_are_refused() {
    let mut command = tokio::process::Command::new("sh");
    command
        .args(["-c", "ulimit -n 200 && exec \"$0\"", PROGRAM])
        .env("LISTEN", port::reserve().to_string());
    let mut process = Process::start(command);
    assert_eq!(process.wait().await.code(), Some(1), "{}", process.output());
    assert!(process.output().contains("lower --max-sessions"), "{}", process.output());
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_to_what_the_bounds_need() {
    let sshd = StandIn::start().await;
    let listen = port::reserve();
    let mut command = tokio::process::Command::new("sh");
    command
        .args(["-c", "ulimit -S -n 100 && exec \"$0\"", PROGRAM])
        .env("LISTEN", listen.to_string())
        .env("SSHD", sshd.address.to_string());
    let process = Process::start(command);
    eventually(|| process.output().contains(" listening "), || process.output()).await;

    let mut clients = Vec::new();
    // Two files each: over 100 of them.
    for number in 1..=60 {
        let mut client = Client::connect(&format!("127.0.1.{number}"), listen).await;
        assert_eq!(client.hear().await, BANNER);
        clients.push(client);
    }
}
