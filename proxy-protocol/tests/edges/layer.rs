//! The layers: `CF-Connecting-IP`, and no other header that names a client.

use std::convert::Infallible;
use std::net::SocketAddr;

use http::{Extensions, HeaderMap, Request, Response, StatusCode};
use proxy_protocol::tower::ClientAddressLayer;
use proxy_protocol::{ClientAddress, Evidence, ProxyProtocol, VerifyError, loopback};
use tower::{Layer, ServiceExt, service_fn};

use crate::{CLIENT, EDGE, Outcomes, STRANGER, ip, networks, production, socket};

/// Where this service keeps the peer's address.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Peer(SocketAddr);

/// That a layer further out has proven that the request comes from Cloudflare.
#[derive(Clone)]
struct Proof;

fn connecting_ip(proxy: &ProxyProtocol) -> ClientAddressLayer {
    proxy.connecting_ip_by(
        |extensions: &Extensions| extensions.get::<Peer>().map(|peer| peer.0),
        |extensions, client| {
            extensions.insert(Peer(client));
        },
    )
}

fn request(peer: &str, headers: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::new(());
    request.extensions_mut().insert(Peer(socket(peer)));
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request
}

/// What the service behind the layer saw, or the refusal.
async fn pass<R>(layer: ClientAddressLayer<R>, request: Request<()>) -> Result<Seen, VerifyError>
where
    R: Clone + proxy_protocol::tower::Refuse<()>,
{
    let service = service_fn(async |request: Request<()>| {
        let seen = Seen {
            client: ClientAddress::of(request.extensions()).cloned(),
            peer: request.extensions().get::<Peer>().copied(),
            headers: request.headers().clone(),
        };
        let mut answer = Response::new(());
        answer.extensions_mut().insert(seen);
        Ok::<_, Infallible>(answer)
    });
    let mut answer = layer.layer(service).oneshot(request).await.unwrap();
    match answer.extensions_mut().remove::<Seen>() {
        Some(seen) => Ok(seen),
        None => {
            let error = *answer.extensions().get::<VerifyError>().unwrap();
            assert_eq!(answer.status(), error.status());
            assert_eq!(answer.headers()["cache-control"], "no-store");
            Err(error)
        }
    }
}

#[derive(Clone, Debug)]
struct Seen {
    client: Result<ClientAddress, VerifyError>,
    peer: Option<Peer>,
    headers: HeaderMap,
}

const HEADER: (&str, &str) = ("CF-Connecting-IP", "203.0.113.7");

#[tokio::test]
async fn an_edge_s_header_names_the_client() {
    let proxy = production().build().unwrap();
    for (value, address) in [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ] {
        let request = request(EDGE, &[("cf-connecting-ip", value)]);
        let seen = pass(connecting_ip(&proxy), request).await.unwrap();
        let client = seen.client.unwrap();
        assert_eq!((client.ip(), client.evidence()), (ip(address), Evidence::ConnectingIp));
        assert_eq!((client.peer(), client.socket_addr().port()), (socket(EDGE), 0));
        assert!(client.header().is_none());
        assert_eq!(seen.peer, Some(Peer(SocketAddr::new(ip(address), 0))));
        assert_eq!(seen.headers["cf-connecting-ip"], value);
    }
}

#[tokio::test]
async fn all_but_exactly_one_address_is_refused() {
    let proxy = production().build().unwrap();
    for (headers, error) in [
        (vec![], VerifyError::Missing),
        (vec![("cf_connecting_ip", "203.0.113.7")], VerifyError::Missing),
        (vec![("x-forwarded-for", "203.0.113.7")], VerifyError::Missing),
        (vec![HEADER, HEADER], VerifyError::Several),
        (vec![HEADER, ("cf-connecting-ip", "")], VerifyError::Several),
        (vec![("cf-connecting-ip", "")], VerifyError::InvalidAddress),
        (vec![("cf-connecting-ip", "203.0.113.7, 203.0.113.8")], VerifyError::InvalidAddress),
        (vec![("cf-connecting-ip", "203.0.113.7 ")], VerifyError::InvalidAddress),
        (vec![("cf-connecting-ip", "203.0.113.7:443")], VerifyError::InvalidAddress),
        (vec![("cf-connecting-ip", "[2001:db8::7]")], VerifyError::InvalidAddress),
        (vec![("cf-connecting-ip", "fe80::1%eth0")], VerifyError::InvalidAddress),
        (vec![("cf-connecting-ip", "0203.0.113.7")], VerifyError::InvalidAddress),
        (vec![("cf-connecting-ip", "unknown")], VerifyError::InvalidAddress),
        (vec![("cf-connecting-ip", "é")], VerifyError::InvalidAddress),
        (vec![("cf-connecting-ip", "127.0.0.1")], VerifyError::SpecialSource),
        (vec![("cf-connecting-ip", "::ffff:10.0.0.1")], VerifyError::SpecialSource),
    ] {
        let refused = pass(connecting_ip(&proxy), request(EDGE, &headers)).await;
        assert_eq!(refused.unwrap_err(), error, "{headers:?}");
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    }
    let own = production().own_addresses(networks(&["203.0.113.7"])).build().unwrap();
    let refused = pass(connecting_ip(&own), request(EDGE, &[HEADER])).await;
    assert_eq!(refused.unwrap_err(), VerifyError::OwnSource);
}

