//! `on_outcome` hears every decision once, and the answers are those of the table.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use cf_access::testing::Answer;
use cf_access::tower::CfAccessLayer;
use cf_access::{CfAccess, ConfigError, FetchError, KeySetError, Policy, TokenPart, VerifyError};
use http::{Request, Response, StatusCode};
use tower::{Layer, ServiceExt, service_fn};

use crate::{ALICE, ISSUER, Team, alice, headers, naming, wrong_audience};

type Codes = Arc<Mutex<Vec<&'static str>>>;

fn heard(codes: &Codes) -> Vec<&'static str> {
    std::mem::take(&mut *codes.lock().unwrap())
}

fn listening(builder: cf_access::CfAccessBuilder) -> (CfAccess, Codes) {
    let codes = Codes::default();
    let ours = Arc::clone(&codes);
    let access = builder.on_outcome(move |code| ours.lock().unwrap().push(code)).build().unwrap();
    (access, codes)
}

#[tokio::test]
async fn hears_every_decision_once() {
    let builder = CfAccess::builder(ISSUER.keys(), [ISSUER.audience().clone()])
        .policy(Policy::email_domain("example.com").unwrap());
    let (access, codes) = listening(builder);
    let eve = ISSUER.user("eve@example.org").token();

    assert!(access.verify(alice(), SystemTime::now()).is_ok());
    assert!(access.verify(eve, SystemTime::now()).is_err());
    assert_eq!(heard(&codes), ["accepted", "denied"]);

    assert!(access.authenticate(&headers(&alice())).await.is_ok());
    assert!(access.authenticate(&headers(&wrong_audience())).await.is_err());
    assert!(access.authenticate(&http::HeaderMap::new()).await.is_err());
    assert!(access.authenticate(&headers(&naming("k"))).await.is_err());
    assert_eq!(heard(&codes), ["accepted", "wrong_audience", "missing", "unknown_kid"]);
}

#[tokio::test(start_paused = true)]
async fn hears_one_decision_of_a_request_that_waited_for_keys() {
    let mut team = Team::ready().await;
    let builder = CfAccess::builder(team.keys.clone(), [team.issuer.audience().clone()]);
    let (access, codes) = listening(builder);
    tokio::time::advance(std::time::Duration::from_secs(10)).await;
    team.issuer.rotate();
    assert!(access.authenticate(&headers(&team.alice())).await.is_ok());
    assert_eq!(heard(&codes), ["accepted"]);

    tokio::time::advance(std::time::Duration::from_secs(10)).await;
    team.endpoint.set(Answer::Fail(FetchError::Redirect));
    assert!(access.authenticate(&headers(&naming("k"))).await.is_err());
    assert_eq!(heard(&codes), ["keys_unavailable"]);
}

#[test]
fn answers_401_403_500_or_503_and_says_nothing_but_that() {
    let unauthorized = [
        VerifyError::Missing,
        VerifyError::Several,
        VerifyError::TooLarge,
        VerifyError::Malformed(TokenPart::Compact),
        VerifyError::UnsupportedAlg,
        VerifyError::CriticalHeader,
        VerifyError::MissingKid,
        VerifyError::UnknownKid,
        VerifyError::BadSignature,
        VerifyError::MissingClaim("exp"),
        VerifyError::InvalidClaim("exp"),
        VerifyError::WrongIssuer,
        VerifyError::WrongAudience,
        VerifyError::WrongType,
        VerifyError::Expired,
        VerifyError::NotYetValid,
        VerifyError::IssuedInFuture,
        VerifyError::TooOld,
        VerifyError::AmbiguousIdentity,
    ];
    let others = [
        (VerifyError::Denied, StatusCode::FORBIDDEN),
        (VerifyError::KeysUnavailable, StatusCode::SERVICE_UNAVAILABLE),
        (VerifyError::MissingLayer, StatusCode::INTERNAL_SERVER_ERROR),
    ];
    let unauthorized = unauthorized.map(|error| (error, StatusCode::UNAUTHORIZED));
    for (error, status) in unauthorized.into_iter().chain(others) {
        let answer: Response<&str> = error.response("body");
        assert_eq!((answer.status(), error.status()), (status, status), "{error}");
        assert_eq!(*answer.body(), "body");
        assert_eq!(answer.extensions().get(), Some(&error));
        let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("cache-control"), Some("no-store"), "{error}");
        let is_401 = status == StatusCode::UNAUTHORIZED;
        assert_eq!(header("www-authenticate"), is_401.then_some("Cloudflare-Access"), "{error}");
        let is_503 = status == StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(header("retry-after"), is_503.then_some("10"), "{error}");
        assert_eq!(answer.headers().len(), 1 + usize::from(is_401 || is_503), "{error}");
    }
}

#[test]
fn names_every_failure_of_a_fetch() {
    let codes = [
        (FetchError::Connection(Arc::new(std::io::Error::other("refused"))), "connection"),
        (FetchError::Document(KeySetError::Malformed), "document"),
        (FetchError::Panic, "panic"),
        (FetchError::Redirect, "redirect"),
        (FetchError::Status(500), "status"),
        (FetchError::Timeout, "timeout"),
    ];
    for (error, code) in codes {
        assert_eq!(error.code(), code);
        assert!(error.to_string().starts_with(char::is_lowercase), "{error}");
        // A cause is in the source, not in the text as well.
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        assert!(cause.is_none_or(|cause| !error.to_string().contains(&cause)), "{error}");
    }
    for error in [ConfigError::NoRuntime, ConfigError::Tls] {
        assert!(error.to_string().starts_with(char::is_lowercase), "{error}");
    }
}

#[test]
fn debug_shows_the_handle_and_not_what_listens() {
    let (access, _codes) = listening(CfAccess::builder(ISSUER.keys(), [ISSUER.audience().clone()]));
    let text = format!("{access:?}");
    assert!(text.contains(ISSUER.team().issuer()) && text.contains("audiences"), "{text}");
    assert!(!text.contains(ALICE), "{text}");
}

#[tokio::test]
async fn hears_what_each_layer_decides() {
    let builder = CfAccess::builder(ISSUER.keys(), [ISSUER.audience().clone()]);
    let (access, codes) = listening(builder);
    let service = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(())));
    let ask = async |layer: CfAccessLayer, token: Option<&str>| {
        let mut request = Request::new(());
        if let Some(token) = token {
            *request.headers_mut() = headers(token);
        }
        let inner = access.require(Policy::custom(|_| false)).layer(service);
        layer.layer(inner).oneshot(request).await.unwrap();
        heard(&codes)
    };
    let (good, bad) = (alice(), wrong_audience());
    assert_eq!(ask(access.layer(), Some(&good)).await, ["accepted", "denied"]);
    assert_eq!(ask(access.layer(), Some(&bad)).await, ["wrong_audience"]);
    assert_eq!(ask(access.layer(), None).await, ["missing"]);
    // A stranger who may pass is not an attack on the first layer, and is refused by the second.
    assert_eq!(ask(access.layer().optional(), None).await, ["anonymous", "missing"]);
    assert_eq!(ask(access.layer().optional(), Some(&bad)).await, ["wrong_audience"]);
    assert_eq!(ask(access.layer().observe(), None).await, ["missing", "missing"]);
}
