//! curl, which writes version 1 with its own addresses.

use testkit::process::Process;
use tokio::process::Command;

use crate::{Answer, Service, on_loopback};

#[tokio::test]
#[ignore = "needs curl: run .ci/run peers"]
async fn names_itself() {
    for listen in ["127.0.0.1:0", "[::1]:0"] {
        let service = Service::start_at(listen, on_loopback()).await;
        let answer = curl(&service, &["--haproxy-protocol"]).await;
        let (client, evidence) = answer.client();
        assert_eq!((client, evidence), (answer.peer(), "Header"));
        assert_eq!(answer.header(), ("V1", "Proxy"));
        assert_eq!(answer.seen["header"]["destination"], service.address().to_string());
    }
}

#[tokio::test]
#[ignore = "needs curl: run .ci/run peers"]
async fn gets_no_answer_without_a_header() {
    let service = Service::start().await;
    let (status, output) = run(&service, &[]).await;
    // "Empty reply from server" or "failure in receiving network data".
    assert!(matches!(status, Some(52 | 56)), "{status:?}: {output}");
    assert_eq!(service.decided(1, &()).await, ["not_proxy"]);
}

async fn curl(service: &Service, arguments: &[&str]) -> Answer {
    let (status, output) = run(service, arguments).await;
    assert_eq!(status, Some(0), "{output}");
    Answer::read(&output)
}

async fn run(service: &Service, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new("curl");
    // Without `-q` as the first argument, it reads the configuration of who runs the tests.
    command.args(["-q", "--silent", "--include", "--globoff", "--noproxy", "*"]);
    command.args(arguments).arg(format!("http://{}/whoami", service.address()));
    let mut process = Process::start(command);
    let status = process.wait().await;
    (status.code(), process.output())
}