#[tokio::test]
async fn a_stranger_s_header_is_not_believed_and_the_stranger_refused() {
    let proxy = production().build().unwrap();
    let refused = pass(connecting_ip(&proxy), request(STRANGER, &[HEADER])).await.unwrap_err();
    assert_eq!((refused, refused.status()), (VerifyError::Denied, StatusCode::FORBIDDEN));
}

#[tokio::test]
async fn who_connects_directly_is_the_client_and_their_header_is_taken_away() {
    let proxy = production().build().unwrap();
    let request = request("127.0.0.1:7", &[HEADER]);
    let seen = pass(connecting_ip(&proxy), request).await.unwrap();
    assert_eq!(seen.client.unwrap().evidence(), Evidence::Direct);
    assert_eq!(seen.peer, Some(Peer(socket("127.0.0.1:7"))));
    assert!(seen.headers.is_empty());
}

#[tokio::test]
async fn a_request_that_the_application_calls_proven_is_believed_whoever_its_peer_is() {
    let proxy = production().build().unwrap();
    let layer = || connecting_ip(&proxy).or_proven(|found| found.get::<Proof>().is_some());
    for peer in ["127.0.0.1:7", STRANGER] {
        let mut proven = request(peer, &[HEADER]);
        proven.extensions_mut().insert(Proof);
        let seen = pass(layer(), proven).await.unwrap();
        assert_eq!(seen.client.unwrap().ip(), ip("203.0.113.7"));
        let mut without = request(peer, &[]);
        without.extensions_mut().insert(Proof);
        assert_eq!(pass(layer(), without).await.unwrap_err(), VerifyError::Missing);
    }
    let direct = pass(layer(), request("127.0.0.1:7", &[HEADER])).await.unwrap();
    assert_eq!(direct.client.unwrap().evidence(), Evidence::Direct);
    let stranger = pass(layer(), request(STRANGER, &[HEADER])).await;
    assert_eq!(stranger.unwrap_err(), VerifyError::Denied);
}

/// Each in the spellings that some server reads as the same name.
const UNPROVEN: [(&str, &str); 14] = [
    ("forwarded", "for=1.1.1.1"),
    ("x-forwarded-for", "1.1.1.1"),
    ("x_forwarded_for", "1.1.1.1"),
    ("x-forwarded_for", "1.1.1.1"),
    ("X-Forwarded-For", "2.2.2.2"),
    ("x-real-ip", "1.1.1.1"),
    ("x_real_ip", "1.1.1.1"),
    ("true-client-ip", "1.1.1.1"),
    ("true_client-ip", "1.1.1.1"),
    ("cf_connecting_ip", "1.1.1.1"),
    ("cf-connecting_ip", "1.1.1.1"),
    ("cf-connecting-ipv6", "::2"),
    ("cf_connecting_ipv6", "::2"),
    ("x-forwarded-for", "3.3.3.3"),
];

#[tokio::test]
async fn no_other_header_names_a_client_in_whatever_mode() {
    let proxy = production().build().unwrap();
    let others = [("x-forwarded-proto", "https"), ("x-forwarded-fort", "a"), ("cf-ray", "1-FRA")];
    let all = [&[HEADER][..], &UNPROVEN, &others].concat();
    let layer = || connecting_ip(&proxy);
    for (layer, peer, kept) in [
        (layer(), EDGE, true),
        (layer(), "127.0.0.1:7", false),
        (layer().observe(), STRANGER, false),
    ] {
        let seen = pass(layer, request(peer, &all)).await.unwrap();
        let mut expected: HeaderMap = request(peer, &others).headers().clone();
        if kept {
            expected.insert("cf-connecting-ip", "203.0.113.7".parse().unwrap());
        }
        assert_eq!(seen.headers, expected, "{peer}");
    }
    // Over a listener of this crate the client wrote all of them.
    let mut behind = request(EDGE, &all);
    let client = crate::client(&proxy, EDGE, crate::LINE);
    behind.extensions_mut().insert(client);
    let seen = pass(proxy.layer(), behind).await.unwrap();
    assert_eq!(&seen.headers, request(EDGE, &others).headers());
    assert_eq!(seen.client.unwrap().socket_addr(), socket(CLIENT));
}

