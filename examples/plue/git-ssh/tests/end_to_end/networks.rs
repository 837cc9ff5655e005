use std::env::{current_exe, var_os};
use std::net::SocketAddr;
use std::process::Command;

use testkit::folder::Folder;
use testkit::haproxy::HaProxy;

use crate::client::header;
use crate::stand_in::BANNER;
use crate::{Client, Service, StandIn};

/// A server of addresses of the Internet, with the settings that a server has that sets nothing. It
/// listens for both families at once.
async fn serve(sshd: &StandIn) -> Service {
    Service::start_at("[::]:22".parse().unwrap(), sshd.address, &[]).await
}

#[test]
#[ignore = "needs unshare and iproute2: run .ci/run peers"]
fn a_stranger_is_refused_before_a_byte_is_read() {
    in_networks_of_its_own("networks::a_stranger_is_refused_before_a_byte_is_read", async || {
        let sshd = StandIn::start().await;
        let service = serve(&sshd).await;
        // It says nothing, so what closes it has not waited for anything.
        Client::connect("203.0.113.5", server()).await.must_be_closed().await;
        service.logs(&["denied"]).await;

        let mut with_header = Client::connect("203.0.113.5", server()).await;
        with_header.say(header("198.51.100.77")).await;
        with_header.must_be_closed().await;
        assert_eq!(service.logged(&["session began"]), 0);
    });
}

#[test]
#[ignore = "needs unshare and iproute2: run .ci/run peers"]
fn cloudflare_tells_who_the_client_is() {
    in_networks_of_its_own("networks::cloudflare_tells_who_the_client_is", async || {
        let sshd = StandIn::start().await;
        let service = serve(&sshd).await;
        for (cloudflare, server) in
            [("173.245.48.5", server()), ("2606:4700::5", SERVER_V6.parse().unwrap())]
        {
            let mut connection = Client::connect(cloudflare, server).await;
            connection.say(header("198.51.100.77")).await;
            assert_eq!(connection.hear().await, BANNER);
            // One of IPv4 is written as such, though the listener has it as IPv6.
            service.logs(&["session began", "client=198.51.100.77:50001", cloudflare]).await;
        }
        assert_eq!(service.logged(&["ffff"]), 0, "{}", service.process.output());
    });
}

#[test]
#[ignore = "needs unshare and iproute2: run .ci/run peers"]
fn cloudflare_cannot_name_this_machine_as_the_client() {
    let name = "networks::cloudflare_cannot_name_this_machine_as_the_client";
    in_networks_of_its_own(name, async || {
        let sshd = StandIn::start().await;
        let service = serve(&sshd).await;
        for client in ["127.0.0.1", "::1", "10.0.0.1"] {
            let mut connection = Client::connect("173.245.48.5", server()).await;
            connection.say(header(client)).await;
            connection.must_be_closed().await;
        }
        service.logs(&["special_source"]).await;
        assert_eq!(service.logged(&["session began"]), 0);
    });
}

#[test]
#[ignore = "needs unshare, iproute2 and HAProxy: run .ci/run peers"]
fn a_header_that_haproxy_writes_is_believed_from_an_address_of_cloudflare_alone() {
    let name =
        "networks::a_header_that_haproxy_writes_is_believed_from_an_address_of_cloudflare_alone";
    in_networks_of_its_own(name, async || {
        let sshd = StandIn::start().await;
        let service = serve(&sshd).await;
        let cloudflare: SocketAddr = "173.245.48.5:2222".parse().unwrap();
        let impostor: SocketAddr = "203.0.113.5:2222".parse().unwrap();
        let configuration = HAPROXY
            .replace("{cloudflare}", &cloudflare.to_string())
            .replace("{impostor}", &impostor.to_string())
            .replace("{server}", SERVER);
        let _haproxy = HaProxy::start(Folder::new(), &configuration, &[cloudflare, impostor]).await;

        let mut client = Client::connect("198.51.100.77", cloudflare).await;
        assert_eq!(client.hear().await, BANNER);
        service.logs(&["session began", "client=198.51.100.77:", "peer=173.245.48.5:"]).await;
        Client::connect("198.51.100.77", impostor).await.must_be_closed().await;
        assert_eq!(service.logged(&["peer=203.0.113.5:"]), 0);
    });
}

/// Runs the test of this name once more, in a network namespace where these addresses are its own.
fn in_networks_of_its_own(name: &str, test: impl AsyncFnOnce()) {
    if var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        return runtime.unwrap().block_on(test());
    }
    let output = Command::new("unshare")
        .args(["--net", "--map-root-user", "sh", "-ec", NETWORKS, "sh"])
        .arg(current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn server() -> SocketAddr {
    SERVER.parse().unwrap()
}

const INSIDE: &str = "EDGEPROOF_TEST_IN_NETWORKS_OF_ITS_OWN";
const SERVER: &str = "192.0.2.1:22";
const SERVER_V6: &str = "[2001:db8::1]:22";

// Of this server, of Cloudflare, and of others.
const NETWORKS: &str = "\
PATH=$PATH:/usr/sbin
ip link set lo up
for address in 192.0.2.1/32 2001:db8::1/128 173.245.48.5/32 2606:4700::5/128 \
    203.0.113.5/32 198.51.100.77/32; do
    ip address add $address dev lo
done
exec \"$@\"
";

const HAPROXY: &str = "\
global
    log stdout format raw local0

defaults
    mode tcp
    timeout connect 2s
    timeout client 60s
    timeout server 60s

listen cloudflare
    bind {cloudflare}
    source 173.245.48.5
    server origin {server} send-proxy-v2

listen impostor
    bind {impostor}
    source 203.0.113.5
    server origin {server} send-proxy-v2
";
