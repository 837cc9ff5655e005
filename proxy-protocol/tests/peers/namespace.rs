//! Peers with addresses that this machine does not have: in a network namespace it has them.

use std::net::{Ipv4Addr, SocketAddr};

use proxy_protocol::{ProxyProtocol, Trust, cloudflare};
use testkit::process::Process;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::{REQUEST, Service, ask, closed_without_an_answer, connect_from, socket};

/// Of Cloudflare's networks.
const EDGE: &str = "173.245.48.5";
const STRANGER: &str = "203.0.113.5";
const CLIENT: &str = "198.51.100.77:51000";
const LINE: &[u8] = b"PROXY TCP4 198.51.100.77 173.245.48.5 51000 443\r\n";

/// A listener of IPv4, and one of both families, to which peers of IPv4 are `::ffff:192.0.2.1`.
const LISTENERS: [&str; 2] = ["0.0.0.0:0", "[::]:0"];

#[tokio::test]
#[ignore = "needs unshare and ip: run .ci/run peers"]
async fn a_stranger_is_refused_before_a_byte_is_read() {
    if !in_namespace("namespace::a_stranger_is_refused_before_a_byte_is_read").await {
        return;
    }
    for listen in LISTENERS {
        let (service, address) = production(listen).await;
        // Silent, so that there is nothing to read; then with all that Cloudflare would send.
        for sent in [&b""[..], &[LINE, REQUEST].concat()] {
            let mut stream = connect_from(STRANGER, address).await;
            // It may be closed before all of it is sent.
            let _ = stream.write_all(sent).await;
            closed_without_an_answer(stream, &()).await;
        }
        assert_eq!(service.decided(2, &()).await, ["denied"; 2]);
        assert!(service.seen().is_empty());
    }
}

#[tokio::test]
#[ignore = "needs unshare and ip: run .ci/run peers"]
async fn a_client_of_cloudflare_reaches_the_handler() {
    if !in_namespace("namespace::a_client_of_cloudflare_reaches_the_handler").await {
        return;
    }
    for listen in LISTENERS {
        let (service, address) = production(listen).await;
        let mut stream = connect_from(EDGE, address).await;
        let peer = stream.local_addr().unwrap();
        stream.write_all(LINE).await.unwrap();
        let answer = ask(stream, &()).await;
        assert_eq!(answer.client(), (socket(CLIENT), "Header"));
        assert_eq!(answer.peer(), peer);
        assert_eq!(service.outcomes(), ["accepted"]);
    }
}

#[tokio::test]
#[ignore = "needs unshare and ip: run .ci/run peers"]
async fn cloudflare_too_must_send_a_header_and_name_a_client_of_the_internet() {
    if !in_namespace(
        "namespace::cloudflare_too_must_send_a_header_and_name_a_client_of_the_internet",
    )
    .await
    {
        return;
    }
    let cases: [(&[u8], &str); 3] = [
        (REQUEST, "not_proxy"),
        (b"PROXY TCP4 127.0.0.1 173.245.48.5 51000 443\r\n", "special_source"),
        (b"PROXY TCP4 192.168.0.7 173.245.48.5 51000 443\r\n", "special_source"),
    ];
    for listen in LISTENERS {
        for (sent, code) in cases {
            let (service, address) = production(listen).await;
            let mut stream = connect_from(EDGE, address).await;
            stream.write_all(sent).await.unwrap();
            closed_without_an_answer(stream, &()).await;
            assert_eq!(service.decided(1, &()).await, [code]);
        }
    }
}

/// With the networks that a service on the Internet has, and where to connect to it.
async fn production(listen: &str) -> (Service, SocketAddr) {
    let builder = ProxyProtocol::builder(Trust::require(cloudflare()));
    let service = Service::start_at(listen, builder).await;
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), service.address().port());
    (service, address)
}

/// Runs this test once more where both addresses are the machine's own, and passes if it passes.
/// There, it says so.
async fn in_namespace(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let mut command = Command::new("unshare");
    // Who is not root may do so too, as root of a user namespace.
    command.args(["--net", "--map-root-user", "sh", "-c", ENTER]);
    command.arg(std::env::current_exe().unwrap());
    command.args(["--exact", "--include-ignored", test]).env(INSIDE, "1");
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    let mut process = Process::start(command);
    let status = process.wait().await;
    let output = process.output();
    // A name that no test has would pass as well.
    assert!(status.success() && output.contains("test result: ok. 1 passed"), "{status}\n{output}");
    false
}

const INSIDE: &str = "EDGEPROOF_IN_NAMESPACE";

// `$0` is the test binary.
const ENTER: &str = "\
ip link set lo up && \
ip address add 203.0.113.5/32 dev lo && \
ip address add 173.245.48.5/32 dev lo && \
exec \"$0\" \"$@\"";