#[tokio::test]
async fn the_proven_client_can_be_named_in_the_headers_that_others_read() {
    let proxy = production().build().unwrap();
    let layer = || connecting_ip(&proxy).rewrite_forwarded();
    for (value, forwarded) in
        [("203.0.113.7", "for=203.0.113.7"), ("2001:db8::7", "for=\"[2001:db8::7]\"")]
    {
        let headers = [&[("cf-connecting-ip", value)][..], &UNPROVEN].concat();
        let seen = pass(layer(), request(EDGE, &headers)).await.unwrap();
        let all = |name| seen.headers.get_all(name).iter().collect::<Vec<_>>();
        assert_eq!(all("forwarded"), [forwarded]);
        assert_eq!(all("x-forwarded-for"), [value]);
        assert_eq!(seen.headers.len(), 3);
    }
    let unproven = pass(layer().observe(), request(STRANGER, &UNPROVEN)).await.unwrap();
    assert!(unproven.headers.is_empty());
}

#[tokio::test]
async fn observe_lets_everything_pass_and_makes_no_proof_of_a_failure() {
    let (proxy, outcomes) = Outcomes::of(production());
    for (peer, headers, error) in [
        (STRANGER, vec![HEADER], VerifyError::Denied),
        (EDGE, vec![], VerifyError::Missing),
        (EDGE, vec![("cf-connecting-ip", "10.0.0.1")], VerifyError::SpecialSource),
    ] {
        let layer = connecting_ip(&proxy).observe();
        let seen = pass(layer, request(peer, &headers)).await.unwrap();
        assert_eq!(seen.client.unwrap_err(), error);
        assert_eq!(seen.peer, Some(Peer(socket(peer))));
        assert!(seen.headers.is_empty());
        assert_eq!(outcomes.take(), [error.code()]);
    }
}

#[tokio::test]
async fn a_proof_that_was_put_there_before_does_not_count() {
    let proxy = production().build().unwrap();
    let mut forged = request(STRANGER, &[]);
    forged.extensions_mut().insert(crate::client(&proxy, EDGE, crate::LINE));
    let refused = pass(connecting_ip(&proxy), forged).await;
    assert_eq!(refused.unwrap_err(), VerifyError::Denied);
}

#[tokio::test]
async fn what_is_missing_around_the_layer_is_the_server_s_fault() {
    let (proxy, outcomes) = Outcomes::of(production());
    for layer in [connecting_ip(&proxy), proxy.layer()] {
        let error = pass(layer, Request::new(())).await.unwrap_err();
        assert_eq!(error, VerifyError::MissingLayer);
        assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
    assert_eq!(outcomes.take(), ["missing_layer", "missing_layer"]);
}

#[tokio::test]
async fn every_decision_about_a_request_is_heard_once() {
    let (proxy, outcomes) = Outcomes::of(production());
    pass(connecting_ip(&proxy), request(EDGE, &[HEADER])).await.unwrap();
    pass(connecting_ip(&proxy), request("127.0.0.1:7", &[])).await.unwrap();
    pass(connecting_ip(&proxy), request(EDGE, &[])).await.unwrap_err();
    assert_eq!(outcomes.take(), ["accepted", "accepted", "missing"]);
    // The listener has told of its connections.
    let mut behind = request(EDGE, &[]);
    behind.extensions_mut().insert(crate::client(&proxy, EDGE, crate::LINE));
    outcomes.take();
    pass(proxy.layer(), behind).await.unwrap();
    assert_eq!(outcomes.take(), Vec::<&str>::new());
}

#[tokio::test]
async fn on_refuse_shapes_the_answer() {
    let proxy = production().allow_sources(loopback()).build().unwrap();
    let layer = connecting_ip(&proxy).on_refuse(|error| {
        let mut answer = error.response(());
        answer.headers_mut().insert("x-code", error.code().parse().unwrap());
        answer
    });
    assert!(format!("{layer:?}").contains("observe: false"));
    let service =
        layer.layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(()))));
    let answer = service.clone().oneshot(request(STRANGER, &[])).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-code"]),
        (403, &"denied".parse().unwrap())
    );
    let passed = service.oneshot(request(EDGE, &[HEADER])).await.unwrap();
    assert_eq!(passed.status(), 200);
}

#[tokio::test]
async fn the_service_is_called_only_when_it_is_ready() {
    let proxy = production().build().unwrap();
    let (service, mut handle) = tower_test::mock::pair::<Request<()>, Response<()>>();
    let mut service = connecting_ip(&proxy).layer(service);
    handle.allow(0);
    assert!(poll_ready(&mut service).is_pending());
    handle.allow(1);
    assert!(poll_ready(&mut service).is_ready());
}

fn poll_ready<S: tower::Service<Request<()>>>(service: &mut S) -> std::task::Poll<()> {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    service.poll_ready(&mut cx).map(|_| ())
}
