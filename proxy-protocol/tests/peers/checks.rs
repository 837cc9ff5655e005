//! HAProxy's health checks: they find the service up, and disturb nobody.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use testkit::folder::Folder;
use testkit::haproxy::HaProxy;
use testkit::port;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::{Service, ask, haproxy, within};

const HEADERS: [&str; 3] = ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c"];

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn checks_that_only_connect_find_the_service_up_and_are_no_refusal() {
    for header in HEADERS {
        let service = Service::start().await;
        let listen = port::reserve();
        let haproxy = checking(header, "", listen, service.address()).await;
        passed(&haproxy, "Layer4 check passed").await;
        // The connection by which HAProxy is seen to listen, and some checks.
        service.decided(4, &haproxy).await;
        let answer = ask(TcpStream::connect(listen).await.unwrap(), &haproxy).await;
        assert_eq!(answer.client().1, "Header");
        is_quiet(&service, &haproxy);
        assert_eq!(service.seen().len(), 1, "checks send no request");
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn checks_that_ask_are_answered_and_name_no_client() {
    for header in HEADERS {
        let service = Service::start().await;
        let listen = port::reserve();
        let check = "    option httpchk GET /whoami\n";
        let haproxy = checking(header, check, listen, service.address()).await;
        passed(&haproxy, "Layer7 check passed").await;
        for seen in service.visited(2, &haproxy).await {
            assert_eq!(seen["client"], seen["peer"], "{header}");
            let version_1 = header == "send-proxy";
            // Version 1 has no LOCAL, so a check says that its own end is the client's.
            assert_eq!(seen["evidence"], if version_1 { "Header" } else { "Peer" });
            let command = if version_1 { "Proxy" } else { "Local" };
            assert_eq!(seen["header"]["command"], command);
            assert!(version_1 || seen["header"]["destination"] == Value::Null);
        }
        is_quiet(&service, &haproxy);
    }
}

async fn checking(header: &str, option: &str, listen: SocketAddr, service: SocketAddr) -> HaProxy {
    let section = format!(
        "listen front\n    \
         bind {listen}\n    \
         option log-health-checks\n\
         {option}    \
         server service {service} {header} check check-send-proxy inter 300ms\n"
    );
    haproxy(Folder::new(), &section, &[listen]).await
}

/// Waits until HAProxy says so.
async fn passed(haproxy: &HaProxy, check: &str) {
    within(check, haproxy, async {
        while !haproxy.output().contains(check) {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

fn is_quiet(service: &Service, haproxy: &HaProxy) {
    let outcomes = service.outcomes();
    let is_quiet = |outcome: &&str| matches!(*outcome, "accepted" | "closed");
    assert!(outcomes.iter().all(is_quiet), "{outcomes:?}\n{}", haproxy.output());
    let output = haproxy.output();
    assert!(!output.contains("DOWN") && !output.contains("failed"), "{output}");
}
