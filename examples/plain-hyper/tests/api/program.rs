//! The program itself.

use std::net::SocketAddr;
use std::process::Output;

use kick_hmac::testing::KickSigner;
use plain_hyper::{Config, Problem};
use proxy_protocol::Decision;
use testkit::folder::Folder;
use testkit::issuer::IssuerServer;
use testkit::port;
use testkit::process::Process;
use tokio::process::Command;
use tokio::time::{Duration, Instant, sleep};

use crate::{ALICE, CLIENT, delivery, follow_of, request, send};

const PROGRAM: &str = env!("CARGO_BIN_EXE_plain-hyper");
const AUDIENCE: &str = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";
const GOOD: [(&str, &str); 3] = [
    ("CF_ACCESS_TEAM_DOMAIN", "verifluence.cloudflareaccess.com"),
    ("CF_ACCESS_AUD", AUDIENCE),
    ("KICK_BROADCASTERS", "7, 8"),
];

/// The program, with an issuer and a stand-in for Kick.
pub(crate) struct Service {
    pub(crate) issuer: IssuerServer,
    pub(crate) kick: KickSigner,
    pub(crate) program: Process,
    pub(crate) address: SocketAddr,
    pub(crate) health: SocketAddr,
    _folder: Folder,
}

impl Service {
    /// Ready to answer. These proxies must send a header.
    pub(crate) async fn start(proxies: &str) -> Self {
        let issuer = IssuerServer::start(AUDIENCE.parse().unwrap()).await.unwrap();
        let (kick, folder) = (KickSigner::new(), Folder::new());
        let (address, health) = (port::reserve(), port::reserve());
        let mut command = Command::new(PROGRAM);
        command.env_clear().envs([
            ("CF_ACCESS_AUD", AUDIENCE),
            ("CF_ACCESS_TEAM_DOMAIN", issuer.team().issuer()),
            ("HEALTH_LISTEN", &health.to_string()),
            ("KICK_BROADCASTERS", "7"),
            ("KICK_PUBLIC_KEY_FILE", &folder.write("kick.pem", &kick.pem())),
            ("LISTEN", &address.to_string()),
            ("LOG_LEVEL", "debug"),
            ("PROXY_FROM", proxies),
        ]);
        let mut program = Process::start(command);
        program.wait_until_listening(health).await;
        program.wait_until_listening(address).await;
        let deadline = Instant::now().checked_add(Duration::from_secs(10)).unwrap();
        while send(CLIENT, health, request("GET", "/readyz")).await.status != 200 {
            assert!(Instant::now() < deadline, "it is not ready\n{}", program.output());
            sleep(Duration::from_millis(20)).await;
        }
        Self { issuer, kick, program, address, health, _folder: folder }
    }
}

fn read(variables: &[(&str, &str)]) -> Result<Config, Vec<&'static str>> {
    let variable = |name: &str| {
        variables.iter().rfind(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
    };
    Config::read(variable).map_err(|errors| errors.problems().iter().map(Problem::name).collect())
}

fn with(name: &str, value: &str) -> Result<Config, Vec<&'static str>> {
    read(&[&GOOD[..], &[(name, value)]].concat())
}

#[tokio::test]
async fn it_ends_with_status_2_and_tells_all_that_is_wrong() {
    let output = Command::new(PROGRAM).env_clear().env("LISTEN", "everywhere").output();
    let Output { status, stderr, .. } = output.await.unwrap();
    assert_eq!(status.code(), Some(2));
    let told = String::from_utf8(stderr).unwrap();
    for name in ["CF_ACCESS_TEAM_DOMAIN", "CF_ACCESS_AUD", "KICK_BROADCASTERS", "LISTEN"] {
        assert!(told.contains(name), "{name} is not in:\n{told}");
    }
}

#[test]
fn what_is_wrong_is_told_by_its_name() {
    for (name, value) in [
        ("CF_ACCESS_AUD", "a, "),
        ("CF_ACCESS_TEAM_DOMAIN", "https://verifluence.cloudflareaccess.com/"),
        ("CF_ACCESS_TEAM_DOMAIN", "http://access.example"),
        ("HEALTH_LISTEN", "3007"),
        ("KICK_BROADCASTERS", "7,all"),
        ("KICK_PUBLIC_KEY", "a key"),
        ("LOG_LEVEL", "loud"),
        // All of the Internet, what is loopback's already, and bits behind the prefix.
        ("PROXY_FROM", "0.0.0.0/0"),
        ("PROXY_FROM", "127.0.0.0/8"),
        ("PROXY_FROM", "192.0.2.1/24"),
    ] {
        assert_eq!(with(name, value).unwrap_err(), [name], "{value}");
    }
    assert_eq!(with("KICK_PUBLIC_KEY_FILE", "/nowhere").unwrap_err(), ["KICK_PUBLIC_KEY"]);
    assert_eq!(with("KICK_BROADCASTERS", "").unwrap_err(), ["KICK_BROADCASTERS"]);
}

#[test]
fn proxies_are_cloudflare_s_or_those_that_are_named_and_loopback_is_direct() {
    let decide = |config: &Config, peer: &str| config.trust.decide(peer.parse().unwrap());
    let config = read(&GOOD).unwrap();
    assert_eq!(decide(&config, "173.245.48.9"), Decision::Require);
    assert_eq!(decide(&config, "127.0.0.1"), Decision::Direct);
    assert_eq!(decide(&config, "192.0.2.1"), Decision::Deny);
    let config = with("PROXY_FROM", "192.0.2.0/24, 127.0.0.2").unwrap();
    assert_eq!(decide(&config, "173.245.48.9"), Decision::Deny);
    assert_eq!(decide(&config, "127.0.0.1"), Decision::Direct);
    assert_eq!(decide(&config, "127.0.0.2"), Decision::Require);
    assert_eq!(decide(&config, "192.0.2.1"), Decision::Require);
}

#[tokio::test]
async fn it_serves_until_it_is_asked_to_end() {
    let mut service = Service::start("127.0.0.2").await;
    let alice = service.issuer.with(|it| it.user(ALICE).sign(request("GET", "/whoami")));
    assert_eq!(send(CLIENT, service.address, alice).await.json["person"], ALICE);
    let follow = service.kick.event("channel.followed", follow_of(7));
    assert_eq!(send(CLIENT, service.address, delivery(&follow)).await.status, 204);
    let metrics = send(CLIENT, service.health, request("GET", "/metrics")).await.text;
    assert!(metrics.contains("kick_events_total{code=\"channel_followed\"} 1"), "{metrics}");
    let status = service.program.terminate().await;
    assert_eq!(status.code(), Some(0), "{}", service.program.output());
}
