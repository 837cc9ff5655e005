//! `require`: a policy for some routes, on what the layer has verified.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cf_access::tower::{CfAccessLayer, RequireLayer};
use cf_access::{CfAccess, Policy, VerifyError};
use http::{Request, Response};
use tower::{Layer, ServiceExt, service_fn};

use crate::{ISSUER, access, alice, client_id, wrong_audience};

async fn status(outer: &CfAccessLayer, inner: &RequireLayer, request: Request<()>) -> u16 {
    let service = service_fn(async |_| Ok::<_, Infallible>(Response::new(())));
    outer.layer(inner.layer(service)).oneshot(request).await.unwrap().status().as_u16()
}

fn with(token: &str) -> Request<()> {
    Request::get("/").header(crate::ASSERTION, token).body(()).unwrap()
}

fn example_com() -> Policy {
    Policy::email_domain("example.com").unwrap()
}

#[tokio::test]
async fn lets_pass_whom_both_policies_allow() {
    let access = CfAccess::builder(ISSUER.keys(), [ISSUER.audience().clone()])
        .policy(example_com().or(Policy::service_token(client_id())))
        .build()
        .unwrap();
    let (outer, inner) = (access.layer(), access.require(example_com()));
    let machine = ISSUER.service_token(&client_id()).token();
    let eve = ISSUER.user("eve@example.org").token();
    assert_eq!(status(&outer, &inner, with(&alice())).await, 200);
    assert_eq!(status(&outer, &inner, with(&machine)).await, 403);
    assert_eq!(status(&outer, &inner, with(&eve)).await, 403);
    assert_eq!(status(&outer, &inner, with(&wrong_audience())).await, 401);
    assert_eq!(status(&outer, &inner, Request::new(())).await, 401);
}

#[tokio::test]
async fn refuses_what_the_layer_let_pass_without_an_identity() {
    let (access, inner) = (access(), access().require(example_com()));
    assert_eq!(status(&access.layer().optional(), &inner, Request::new(())).await, 401);
    assert_eq!(status(&access.layer().optional(), &inner, with(&alice())).await, 200);
    assert_eq!(status(&access.layer().observe(), &inner, with(&wrong_audience())).await, 401);
    assert_eq!(status(&access.layer().observe(), &inner, with(&alice())).await, 200);
}

#[tokio::test]
async fn without_the_layer_the_fault_is_the_server_s() {
    let service = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(())));
    let service = access().require(example_com()).layer(service);
    assert_eq!(service.oneshot(with(&alice())).await.unwrap().status(), 500);
}

#[tokio::test]
async fn does_not_verify_again_and_tells_its_own_refusals_alone() {
    let (accepted, denied) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let ours = (Arc::clone(&accepted), Arc::clone(&denied));
    let access = CfAccess::builder(ISSUER.keys(), [ISSUER.audience().clone()])
        .on_outcome(move |code| {
            match code {
                "accepted" => ours.0.fetch_add(1, Ordering::Relaxed),
                "denied" => ours.1.fetch_add(1, Ordering::Relaxed),
                other => panic!("{other}"),
            };
        })
        .build()
        .unwrap();
    let outer = access.layer();
    let nobody = access.require(Policy::custom(|_| false));
    assert_eq!(status(&outer, &access.require(example_com()), with(&alice())).await, 200);
    assert_eq!((accepted.load(Ordering::Relaxed), denied.load(Ordering::Relaxed)), (1, 0));
    assert_eq!(status(&outer, &nobody, with(&alice())).await, 403);
    assert_eq!((accepted.load(Ordering::Relaxed), denied.load(Ordering::Relaxed)), (2, 1));
}

#[tokio::test]
async fn on_refuse_shapes_the_answer() {
    let access = access();
    let shape = |error: VerifyError| error.response(error.code());
    let service = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new("inner")));
    let inner = access.require(Policy::custom(|_| false)).on_refuse(shape).layer(service);
    let service = access.layer().on_refuse(shape).layer(inner);
    assert_eq!(*service.clone().oneshot(with(&alice())).await.unwrap().body(), "denied");
    assert_eq!(*service.oneshot(Request::new(())).await.unwrap().body(), "missing");
}

#[tokio::test]
async fn calls_the_service_only_when_it_is_ready() {
    let (mock, mut handle) = tower_test::mock::pair::<Request<()>, Response<()>>();
    handle.allow(0);
    let mut service = access().require(example_com()).layer(mock);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(tower::Service::<Request<()>>::poll_ready(&mut service, &mut cx).is_pending());
}
