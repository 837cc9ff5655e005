//! The other direction: who does not trust this server is heard of, and asks for nothing.

use origin_mtls::{OriginMtls, OriginMtlsBuilder};

use crate::client::{ALL, Program, Tls, s_client};
use crate::haproxy::Through;
use crate::scene::{Service, WHOAMI};
use crate::zone::Zone;

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn a_client_that_does_not_trust_our_authority_breaks_the_handshake_off() {
    let (zone, unknown) = (Zone::new(), Zone::named("unknown"));
    let service = Service::start(zone.builder()).await;
    let client = zone.client("edge");
    for (program, tls) in ALL {
        let before = service.outcomes().len();
        let said = program.ask(service.address(), &unknown, Some(&client), tls).await;
        assert!(!said.is_content && said.answer().is_none(), "{program:?} {tls:?}: {said}");
        assert_eq!(service.decided(before + 1).await[before..], ["handshake"], "{said}");
    }
    assert!(service.seen().is_empty());
}

#[tokio::test]
#[ignore = "needs OpenSSL and HAProxy: run .ci/run peers"]
async fn a_client_that_expects_another_name_breaks_the_handshake_off() {
    let zone = Zone::new();
    let service = Service::start(misnamed(&zone)).await;
    let client = zone.client("edge");
    for tls in ["-tls1_2", "-tls1_3"] {
        let before = service.outcomes().len();
        let said = s_client(service.address(), &zone, Some(&client), &[tls]).await;
        assert!(!said.is_content && said.answer().is_none(), "{said}");
        assert_eq!(service.decided(before + 1).await[before..], ["handshake"], "{said}");
    }
    let before = service.outcomes().len();
    let through = Through::start(&zone, Some(&client), service.address(), "").await;
    assert_eq!(through.ask(WHOAMI).await.unwrap().status, 503, "{}", through.output());
    let outcomes = service.decided(before + 1).await;
    assert!(outcomes[before..].iter().all(|code| *code == "handshake"), "{outcomes:?}");
    assert!(service.seen().is_empty());
}

#[tokio::test]
#[ignore = "needs curl: run .ci/run peers"]
async fn a_client_that_looks_for_its_name_after_the_handshake_asks_for_nothing() {
    let zone = Zone::new();
    let service = Service::start(misnamed(&zone)).await;
    let client = zone.client("edge");
    for tls in [Tls::V12, Tls::V13] {
        let before = service.outcomes().len();
        let said = Program::Curl.ask(service.address(), &zone, Some(&client), tls).await;
        assert!(!said.is_content && said.answer().is_none(), "{said}");
        assert_eq!(service.decided(before + 1).await[before..], ["accepted"], "{said}");
    }
    assert!(service.seen().is_empty());
}

/// An origin that shows a good certificate of another name.
fn misnamed(zone: &Zone) -> OriginMtlsBuilder {
    let certificate = zone.server_named("elsewhere.example.test");
    OriginMtls::builder(zone.policy().build().unwrap(), certificate).allow_tls12()
}
