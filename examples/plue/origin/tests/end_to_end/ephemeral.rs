use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use hyper::StatusCode;
use rustls::ClientConfig;
use rustls::version::TLS13;
use testkit::folder::Folder;
use tokio::net::TcpStream;

use crate::client::{handshake_over, tls_of};
use crate::{Http, Issued, PROGRAM, Service, Zone};

/// What curl does with the files in this folder.
fn client(folder: &Folder) -> (String, Issued) {
    let [ca, certificate, key] = ["ca.crt", "client.crt", "client.key"]
        .map(|name| fs::read_to_string(folder.path(&format!("there/{name}"))).unwrap());
    (ca, Issued { certificate, key })
}

fn config(ca: &str, client: Option<&Issued>) -> ClientConfig {
    tls_of(&[&TLS13], ca, client)
}

async fn connect(service: &Service, config: ClientConfig) -> Option<Http> {
    let stream = TcpStream::connect(service.address).await.unwrap();
    Http::over(handshake_over(stream, "localhost", config).await.ok()?).await
}

async fn is_refused(service: &Service, config: ClientConfig) -> bool {
    match connect(service, config).await {
        Some(mut http) => http.get_from("localhost", "/", &[]).await.is_none(),
        None => true,
    }
}

#[tokio::test]
async fn on_ones_own_machine_mutual_tls_is_real_with_files_for_curl() {
    let folder = Folder::new();
    let there = folder.path("there");
    let service = Service::start(&[], &["--ephemeral", &there]).await;
    service.logs(&["WARN", "a throw-away authority", "curl --cacert", "https://localhost:"]).await;
    let (ca, own) = client(&folder);
    let mode = |name: &str| fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("there"), mode("there/client.key")), (0o700, 0o600));

    let mut http = connect(&service, config(&ca, Some(&own))).await.unwrap();
    let visitor = [("cf-connecting-ip", "203.0.113.7")];
    for (host, status) in [
        ("localhost", StatusCode::OK),
        ("plue.dev", StatusCode::OK),
        ("evil.example", StatusCode::MISDIRECTED_REQUEST),
    ] {
        let answer = http.get_from(host, "/whoami", &visitor).await.unwrap();
        assert_eq!(answer.status, status, "{host}");
    }

    let other = Zone::new("another").client(1);
    for stranger in [None, Some(&other)] {
        assert!(is_refused(&service, config(&ca, stranger)).await);
    }
}

#[tokio::test]
async fn on_ones_own_machine_the_users_header_is_mocked_by_who_has_the_throw_away_key() {
    let folder = Folder::new();
    let service = Service::start(&[], &["--ephemeral", &folder.path("there")]).await;
    let (ca, own) = client(&folder);
    let mut http = connect(&service, config(&ca, Some(&own))).await.unwrap();
    let visitor = ("cf-connecting-ip", "203.0.113.7");
    let user = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
    let told = [visitor, ("x-plue-user-address", user)];
    let me = http.get_from("localhost", "/api/whoami", &told).await.unwrap().json();
    assert_eq!(me["user"]["address"], user);
    let answer = http.get_from("localhost", "/api/whoami", &[visitor]).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(is_refused(&service, config(&ca, None)).await);
}

#[tokio::test]
async fn it_holds_its_own_to_the_strict_profile_and_each_start_is_another_authority() {
    let folder = Folder::new();
    let there = folder.path("there");
    let mut first = Service::start(&[], &["--ephemeral", &there, "--strict"]).await;
    let (ca, old) = client(&folder);
    assert!(connect(&first, config(&ca, Some(&old))).await.is_some());
    assert_eq!(first.process.terminate().await.code(), Some(0), "{}", first.process.output());

    let second = Service::start(&[], &["--ephemeral", &there, "--strict"]).await;
    let (ca, new) = client(&folder);
    let mut http = connect(&second, config(&ca, Some(&new))).await.unwrap();
    let answer = http.get_from("localhost", "/", &[]).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert!(is_refused(&second, config(&ca, Some(&old))).await);
}

#[test]
fn nothing_is_written_over_that_it_has_not_written() {
    for name in ["ca.crt", "client.crt", "client.key"] {
        let folder = Folder::new();
        let path = folder.write(name, "of somebody's");
        let there = path.strip_suffix(&format!("/{name}")).unwrap();
        let mut command = Command::new(PROGRAM);
        let output = command.env_clear().args(["--ephemeral", there]).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("would write over {path}")), "{told}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "of somebody's");
        assert_eq!(fs::read_dir(there).unwrap().count(), 1, "nothing else is there");
    }
}

#[test]
fn no_variable_switches_it_on_and_none_that_names_a_file_goes_with_it() {
    let folder = Folder::new();
    let there = folder.path("there");
    for (variable, value) in [
        ("PLUE_CA", "/etc/plue/certs/ca.crt"),
        ("PLUE_CRL", "ca.crl"),
        ("PLUE_TLS_CERT", "tls.crt"),
        ("PLUE_TLS_KEY", "tls.key"),
        ("PLUE_LISTEN", "0.0.0.0:8443"),
    ] {
        let mut command = Command::new(PROGRAM);
        command.env_clear().env(variable, value).args(["--ephemeral", &there]);
        assert_eq!(command.output().unwrap().status.code(), Some(2), "{variable}");
    }
    let mut command = Command::new(PROGRAM);
    let output = command.env_clear().env("PLUE_EPHEMERAL", &there).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "there is no authority still");
    assert!(!fs::exists(&there).unwrap());
}
