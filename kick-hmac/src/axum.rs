//! Extractors for [axum](https://docs.rs/axum): the proof, and what it tells, as a handler's arguments.
//!
//! ```
//! use axum::{Router, body::Body, http::StatusCode, routing::post};
//! use kick_hmac::axum::KickEvent;
//! use kick_hmac::{Broadcasters, Delivery, Event, KickHmac, Replays, testing::KickSigner};
//! use tower::ServiceExt;
//!
//! async fn on_event(delivery: Delivery, KickEvent(event): KickEvent) -> StatusCode {
//!     if let Event::ChannelFollowed(event) = event {
//!         println!("{}: {:?}", delivery.message_id(), event.follower.username);
//!     }
//!     StatusCode::NO_CONTENT
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let signer = KickSigner::new();
//! let kick = KickHmac::builder(signer.keys(), Broadcasters::only([7]), Replays::single_process());
//! let app: Router = Router::new().route("/", post(on_event)).layer(kick.build()?.layer());
//!
//! let body = r#"{"broadcaster":{"user_id":7},"follower":{"username":"eve"}}"#;
//! let request = signer.event("channel.followed", body).request::<Body>();
//! assert_eq!(app.oneshot(request).await?.status(), StatusCode::NO_CONTENT);
//! # Ok(())
//! # }
//! ```

use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::{Delivery, Event, VerifyError};

impl<S: Sync> FromRequestParts<S> for Delivery {
    type Rejection = VerifyError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, VerifyError> {
        Self::of(&parts.extensions).cloned()
    }
}

/// What a delivery tells: [`Event::parse`] as an extractor. If the body is not of the claimed type's
/// shape, it is answered with 400, and the message is released.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "taken apart in a handler's arguments, as axum's are"
)]
pub struct KickEvent(pub Event);

impl<S: Sync> FromRequestParts<S> for KickEvent {
    type Rejection = VerifyError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, VerifyError> {
        Event::parse(Delivery::of(&parts.extensions)?).map(Self)
    }
}

/// [`VerifyError::response`].
impl IntoResponse for VerifyError {
    fn into_response(self) -> Response {
        self.response(Body::empty())
    }
}
