//! What is not TLS 1.3, or no TLS at all.

use origin_mtls::OriginMtls;
use testkit::folder::Folder;
use testkit::process::Process;
use tokio::process::Command;

use crate::client::{Program, Tls, is_refused, is_served, s_client, s_client_by};
use crate::scene::{Service, WHOAMI};
use crate::zone::Zone;

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn by_default_tls_1_2_is_not_spoken() {
    let zone = Zone::new();
    let builder = OriginMtls::builder(zone.policy().build().unwrap(), zone.server());
    let service = Service::start(builder).await;
    let client = zone.client("edge");
    for program in [Program::Curl, Program::OpenSsl] {
        is_refused(&service, (program, Tls::V12), &zone, Some(&client), "handshake").await;
        is_served(&service, (program, Tls::V13), &zone, &client, "edge").await;
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn older_versions_are_never_spoken_and_disturb_nobody() {
    let zone = Zone::new();
    let service = Service::start(zone.builder()).await;
    let client = zone.client("edge");
    for version in ["-tls1_1", "-tls1"] {
        let before = service.outcomes().len();
        let options = [version, "-cipher", "ALL:@SECLEVEL=0"];
        let said = s_client(service.address(), &zone, Some(&client), &options).await;
        assert!(!said.is_content && said.answer().is_none(), "{version}: {said}");
        assert_eq!(service.decided(before + 1).await[before..], ["handshake"], "{said}");
        is_served(&service, (Program::OpenSsl, Tls::V13), &zone, &client, "edge").await;
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL: run .ci/run peers"]
async fn tls_1_2_without_an_extended_master_secret_is_refused() {
    let zone = Zone::new();
    let service = Service::start(zone.builder()).await;
    let client = zone.client("edge");
    let folder = Folder::new();
    let without = folder.write("openssl.cnf", WITHOUT_EMS);
    let said = s_client_by(&without, service.address(), &zone, Some(&client), &["-tls1_2"]).await;
    assert!(!said.is_content && said.answer().is_none(), "{said}");
    assert_eq!(service.decided(1).await, ["handshake"], "{said}");
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn plain_http_gets_no_answer_and_disturbs_nobody() {
    let zone = Zone::new();
    let service = Service::start(zone.builder()).await;
    for number in 1..=3 {
        let mut command = Command::new("curl");
        command.args(["-q", "--silent", "--include", "--noproxy", "*"]);
        command.arg(format!("http://{}{WHOAMI}", service.address()));
        let mut process = Process::start(command);
        assert!(!process.wait().await.success());
        assert!(!process.output().contains("HTTP/"), "{}", process.output());
        assert_eq!(service.decided(number).await, vec!["handshake"; number]);
    }
    let client = zone.client("edge");
    is_served(&service, (Program::Curl, Tls::V13), &zone, &client, "edge").await;
}

// RFC 7627. There is no option of the command for it.
const WITHOUT_EMS: &str = "\
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = every
[every]
Options = -ExtendedMasterSecret
";
