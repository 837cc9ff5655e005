use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use kick_hmac::{Delivery, VerifyError};

use crate::Intake;

/// What Kick reaches. Every other path is answered with 404 and nothing more.
pub fn router(intake: &Intake) -> Router {
    Router::new()
        .route("/", post(keep))
        .route("/wh/kick", post(keep))
        // Around these routes alone, so that another path tells nothing of what would be asked for.
        .route_layer(intake.kick.layer())
        .with_state(intake.clone())
}

async fn keep(State(intake): State<Intake>, delivery: Delivery) -> Result<StatusCode, VerifyError> {
    intake.keep(&delivery).await?;
    // For a Drops claim, Kick asks for 200 and no other.
    Ok(if delivery.is_drops_claim() { StatusCode::OK } else { StatusCode::NO_CONTENT })
}
