//! A roll-out: everybody passes, and nobody without a proof has one.

use std::sync::Arc;

use axum::Router;
use axum::http::{Extensions, HeaderMap};
use axum::routing::get;
use http::{Request, StatusCode, Version};
use http_body_util::Empty;
use origin_mtls::{EdgeIdentity, VerifyError};

use crate::Outcomes;
use crate::axum::serve;
use crate::client::{Http, TLS12, TLS13, config};
use crate::handshake::Thief;
use crate::zone::Zone;

fn app() -> Router {
    Router::new()
        .route("/whoami", get(async |edge: EdgeIdentity| edge.common_name().unwrap().to_owned()))
        .route(
            "/found",
            get(async |extensions: Extensions| {
                match extensions.get::<Result<EdgeIdentity, VerifyError>>().unwrap() {
                    Ok(_) => "proven",
                    Err(error) => error.code(),
                }
            }),
        )
        .route(
            "/headers",
            get(async |headers: HeaderMap| {
                headers.contains_key("cf-client-cert-sha256").to_string()
            }),
        )
}

#[tokio::test]
async fn everybody_passes_and_only_the_edge_is_proven() {
    let (zone, other) = (Zone::new("zone"), Zone::new("other"));
    let strangers = [
        (None, "no_certificate"),
        (Some(other.client(1)), "unknown_issuer"),
        (Some(zone.client_with(3, |params| params.is_ca = rcgen::IsCa::NoCa)), "accepted"),
        (
            Some(zone.client_with(4, |params| {
                params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
            })),
            "extended_key_usage",
        ),
        (Some(zone.client(7)), "accepted"),
    ];
    for version in [TLS13, TLS12] {
        let (origin, outcomes) = Outcomes::of(zone.builder().allow_tls12().observe());
        let address = serve(&origin, app().layer(origin.layer())).await;
        for (client, code) in &strangers {
            let config = config(&zone, client.as_ref(), version);
            let mut http = Http::connect(address, config, Version::HTTP_11).await.unwrap();
            assert_eq!(outcomes.wait_for(1).await, [*code]);
            let is_proven = *code == "accepted";
            let found = http.get("/found").await.unwrap();
            assert_eq!(found.body(), if is_proven { "proven" } else { code });
            // The layer tells what it would refuse.
            assert_eq!(outcomes.take(), if is_proven { vec![] } else { vec![*code] });
            let expected = if is_proven { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(http.get("/whoami").await.unwrap().status(), expected);

            let request = Request::get("/headers").header("host", "plue.dev");
            let request = request.header("cf-client-cert-sha256", "of anybody's");
            let kept = http.send(request.body(Empty::new()).unwrap()).await.unwrap();
            assert_eq!(kept.body(), &is_proven.to_string());
            outcomes.take();
        }
    }
}

#[tokio::test]
async fn a_certificate_of_version_1_is_refused_with_what_to_do_and_can_be_observed() {
    let zone = Zone::new("zone");
    let client = zone.client_v1(7);
    let (origin, outcomes) = Outcomes::of(zone.builder());
    let address = serve(&origin, app()).await;
    // rustls's own client would not take such a certificate.
    let config = || {
        let mut config = config(&zone, Some(&zone.client(7)), TLS13);
        config.client_auth_cert_resolver = Arc::new(Thief::new(&client, &client));
        config
    };
    let refused = Http::connect(address, config(), Version::HTTP_11).await;
    let answer = match refused {
        Some(mut http) => http.get("/found").await,
        None => None,
    };
    assert!(answer.is_none());
    assert_eq!(outcomes.wait_for(1).await, ["unsupported_version"]);
    assert!(VerifyError::UnsupportedVersion.hint().contains("openssl x509 -req"));

    let (origin, outcomes) = Outcomes::of(zone.builder().observe());
    let address = serve(&origin, app()).await;
    let mut http = Http::connect(address, config(), Version::HTTP_11).await.unwrap();
    assert_eq!(http.get("/found").await.unwrap().body(), "unsupported_version");
    assert_eq!(outcomes.take(), ["unsupported_version"]);
}

#[tokio::test]
async fn a_reload_that_refuses_does_not_end_a_connection() {
    let (zone, other) = (Zone::new("zone"), Zone::new("other"));
    let (origin, _) = Outcomes::of(zone.builder().observe());
    let address = serve(&origin, app()).await;
    let config = config(&zone, Some(&zone.client(7)), TLS13);
    let mut http = Http::connect(address, config, Version::HTTP_11).await.unwrap();
    assert_eq!(http.get("/found").await.unwrap().body(), "proven");
    for (policy, found) in [(other.policy(), "unknown_issuer"), (zone.policy(), "proven")] {
        origin.reload(policy.build().unwrap(), &zone.server()).unwrap();
        assert_eq!(http.get("/found").await.unwrap().body(), found);
    }
}
