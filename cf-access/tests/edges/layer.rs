//! The layer, around services that are no framework's.

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cf_access::testing::Answer;
use cf_access::tower::CfAccessLayer;
use cf_access::{AccessIdentity, CfAccess, Policy, VerifyError};
use http::{Request, Response, StatusCode};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::{ALICE, ASSERTION, ISSUER, Team, UNSIGNED_EMAIL, access, alice, wrong_audience};

/// A body that must not be touched: it is no `http_body::Body`, and not even `Clone`.
struct Untouched;

/// An answer that tells who the inner service saw.
type Seen = Response<Option<AccessIdentity>>;

fn request(headers: &[(&str, &str)]) -> Request<Untouched> {
    let mut request = Request::post("/").body(Untouched).unwrap();
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request
}

/// Sends it through the layer. `None`: it was refused, and the inner service was not called.
async fn send(
    layer: &CfAccessLayer,
    request: Request<Untouched>,
) -> Response<Option<Request<Untouched>>> {
    let inner = service_fn(async |request| Ok::<_, Infallible>(Response::new(Some(request))));
    layer.layer(inner).oneshot(request).await.unwrap()
}

async fn status(layer: &CfAccessLayer, headers: &[(&str, &str)]) -> u16 {
    let answer = send(layer, request(headers)).await;
    assert_eq!(answer.body().is_some(), answer.status() == 200);
    answer.status().as_u16()
}

#[tokio::test]
async fn lets_pass_with_an_identity_what_holds_and_refuses_the_rest() {
    let layer = access().layer();
    let answer = send(&layer, request(&[(ASSERTION, &alice())])).await;
    let inner = answer.into_body().unwrap();
    let identity = AccessIdentity::of(inner.extensions()).unwrap();
    assert_eq!(identity.email(), Some(ALICE));
    // The token is left for a service further in that verifies it as well.
    assert!(inner.headers().contains_key(ASSERTION));

    assert_eq!(status(&layer, &[]).await, 401);
    assert_eq!(status(&layer, &[(ASSERTION, "")]).await, 401);
    assert_eq!(status(&layer, &[(ASSERTION, &wrong_audience())]).await, 401);
    assert_eq!(status(&layer, &[(ASSERTION, &alice()), (ASSERTION, &alice())]).await, 401);
}

#[tokio::test]
async fn answers_403_when_the_policy_refuses_and_only_then() {
    let builder = CfAccess::builder(ISSUER.keys(), [ISSUER.audience().clone()]);
    let layer = builder.policy(Policy::email("bob@example.com").unwrap()).build().unwrap().layer();
    assert_eq!(status(&layer, &[(ASSERTION, &alice())]).await, 403);
    assert_eq!(status(&layer, &[(ASSERTION, &wrong_audience())]).await, 401);
    let bob = ISSUER.user("bob@example.com").token();
    assert_eq!(status(&layer, &[(ASSERTION, &bob)]).await, 200);
}

#[tokio::test]
async fn takes_the_unsigned_e_mail_away_in_every_mode_and_spelling() {
    let spellings = [
        UNSIGNED_EMAIL,
        "Cf-Access-Authenticated-User-Email",
        "cf_access_authenticated_user_email",
        "cf-access_authenticated-user_email",
    ];
    let alice = alice();
    for layer in [access().layer(), access().layer().optional(), access().layer().observe()] {
        for spelling in spellings {
            let forged = [(spelling, "admin@example.com"), (spelling, "root@example.com")];
            let headers = [[(ASSERTION, &*alice), ("x-other", "stays")], forged].concat();
            let inner = send(&layer, request(&headers)).await.into_body().unwrap();
            let left: Vec<&str> = inner.headers().keys().map(http::HeaderName::as_str).collect();
            assert_eq!(left, [ASSERTION, "x-other"], "{spelling}");
        }
        let all: Vec<(&str, &str)> = spellings.map(|spelling| (spelling, "a@b.c")).to_vec();
        let headers = [vec![(ASSERTION, &*alice)], all].concat();
        let inner = send(&layer, request(&headers)).await.into_body().unwrap();
        assert_eq!(inner.headers().len(), 1);
        // Near misses are somebody else's headers.
        let others = [
            "cf-access-authenticated-user-emails",
            "cf-access-authenticated-user-emai_",
            "cf.access-authenticated-user-email",
            "xf-access-authenticated-user-email",
        ];
        for other in others {
            let headers = [(ASSERTION, &*alice), (other, "stays")];
            let inner = send(&layer, request(&headers)).await.into_body().unwrap();
            assert_eq!(inner.headers()[other], "stays");
        }
    }
}

