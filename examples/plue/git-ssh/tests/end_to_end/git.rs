use std::process::Stdio;

use testkit::haproxy::{SendProxy, Spectrum};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::{OpenSsh, Service};

/// Everybody here has an address on loopback, which is none of the Internet.
const ON_LOOPBACK: (&str, &str) = ("ALLOW_SOURCES", "127.0.0.0/8");

/// Pushes and clones through HAProxy, and sees in the log that each client is who HAProxy saw.
async fn push_and_clone_through(header: SendProxy) {
    let sshd = OpenSsh::start().await;
    let service = Service::behind_spectrum(sshd.address, &[ON_LOOPBACK]).await;
    let spectrum = Spectrum::start(header, service.address).await;
    sshd.push_and_clone("127.0.0.9", "127.0.0.10", spectrum.address()).await;
    for client in ["client=127.0.0.9:", "client=127.0.0.10:"] {
        let session = [client, "peer=127.0.0.1:", "evidence=\"header\""];
        service.logs(&[&["session ended"], &session[..]].concat()).await;
        assert_eq!(service.logged(&[&["session began"], &session[..]].concat()), 1, "{client}");
    }
}

#[tokio::test]
#[ignore = "needs HAProxy and OpenSSH: run .ci/run peers"]
async fn git_pushes_and_clones_behind_headers_of_version_1() {
    push_and_clone_through(SendProxy::V1).await;
}

#[tokio::test]
#[ignore = "needs HAProxy and OpenSSH: run .ci/run peers"]
async fn git_pushes_and_clones_behind_headers_of_version_2() {
    push_and_clone_through(SendProxy::V2).await;
}

#[tokio::test]
#[ignore = "needs HAProxy and OpenSSH: run .ci/run peers"]
async fn git_pushes_and_clones_on_a_developers_machine_without_a_header() {
    let sshd = OpenSsh::start().await;
    let service = Service::start(sshd.address, &[]).await;
    sshd.push_and_clone("127.0.0.9", "127.0.0.10", service.address).await;
    service.logs(&["session ended", "client=127.0.0.9:", "evidence=\"direct\""]).await;
    service.logs(&["session ended", "client=127.0.0.10:", "evidence=\"direct\""]).await;
}

#[tokio::test]
#[ignore = "needs HAProxy and OpenSSH: run .ci/run peers"]
async fn spectrum_without_its_header_reaches_nothing() {
    let sshd = OpenSsh::start().await;
    let service = Service::behind_spectrum(sshd.address, &[ON_LOOPBACK]).await;
    let spectrum = Spectrum::start(SendProxy::None, service.address).await;
    assert!(!sshd.gets_through("127.0.0.9", spectrum.address()).await);
    service.logs(&["not_proxy"]).await;
    assert_eq!(service.logged(&["session began"]), 0);
}

#[tokio::test]
#[ignore = "needs HAProxy and OpenSSH: run .ci/run peers"]
async fn behind_spectrum_one_client_is_limited_and_another_is_not() {
    let sshd = OpenSsh::start().await;
    let once = ("CONNECTIONS_PER_MINUTE", "1");
    let service = Service::behind_spectrum(sshd.address, &[ON_LOOPBACK, once]).await;
    let spectrum = Spectrum::start(SendProxy::V2, service.address).await;
    assert!(sshd.gets_through("127.0.0.9", spectrum.address()).await);
    assert!(!sshd.gets_through("127.0.0.9", spectrum.address()).await);
    service.logs(&["refused", "client=127.0.0.9:", "rate_limited"]).await;
    assert!(sshd.gets_through("127.0.0.10", spectrum.address()).await);
}

#[tokio::test]
#[ignore = "needs HAProxy and OpenSSH: run .ci/run peers"]
async fn a_line_of_sshds_log_leads_to_the_client() {
    let sshd = OpenSsh::start().await;
    let service = Service::behind_spectrum(sshd.address, &[ON_LOOPBACK]).await;
    let spectrum = Spectrum::start(SendProxy::V1, service.address).await;
    assert!(sshd.gets_through("127.0.0.9", spectrum.address()).await);

    let log = sshd.output();
    let accepted = log.lines().find(|line| line.contains("Accepted publickey")).unwrap();
    let port = accepted.split(" port ").nth(1).unwrap().split(' ').next().unwrap();
    let seen_as = format!("seen_as=127.0.0.1:{port}");
    service.logs(&["session began", "client=127.0.0.9:", &seen_as]).await;
}

#[tokio::test]
#[ignore = "needs HAProxy and OpenSSH: run .ci/run peers"]
async fn while_sshd_is_down_clients_are_let_go_and_the_service_goes_on() {
    let mut sshd = OpenSsh::start().await;
    let service = Service::start(sshd.address, &[]).await;
    sshd.stop().await;
    assert!(!sshd.gets_through("127.0.0.9", service.address).await);
    service.logs(&["sshd_unavailable", "client=127.0.0.9:"]).await;
    sshd.start_again().await;
    assert!(sshd.gets_through("127.0.0.9", service.address).await);
}

#[tokio::test]
#[ignore = "needs HAProxy and OpenSSH: run .ci/run peers"]
async fn asked_to_end_it_lets_a_session_of_ssh_end() {
    let sshd = OpenSsh::start().await;
    let mut service = Service::behind_spectrum(sshd.address, &[ON_LOOPBACK]).await;
    let spectrum = Spectrum::start(SendProxy::V2, service.address).await;
    let mut ssh = sshd.ssh("127.0.0.9", spectrum.address(), "cat");
    let mut ssh = ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut says = ssh.stdin.take().unwrap();
    let mut hears = BufReader::new(ssh.stdout.take().unwrap()).lines();
    says.write_all(b"before\n").await.unwrap();
    assert_eq!(hears.next_line().await.unwrap().as_deref(), Some("before"));

    service.process.ask_to_end();
    service.logs(&["draining"]).await;
    assert!(TcpStream::connect(service.address).await.is_err());
    says.write_all(b"after\n").await.unwrap();
    assert_eq!(hears.next_line().await.unwrap().as_deref(), Some("after"));
    drop(says);

    assert!(ssh.wait().await.unwrap().success());
    let status = service.process.wait().await;
    assert_eq!(status.code(), Some(0), "{}", service.process.output());
}
