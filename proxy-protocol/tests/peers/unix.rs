//! Clients that have no address: those who come to HAProxy through a Unix socket.

use std::time::Duration;

use serde_json::Value;
use testkit::folder::Folder;
use testkit::haproxy::HaProxy;
use tokio::net::UnixStream;
use tokio::time::sleep;

use crate::{Answer, Service, ask, haproxy, within};

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn data_behind_local_is_a_clients_that_no_address_is_known_of() {
    for mode in ["tcp", "http"] {
        let answer = through_a_unix_socket(mode, "send-proxy-v2").await;
        assert_eq!(answer.client(), (answer.peer(), "Peer"));
        assert_eq!(answer.header(), ("V2", "Local"));
        assert_eq!(answer.seen["header"]["destination"], Value::Null);
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn data_behind_unknown_is_a_clients_that_no_address_is_known_of() {
    for mode in ["tcp", "http"] {
        let answer = through_a_unix_socket(mode, "send-proxy").await;
        assert_eq!(answer.client(), (answer.peer(), "Peer"));
        assert_eq!(answer.header().0, "V1");
        assert_eq!(answer.seen["header"]["family"], "Unspec");
        assert_eq!(answer.seen["header"]["destination"], Value::Null);
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn tlvs_of_local_are_read_though_it_names_nobody() {
    let send = "send-proxy-v2 proxy-v2-options crc32c,unique-id";
    let answer = through_a_unix_socket("tcp", send).await;
    assert_eq!(answer.client(), (answer.peer(), "Peer"));
    assert_eq!(answer.header(), ("V2", "Local"));
    assert!(answer.tlvs().contains(&0x03));
}

async fn through_a_unix_socket(mode: &str, send: &str) -> Answer {
    let (service, folder) = (Service::start().await, Folder::new());
    let path = folder.path("front.sock");
    let section = format!(
        "listen front\n    \
         mode {mode}\n    \
         bind {path}\n    \
         unique-id-format %[uuid()]\n    \
         server service {} {send}\n",
        service.address()
    );
    let haproxy = haproxy(folder, &section, &[]).await;
    let answer = ask(connect(&path, &haproxy).await, &haproxy).await;
    // HAProxy connects from there, and says nothing of it.
    assert_eq!(answer.peer().ip(), service.address().ip());
    answer
}

async fn connect(path: &str, haproxy: &HaProxy) -> UnixStream {
    within("the socket of HAProxy", haproxy, async {
        loop {
            match UnixStream::connect(path).await {
                Ok(stream) => return stream,
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    })
    .await
}
