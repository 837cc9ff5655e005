//! A connection of the zone's serves the zone's hosts, and no other that was pointed at this origin.

use http::{Request, StatusCode, Version};
use origin_mtls::testing::{EphemeralCa, from_edge};
use origin_mtls::{ConfigError, HostPattern, OriginMtls, OriginPullPolicy, VerifyError};
use tower::{ServiceBuilder, ServiceExt, service_fn};

use crate::axum::serve;
use crate::client::{Http, TLS13, config};
use crate::provider;
use crate::zone::Zone;

fn patterns(names: &[&str]) -> Vec<HostPattern> {
    let pattern = |name: &&str| {
        let pattern: HostPattern = name.parse().unwrap();
        assert_eq!(pattern.to_string(), *name);
        pattern
    };
    names.iter().map(pattern).collect()
}

fn origin(ca: &EphemeralCa, hosts: &[&str]) -> OriginMtls {
    let algorithms = provider().signature_verification_algorithms.all;
    let mut policy = OriginPullPolicy::builder(ca.trust_anchors(), algorithms);
    if !hosts.is_empty() {
        policy = policy.hosts(patterns(hosts));
    }
    let certificate = ca.server_certificate(&["localhost"], provider());
    OriginMtls::builder(policy.build().unwrap(), certificate).build().unwrap()
}

async fn answer(origin: &OriginMtls, ca: &EphemeralCa, uri: &str, hosts: &[&str]) -> StatusCode {
    let mut request = Request::get(uri);
    for host in hosts {
        request = request.header("host", *host);
    }
    let request = from_edge(origin, &ca.client(), request.body(()).unwrap()).unwrap();
    let service = ServiceBuilder::new()
        .layer(origin.layer())
        .service(service_fn(async |_| Ok::<_, VerifyError>(http::Response::new(()))));
    let answer = service.oneshot(request).await.unwrap();
    if answer.status() == StatusCode::MISDIRECTED_REQUEST {
        assert_eq!(answer.extensions().get(), Some(&VerifyError::HostMismatch));
    }
    answer.status()
}

#[tokio::test]
async fn a_request_to_another_host_is_misdirected() {
    let ca = EphemeralCa::new();
    let origin = origin(&ca, &["plue.dev", "*.plue.dev"]);
    for (uri, hosts, is_served) in [
        ("/", &["plue.dev"][..], true),
        ("/", &["PLUE.dev"], true),
        ("/", &["plue.dev:443"], true),
        ("/", &["www.plue.dev"], true),
        ("https://plue.dev/", &[], true),
        ("https://plue.dev:8443/", &[], true),
        ("https://plue.dev/", &["plue.dev"], true),
        ("https://plue.dev/", &["Plue.dev"], true),
        ("/", &[], false),
        ("/", &[""], false),
        ("/", &["evil.dev"], false),
        ("/", &["plue.dev.evil.dev"], false),
        ("/", &["evilplue.dev"], false),
        ("/", &["a.www.plue.dev"], false),
        ("/", &[".plue.dev"], false),
        ("/", &["plue.dev."], false),
        ("/", &["plue.dev:x"], false),
        ("/", &["plue.dev:443:443"], false),
        ("/", &["user@plue.dev"], false),
        ("/", &["plue.dev "], false),
        ("/", &["plue.dev,evil.dev"], false),
        ("/", &["plue.dev", "plue.dev"], false),
        ("/", &["plue.dev", "evil.dev"], false),
        ("/", &["192.0.2.7"], false),
        ("/", &["[2001:db8::7]:443"], false),
        ("https://evil.dev/", &["plue.dev"], false),
        ("https://plue.dev/", &["evil.dev"], false),
        ("https://plue.dev/", &["plue.dev:443"], false),
    ] {
        let expected = if is_served { StatusCode::OK } else { StatusCode::MISDIRECTED_REQUEST };
        assert_eq!(answer(&origin, &ca, uri, hosts).await, expected, "{uri} {hosts:?}");
    }
}

#[test]
fn an_empty_list_of_hosts_is_no_list_of_all() {
    let zone = Zone::new("zone");
    let policy = zone.policy().hosts([]).build();
    assert_eq!(policy.unwrap_err(), ConfigError::NoHost);
}

#[tokio::test]
async fn without_hosts_every_one_is_served() {
    let ca = EphemeralCa::new();
    let origin = origin(&ca, &[]);
    for hosts in [&[][..], &["evil.dev"], &["a", "b"]] {
        assert_eq!(answer(&origin, &ca, "/", hosts).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn hosts_are_those_of_the_policy_in_use() {
    let zone = Zone::new("zone");
    let origin = zone.builder().alpn_protocols([b"h2".to_vec()]).build().unwrap();
    let app = crate::axum::app().layer(origin.layer());
    let address = serve(&origin, app).await;
    let mut config = config(&zone, Some(&zone.client(7)), TLS13);
    config.alpn_protocols = vec![b"h2".to_vec()];
    // The authority of HTTP/2, and a name in the handshake (`localhost`) that is another.
    let mut http = Http::connect(address, config, Version::HTTP_2).await.unwrap();
    for (hosts, expected) in [
        (&["plue.dev"][..], StatusCode::OK),
        (&["other.dev"], StatusCode::MISDIRECTED_REQUEST),
        (&[], StatusCode::OK),
    ] {
        let mut policy = zone.policy();
        if !hosts.is_empty() {
            policy = policy.hosts(patterns(hosts));
        }
        origin.reload(policy.build().unwrap(), &zone.server()).unwrap();
        assert_eq!(http.get("/plain").await.unwrap().status(), expected);
    }
}