#[tokio::test]
async fn optional_lets_pass_without_a_token_and_never_with_a_bad_one() {
    let layer = access().layer().optional();
    let inner = send(&layer, request(&[(UNSIGNED_EMAIL, ALICE)])).await.into_body().unwrap();
    assert_eq!(AccessIdentity::of(inner.extensions()).unwrap_err(), VerifyError::Missing);

    let inner = send(&layer, request(&[(ASSERTION, &alice())])).await.into_body().unwrap();
    assert!(AccessIdentity::of(inner.extensions()).is_ok());

    assert_eq!(status(&layer, &[(ASSERTION, "")]).await, 401);
    assert_eq!(status(&layer, &[(ASSERTION, &wrong_audience())]).await, 401);
    assert_eq!(status(&layer, &[(ASSERTION, &alice()), (ASSERTION, &alice())]).await, 401);
}

#[tokio::test(start_paused = true)]
async fn optional_answers_503_to_a_token_that_cannot_be_verified_for_want_of_keys() {
    let team = Team::new();
    team.endpoint.set(Answer::Hang);
    let layer = team.access.layer().optional();
    assert_eq!(status(&layer, &[]).await, 200);
    assert_eq!(status(&layer, &[(ASSERTION, &team.alice())]).await, 503);
}

#[tokio::test]
async fn observe_lets_everything_pass_and_makes_no_proof_of_a_failure() {
    let layer = access().layer().observe();
    let cases = [
        (vec![], VerifyError::Missing),
        (vec![(ASSERTION, wrong_audience())], VerifyError::WrongAudience),
        (vec![(ASSERTION, alice()), (ASSERTION, alice())], VerifyError::Several),
    ];
    for (headers, error) in cases {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, &**value)).collect();
        let inner = send(&layer, request(&headers)).await.into_body().unwrap();
        assert_eq!(AccessIdentity::of(inner.extensions()).unwrap_err(), error);
        let recorded = inner.extensions().get::<Result<AccessIdentity, VerifyError>>().unwrap();
        assert_eq!(recorded.as_ref().unwrap_err(), &error);
    }
    let inner = send(&layer, request(&[(ASSERTION, &alice())])).await.into_body().unwrap();
    assert!(AccessIdentity::of(inner.extensions()).is_ok());
}

#[tokio::test]
async fn an_identity_that_was_put_there_before_does_not_count() {
    let mut forged = request(&[]);
    let inner =
        send(&access().layer(), request(&[(ASSERTION, &alice())])).await.into_body().unwrap();
    let stolen = inner.extensions().get::<Result<AccessIdentity, VerifyError>>().unwrap().clone();
    forged.extensions_mut().insert(stolen);
    let inner = send(&access().layer().optional(), forged).await.into_body().unwrap();
    assert_eq!(AccessIdentity::of(inner.extensions()).unwrap_err(), VerifyError::Missing);
}

