//! The lines of the README, as they stand there.

use testkit::folder::Folder;
use tokio::process::Command;

use crate::Service;

/// The status, the version of HTTP and the body of an answer; or the status of curl alone.
async fn curl(service: &Service, folder: &str, arguments: &[&str]) -> Result<String, i32> {
    let (path, arguments) = arguments.split_first().unwrap();
    let mut command = Command::new("curl");
    command.args(["--silent", "--noproxy", "*", "--max-time", "20"]);
    command.args(["--write-out", " %{http_code} %{http_version}"]);
    command.args(["--cacert", &format!("{folder}/ca.crt")]);
    command.arg(format!("https://localhost:{}{path}", service.address.port())).args(arguments);
    let output = command.output().await.unwrap();
    match output.status.code() {
        Some(0) => Ok(String::from_utf8(output.stdout).unwrap()),
        code => Err(code.unwrap()),
    }
}

#[tokio::test]
#[ignore = "needs curl: run .ci/run peers"]
async fn curl_passes_for_cloudflare_with_the_files_and_not_without() {
    let folder = Folder::new();
    let there = folder.path("there");
    let service = Service::start(&[], &["--ephemeral", &there]).await;
    let (certificate, key) = (format!("{there}/client.crt"), format!("{there}/client.key"));
    let edge = ["--cert", &certificate, "--key", &key];
    let with = |more: &[&'static str]| [more, &edge].concat();

    assert!(curl(&service, &there, &["/"]).await.is_err());
    assert_eq!(curl(&service, &there, &with(&["/"])).await.unwrap(), "Plue\n 200 2");
    assert_eq!(curl(&service, &there, &with(&["/whoami"])).await.unwrap(), " 400 2");
    let visitor = ["/whoami", "-H", "CF-Connecting-IP: 203.0.113.7"];
    let known = curl(&service, &there, &with(&visitor)).await.unwrap();
    assert!(known.contains("\"client\":\"203.0.113.7\"") && known.ends_with(" 200 2"), "{known}");
    let named = "X-Plue-User-Address: 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
    let mocked = ["/api/whoami", visitor[1], visitor[2], "-H", named];
    let known = curl(&service, &there, &with(&mocked)).await.unwrap();
    assert!(known.contains("\"address\":\"0xd8dA6BF2") && known.ends_with(" 200 2"), "{known}");
    let unnamed = ["/api/whoami", visitor[1], visitor[2]];
    let refused = curl(&service, &there, &with(&unnamed)).await.unwrap();
    assert_eq!(refused, "{\"error\":\"missing_identity\"} 401 2");
    let elsewhere = ["/", "-H", "Host: evil.example"];
    assert_eq!(curl(&service, &there, &with(&elsewhere)).await.unwrap(), " 421 2");
    let old = ["/", "--http1.1", "--tls-max", "1.2"];
    assert!(curl(&service, &there, &with(&old)).await.is_err());
}
