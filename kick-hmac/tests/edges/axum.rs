//! Extractors, in routers of axum.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use kick_hmac::axum::KickEvent;
use kick_hmac::testing::Message;
use kick_hmac::{Delivery, Event, Replays, Timestamp};
use tower::ServiceExt;

use crate::{FOLLOWER, Outcomes, RELAY, builder, followed, kick};

fn app() -> Router {
    Router::new()
        .route("/", post(async |delivery: Delivery| delivery.message_id().to_string()))
        .route("/event", post(on_event))
        .route(
            "/body",
            post(async |delivery: Delivery, body: Bytes| {
                assert_eq!(body, delivery.body());
                body
            }),
        )
        .layer(kick().layer())
        .route("/health", get(async || "ok"))
        .route("/bare", post(async |_: Delivery| "not reached"))
        .route("/bare-event", post(async |_: KickEvent| "not reached"))
}

async fn on_event(delivery: Delivery, KickEvent(event): KickEvent) -> Result<String, StatusCode> {
    match event {
        Event::ChannelFollowed(event) => Ok(format!("{:?}", event.follower.user_id)),
        Event::Unknown(event) => Ok(format!("unknown {}", event.claimed_type)),
        _ => {
            assert!(delivery.claimed_type().is_some());
            Err(StatusCode::NOT_IMPLEMENTED)
        }
    }
}

async fn answer(app: &Router, mut request: Request<Body>, path: &str) -> (u16, String) {
    *request.uri_mut() = path.parse().unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_handler_is_given_the_delivery_and_what_it_tells() {
    let app = app();
    let message = followed();
    let id = message.message_id().to_string();
    assert_eq!(answer(&app, message.request(), "/").await, (200, id));
    let told = (200, "Some(8)".to_owned());
    assert_eq!(answer(&app, followed().request(), "/event").await, told);
    let told = (200, "unknown channel.unfollowed".to_owned());
    let message = RELAY.event("channel.unfollowed", FOLLOWER);
    assert_eq!(answer(&app, message.request(), "/event").await, told);
    // Whoever reads the body reads the one that was signed.
    let body = (200, FOLLOWER.to_owned());
    assert_eq!(answer(&app, followed().request(), "/body").await, body);
}

#[tokio::test]
async fn a_body_of_another_shape_than_claimed_is_answered_with_400_and_released() {
    let app = app();
    let claimed = RELAY.event("kicks.gifted", FOLLOWER);
    let nothing = String::new;
    assert_eq!(answer(&app, claimed.request(), "/event").await, (400, nothing()));
    // Under its own type, the same message is handled.
    let id = claimed.message_id();
    let genuine = followed().id(id).timestamp(timestamp_of(&claimed));
    let told = (200, "Some(8)".to_owned());
    assert_eq!(answer(&app, genuine.request(), "/event").await, told);
    assert_eq!(answer(&app, claimed.request(), "/event").await, (200, nothing()));
}

#[tokio::test]
async fn what_an_extractor_refuses_is_heard_of() {
    let (kick, outcomes) = Outcomes::of(builder(Replays::single_process()));
    let app = Router::new().route("/", post(on_event)).layer(kick.layer());
    let claimed = RELAY.event("kicks.gifted", FOLLOWER);
    assert_eq!(answer(&app, claimed.request(), "/").await.0, 400);
    assert_eq!(outcomes.take(), ["accepted", "malformed_event", "released"]);
}

fn timestamp_of(message: &Message<'_>) -> Timestamp {
    let headers = message.headers();
    headers["kick-event-message-timestamp"].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn refusals_have_their_status_and_no_body() {
    let app = app();
    let nothing = String::new;
    let forged = followed().without_header("kick-event-signature").request();
    assert_eq!(answer(&app, forged, "/").await, (400, nothing()));
    let get = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(answer(&app, get, "/").await, (405, nothing()));
    let message = followed();
    answer(&app, message.request(), "/").await;
    assert_eq!(answer(&app, message.request(), "/").await, (200, nothing()));
}

#[tokio::test]
async fn a_route_outside_of_the_layer_is_the_servers_fault_if_it_asks_for_the_proof() {
    let app = app();
    assert_eq!(answer(&app, followed().request(), "/bare").await.0, 500);
    assert_eq!(answer(&app, followed().request(), "/bare-event").await.0, 500);
    let get = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(answer(&app, get, "/health").await, (200, "ok".to_owned()));
}

#[tokio::test]
async fn the_crates_limit_is_the_one_that_counts() {
    let body = format!("{FOLLOWER}{}", " ".repeat(3 * 1024 * 1024));
    let kick = builder(Replays::single_process());
    let kick = kick.body_limit(4 * 1024 * 1024).build().unwrap();
    let app = Router::new()
        .route("/", post(async |delivery: Delivery| delivery.body().len().to_string()))
        .layer(kick.layer())
        // As axum has it by default: of 2 MB, and for its own extractors.
        .layer(DefaultBodyLimit::max(2 * 1024 * 1024));
    let message = RELAY.event("channel.followed", &body);
    assert_eq!(answer(&app, message.request(), "/").await, (200, body.len().to_string()));
}