#[tokio::test]
async fn a_request_without_the_layer_is_the_server_s_fault() {
    let refused = AccessIdentity::of(&http::Extensions::new()).unwrap_err();
    assert_eq!(refused, VerifyError::MissingLayer);
    assert_eq!(refused.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn on_refuse_shapes_the_answer() {
    let layer = access().layer().on_refuse(|error: VerifyError| {
        error.response(format!(r#"{{"error":"{}"}}"#, error.code()))
    });
    let inner = service_fn(async |_| Ok::<_, Infallible>(Response::new("inner".to_owned())));
    let service = layer.layer(inner);
    let answer = service.clone().oneshot(request(&[])).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.body(), r#"{"error":"missing"}"#);
    let answer = service.oneshot(request(&[(ASSERTION, &alice())])).await.unwrap();
    assert_eq!((answer.status().as_u16(), &**answer.body()), (200, "inner"));
}

#[tokio::test]
async fn a_refusal_carries_nothing_of_the_request_but_its_reason_for_layers_further_out() {
    let answer = send(&access().layer(), request(&[(ASSERTION, &wrong_audience())])).await;
    assert_eq!(answer.extensions().get(), Some(&VerifyError::WrongAudience));
    let names: Vec<&str> = answer.headers().keys().map(http::HeaderName::as_str).collect();
    assert_eq!(names, ["cache-control", "www-authenticate"]);
    assert!(answer.body().is_none());
}

#[tokio::test]
async fn the_inner_service_s_error_comes_through() {
    let inner = service_fn(async |_: Request<Untouched>| Err::<Response<()>, _>("inner"));
    let service = access().layer().layer(inner);
    assert_eq!(service.oneshot(request(&[(ASSERTION, &alice())])).await.unwrap_err(), "inner");
}

#[tokio::test]
async fn calls_the_service_only_when_it_is_ready() {
    let (mock, mut handle) = tower_test::mock::pair::<Request<Untouched>, Seen>();
    let mut service = access().layer().layer(mock);
    handle.allow(0);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut cx).is_pending());
    handle.allow(1);
    service.ready().await.unwrap();
    // A mock panics when it is called without having been found ready.
    let answer = service.call(request(&[(ASSERTION, &alice())]));
    let serve = async {
        let (request, respond) = handle.next_request().await.unwrap();
        respond
            .send_response(Response::new(AccessIdentity::of(request.extensions()).ok().cloned()));
    };
    let (answer, ()) = tokio::join!(answer, serve);
    assert_eq!(answer.unwrap().body().as_ref().unwrap().email(), Some(ALICE));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_for_keys_keeps_the_service_that_was_ready() {
    let mut team = Team::ready().await;
    tokio::time::advance(Duration::from_secs(10)).await;
    team.issuer.rotate();
    team.endpoint.set_latency(Duration::from_secs(1));
    let (mock, mut handle) = tower_test::mock::pair::<Request<Untouched>, Seen>();
    let mut service = team.access.layer().layer(mock);
    service.ready().await.unwrap();
    let token = team.alice();
    let mut waiting = pin!(service.call(request(&[(ASSERTION, &token)])));
    assert!(poll(waiting.as_mut()).is_pending());
    // Meanwhile the service takes others.
    service.ready().await.unwrap();
    let other = tokio::spawn(service.call(request(&[])));
    assert_eq!(other.await.unwrap().unwrap().status(), 401);

    let serve = async {
        let (request, respond) = handle.next_request().await.unwrap();
        assert!(AccessIdentity::of(request.extensions()).is_ok());
        respond.send_response(Response::new(None));
    };
    let (answer, ()) = tokio::join!(waiting, serve);
    assert_eq!(answer.unwrap().status(), 200);
    assert_eq!(team.endpoint.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waited_in_vain_is_refused_by_the_same_rules() {
    let team = Team::ready().await;
    tokio::time::advance(Duration::from_secs(10)).await;
    let unknown = crate::naming("k");
    assert_eq!(status(&team.access.layer(), &[(ASSERTION, &unknown)]).await, 401);
    tokio::time::advance(Duration::from_secs(10)).await;
    team.endpoint.set(Answer::Hang);
    let inner = send(&team.access.layer().observe(), request(&[(ASSERTION, &unknown)])).await;
    let refused = AccessIdentity::of(inner.into_body().unwrap().extensions()).unwrap_err();
    assert_eq!(refused, VerifyError::KeysUnavailable);
    assert_eq!(status(&team.access.layer(), &[(ASSERTION, &unknown)]).await, 503);
    assert_eq!(status(&team.access.layer(), &[(ASSERTION, &team.alice())]).await, 200);
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
