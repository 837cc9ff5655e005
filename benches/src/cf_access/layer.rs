//! A whole request through the layer, and what the layer adds to the verifier inside it.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use cf_access::CfAccess;
use cf_access::testing::{Issuer, Token};
use futures_util::FutureExt;
use http::header::AUTHORIZATION;
use http::{HeaderName, Request, Response, StatusCode};
use serde::Deserialize;
use tower_layer::Layer;
use tower_oauth2_resource_server::server::OAuth2ResourceServer;
use tower_oauth2_resource_server::tenant::TenantConfiguration;
use tower_oauth2_resource_server::validation::ClaimsValidationSpec;
use tower_service::Service;

use super::GROUP;
use crate::measure::{Candidate, Goal, Table};

/// Fills the layer's rows. A service consumes its request, so each call begins with a clone of it:
/// the floor's too, or the layer would answer for that.
pub(super) fn run(table: &mut Table, issuer: &Issuer, access: &CfAccess, now: SystemTime) {
    let user = issuer.user("alice@verifluence.io");
    let token = user.token();
    let (request, bearer) = (with_assertion(&token), with_bearer(&token));
    let floor = || {
        let request = request.clone();
        let identity = access.verify(&request.headers()[ASSERTION], now);
        (request, identity)
    };
    let service = access.layer().layer(Empty);
    let ours = || answer(service.clone(), request.clone());
    let peer_service = peer_service(issuer);
    let peer = || answer(peer_service.clone(), bearer.clone());

    floor().1.expect("a genuine token");
    assert_eq!((ours().status(), peer().status()), (StatusCode::OK, StatusCode::OK));
    for (case, token) in refused(&user) {
        let ours = answer(service.clone(), with_assertion(&token)).status();
        let peer = answer(peer_service.clone(), with_bearer(&token)).status();
        assert_eq!((ours, peer), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED), "{case}");
    }

    table.row(
        GROUP,
        "layer_over_verify",
        Candidate::new("ours", ours),
        Vec::new(),
        Candidate::new(FLOOR, floor),
        Goal::Floor(1.10),
    );
    table.row(
        GROUP,
        "layer_whole_request",
        Candidate::new("ours", ours),
        vec![Candidate::new("tower-oauth2-resource-server-0.12.5/aws_lc_rs:layer", peer)],
        Candidate::new(FLOOR, floor),
        Goal::Peer(1.2),
    );
}

/// What both must have checked, for the comparison to be fair.
fn refused(user: &Token<'_>) -> Vec<(&'static str, String)> {
    let token = user.token();
    let (signed, _) = token.rsplit_once('.').expect("three parts");
    vec![
        ("signature", format!("{signed}.{}", "A".repeat(342))),
        ("exp", user.clone().lifetime(SystemTime::UNIX_EPOCH, Duration::from_secs(3600)).token()),
        ("aud", user.clone().audience(&"another".parse().expect("an audience")).token()),
        ("iss", user.clone().claim("iss", "https://another.cloudflareaccess.com").token()),
    ]
}

fn with_assertion(token: &str) -> Request<()> {
    with(HeaderName::from_static(ASSERTION), token)
}

/// The same request, with the token where the peer looks for it.
fn with_bearer(token: &str) -> Request<()> {
    with(AUTHORIZATION, &format!("Bearer {token}"))
}

/// What a browser sends, and what Cloudflare adds to it.
fn with(name: HeaderName, value: &str) -> Request<()> {
    Request::get("https://admin.verifluence.io/api/streams?page=2")
        .header("host", "admin.verifluence.io")
        .header(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/140.0.0.0 Safari/537.36",
        )
        .header("accept", "application/json, text/plain, */*")
        .header("accept-encoding", "gzip, br")
        .header("accept-language", "en-US,en;q=0.9")
        .header("referer", "https://admin.verifluence.io/streams")
        .header("cookie", "theme=dark; session=0f8e1c9ad6f14c0c9f9b7d4e2b6a5c31")
        .header("cf-connecting-ip", "203.0.113.7")
        .header("cf-ipcountry", "US")
        .header("cf-ray", "8f1b2c3d4e5f6a7b-FRA")
        .header("x-forwarded-proto", "https")
        .header("cf-access-authenticated-user-email", "alice@verifluence.io")
        .header(name, value)
        .body(())
        .expect("a request")
}

/// What a server does with a request: a clone of the service answers it. Nothing here waits, so
/// there is no runtime.
fn answer<S>(mut service: S, request: Request<()>) -> Response<()>
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible>,
{
    let ready = service.poll_ready(&mut Context::from_waker(Waker::noop()));
    assert!(ready.is_ready(), "the inner service always is");
    let Ok(response) = service.call(request).now_or_never().expect("keys in memory");
    response
}

/// The inner service: always ready, and answers at once.
#[derive(Clone)]
struct Empty;

impl Service<Request<()>> for Empty {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(())))
    }
}

/// Fewer claims than ours reads: who it is.
#[derive(Clone, Deserialize)]
#[allow(dead_code, reason = "what an application reads of a token, for the peer to fill")]
struct Claims {
    sub: String,
    email: Option<String>,
}

fn peer_service(
    issuer: &Issuer,
) -> impl Service<Request<()>, Response = Response<()>, Error = Infallible> + Clone + use<> {
    // Its default leaves out the issuer.
    let claims = ClaimsValidationSpec::recommended(
        issuer.team().issuer(),
        &vec![issuer.audience().to_string()],
    );
    let tenant = TenantConfiguration::static_builder(issuer.certs())
        .claims_validation(claims)
        .build()
        .expect("a certs document");
    let server = OAuth2ResourceServer::<Claims>::builder().add_tenant(tenant).build();
    let server = server.now_or_never().expect("keys in memory").expect("a tenant");
    server.into_layer::<()>().layer(Empty)
}

const ASSERTION: &str = "cf-access-jwt-assertion";

const FLOOR: &str = "cf-access:request+verify";
