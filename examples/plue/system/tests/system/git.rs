//! "Git SSH traffic flows through Cloudflare Spectrum", "SSH server correctly parses PROXY protocol".

use plue::Settings;
use testkit::haproxy::SendProxy;

use crate::Scene;

async fn through_spectrum(spectrum: SendProxy) {
    let scene = Scene::with(Settings { spectrum, ..Settings::default() }).await;
    let address = scene.system.spectrum.address();
    scene.system.sshd.push_and_clone("127.0.0.9", "127.0.0.10", address).await;
    for client in ["client=127.0.0.9:", "client=127.0.0.10:"] {
        let log = scene.system.git_ssh.output();
        let is_of_it = |line: &str| {
            line.contains("session")
                && line.contains(client)
                && line.contains("evidence=\"header\"")
        };
        assert!(log.lines().any(is_of_it), "{client}\n{log}");
    }
}

#[tokio::test]
#[ignore = "needs git, HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn git_clone_and_push_flow_through_spectrum_with_version_1() {
    through_spectrum(SendProxy::V1).await;
}

#[tokio::test]
#[ignore = "needs git, HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn git_clone_and_push_flow_through_spectrum_with_version_2() {
    through_spectrum(SendProxy::V2).await;
}

/// A Spectrum application whose `proxy_protocol` is off: nobody knows who its clients are.
#[tokio::test]
#[ignore = "needs git, HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn a_connection_through_spectrum_without_a_header_is_refused() {
    let scene = Scene::with(Settings { spectrum: SendProxy::None, ..Settings::default() }).await;
    let address = scene.system.spectrum.address();
    assert!(!scene.system.sshd.gets_through("127.0.0.9", address).await);
}
