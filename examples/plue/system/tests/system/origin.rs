//! "Origin rejects non-Cloudflare connections (mTLS)", and the header that only the edge may write.

use testkit::pki::CertificateAuthority;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::Scene;
use crate::client::send;

const USER: &str = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn the_origin_rejects_connections_that_are_neither_cloudflares_nor_the_edges() {
    let scene = Scene::start().await;
    let strangers = CertificateAuthority::new().client("Cloudflare Origin Pull");
    for identity in [None, Some(&strangers)] {
        for path in ["/", "/api/whoami"] {
            let request = scene.past_the_edge(identity, path).header("x-plue-user-address", USER);
            assert!(send(request).await.is_none(), "{path}");
        }
    }
    assert!(scene.origin_counted("no_certificate").await >= 1);
    let certificates = &scene.system.certificates;
    for identity in [&certificates.cloudflare, &certificates.edge] {
        let answer = send(scene.past_the_edge(Some(identity), "/")).await.unwrap();
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn the_origin_sees_the_address_on_the_edges_path_alone() {
    let scene = Scene::start().await;
    let certificates = &scene.system.certificates;
    let told = |identity| {
        scene
            .past_the_edge(Some(identity), "/api/whoami")
            .header("cf-connecting-ip", "203.0.113.7")
            .header("x-plue-user-address", USER)
    };
    let by_edge = send(told(&certificates.edge)).await.unwrap();
    assert_eq!(
        (by_edge.status.as_u16(), by_edge.body["user"]["address"].as_str()),
        (200, Some(USER))
    );
    // Cloudflare's certificate stands for the zone, on paths too on which nobody signs in.
    let by_zone = send(told(&certificates.cloudflare)).await.unwrap();
    assert_eq!(by_zone.status, 401, "{by_zone:?}");
    let twice = told(&certificates.edge).header("x-plue-user-address", USER);
    assert!(send(twice).await.unwrap().status.is_client_error());
    let other = scene
        .past_the_edge(Some(&certificates.edge), "/api/whoami")
        .header("cf-connecting-ip", "203.0.113.7")
        .header("x_plue_user_address", USER);
    assert_eq!(send(other).await.unwrap().status, 401);
}

/// PROXY, then TLS, then who is signed in: one handler has all three, and none of them can be left out.
#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn the_origin_takes_proxy_then_mtls_then_the_session() {
    let scene = Scene::start().await;
    let mut visitor = scene.browser();
    visitor.sign_in().await;
    let whoami = visitor.get("/api/whoami").await;
    assert_eq!(whoami.body["user"]["address"], visitor.address());
    assert_eq!(whoami.body["client"], "203.0.113.1");
    assert!(whoami.body["edge"].as_str().unwrap().starts_with("sha256/"), "{whoami:?}");

    // Past the load balancer there is no header, and so no TLS either.
    let mut stream = TcpStream::connect(scene.system.origin.listen).await.unwrap();
    let mut hears = Vec::new();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &[22, 3, 1, 0, 5, 1, 0, 0, 1, 0])
        .await
        .unwrap();
    let _ = stream.read_to_end(&mut hears).await;
    assert_eq!(hears, [0; 0], "not even an alert");
}
