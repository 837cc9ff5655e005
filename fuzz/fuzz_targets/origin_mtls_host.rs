//! A host's pattern, then the target of a request, then the lines of its head: what a pattern matches
//! is what it means to a second reader, and the layer lets a request pass that is for exactly one host,
//! and for one of the pattern's.

#![no_main]

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use http::header::HOST;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use libfuzzer_sys::fuzz_target;
use origin_mtls::testing::EphemeralCa;
use origin_mtls::{EdgeIdentity, HostPattern, OriginMtls, OriginPullPolicy, VerifyError};
use origin_mtls::{ServerCertificate, TrustAnchors};
use rustls::crypto::aws_lc_rs;
use tower::{Layer, Service, service_fn};
use url::{Host, Url};

fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let pattern = lines.next().and_then(|line| std::str::from_utf8(line).ok());
    let Some((text, pattern)) = pattern.and_then(|text| Some((text, text.parse().ok()?))) else {
        return;
    };
    check_pattern(text);

    let target = lines.next().unwrap_or_default();
    if let Ok(host) = std::str::from_utf8(target) {
        assert_eq!(HostPattern::matches(&pattern, host), means(text, host));
    }
    let Some(request) = request(target, lines) else { return };
    let expected = only_host(&request).is_some_and(|host| means(text, host));
    let status = answer(pattern, request);
    assert_eq!(status, if expected { StatusCode::OK } else { StatusCode::MISDIRECTED_REQUEST });
});

/// To a browser it is the name of a host as it stands, with something in the place of the wildcard.
fn check_pattern(text: &str) {
    let name = text.strip_prefix("*.").map_or_else(|| text.to_owned(), |name| format!("a.{name}"));
    let labels = name.split('.').collect::<Vec<_>>();
    assert!(name.len() <= 255 && labels.iter().all(|label| (1..=63).contains(&label.len())));
    // Which labels in Punycode are some is a question of its own.
    if !labels.iter().any(|label| label.starts_with("xn--")) {
        let url = Url::parse(&format!("https://{name}/")).expect("a host");
        assert_eq!(url.host(), Some(Host::Domain(&*name)));
    }
}

/// Whether the pattern means this host, by comparing label for label.
fn means(pattern: &str, host: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('.').collect();
    let host = host.to_ascii_lowercase();
    let host: Vec<&str> = host.split('.').collect();
    let is_label = |label: &str| {
        let is_end = |end: char| end.is_ascii_alphanumeric();
        (1..=63).contains(&label.len())
            && label.chars().all(|letter| is_end(letter) || letter == '-')
            && label.starts_with(is_end)
            && label.ends_with(is_end)
    };
    let means =
        |(of, label): (&&str, &&str)| if *of == "*" { is_label(label) } else { of == label };
    pattern.len() == host.len() && pattern.iter().zip(&host).all(means)
}

/// A request as a server of HTTP makes it, from what it lets through.
fn request<'a>(target: &[u8], head: impl Iterator<Item = &'a [u8]>) -> Option<Request<()>> {
    let mut request = Request::new(());
    *request.uri_mut() = Uri::try_from(target).ok()?;
    for line in head {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            request.headers_mut().append(name, value);
        }
    }
    Some(request)
}

/// The host that everything in the request speaks of, without its port (RFC 9110 §7.2).
fn only_host(request: &Request<()>) -> Option<&str> {
    let fields: Vec<_> = request.headers().get_all(HOST).iter().collect();
    let field = match fields[..] {
        [] => None,
        [field] => Some(field.to_str().ok()?),
        _ => return None,
    };
    let target = request.uri().authority().map(|authority| authority.as_str());
    if target.zip(field).is_some_and(|(target, field)| !target.eq_ignore_ascii_case(field)) {
        return None;
    }
    let authority = target.or(field)?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    port.chars().all(|digit| digit.is_ascii_digit()).then_some(host)
}

fn answer(pattern: HostPattern, mut request: Request<()>) -> StatusCode {
    let edge = &*EDGE;
    let policy = OriginPullPolicy::builder(edge.anchors.clone(), algorithms()).hosts([pattern]);
    edge.origin.reload(policy.build().unwrap(), &edge.certificate).unwrap();
    request.extensions_mut().insert(Ok::<_, VerifyError>(edge.identity.clone()));
    let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(())));
    let mut future = std::pin::pin!(edge.origin.layer().layer(inner).call(request));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Ok(response)) => response.status(),
        std::task::Poll::Pending => panic!("there is nothing to wait for"),
    }
}

fn algorithms() -> &'static [&'static dyn rustls::pki_types::SignatureVerificationAlgorithm] {
    aws_lc_rs::default_provider().signature_verification_algorithms.all
}

struct Edge {
    anchors: TrustAnchors,
    certificate: ServerCertificate,
    origin: OriginMtls,
    identity: EdgeIdentity,
}

static EDGE: LazyLock<Edge> = LazyLock::new(|| {
    let ca = EphemeralCa::new();
    let anchors = ca.trust_anchors();
    let policy = OriginPullPolicy::builder(anchors.clone(), algorithms()).build().unwrap();
    let identity = policy.verify(ca.client().chain(), SystemTime::now()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let certificate = ca.server_certificate(&["localhost"], provider);
    let origin = OriginMtls::builder(policy, certificate.clone()).build().unwrap();
    Edge { anchors, certificate, origin, identity }
});
