//! The layer around bodies of tonic.

use std::convert::Infallible;

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use kick_hmac::Delivery;
use tonic::body::Body;
use tower::{Layer, ServiceExt, service_fn};

use crate::{FOLLOWER, Sent as _, followed, kick};

#[tokio::test]
async fn bodies_of_tonic_go_in_and_come_out() {
    let inner = service_fn(async |request: Request<Full<bytes::Bytes>>| {
        let delivery = Delivery::of(request.extensions()).unwrap();
        Ok::<_, Infallible>(Response::new(Body::new(Full::from(delivery.body().clone()))))
    });
    let service = kick().layer().layer(inner);
    let request = |message: kick_hmac::testing::Message<'_>| message.sent().map(Body::new);
    let response = service.clone().oneshot(request(followed())).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, FOLLOWER);

    let forged = request(followed().without_header("kick-event-signature"));
    let response = service.oneshot(forged).await.unwrap();
    assert_eq!(response.status(), 400);
}
