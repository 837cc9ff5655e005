use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::from_fn_with_state;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::error::ApiError;
use crate::rollout::{self, AdminSecret, RollOut};
use crate::{Gate, PanelOrigin, Stores, impersonation, invitations, operators, streams};

/// The API: its routes over these stores, and around them who may pass, and from which pages.
///
/// With a secret, that of the time before Access is accepted as well: for a roll-out.
pub fn router(
    gate: &Gate,
    panel: &PanelOrigin,
    secret: Option<AdminSecret>,
    stores: &Stores,
) -> Router {
    let routes = Router::new()
        .merge(impersonation::routes(gate, stores))
        .merge(invitations::routes(Arc::clone(&stores.invitations)))
        .merge(operators::routes(Arc::clone(&stores.operators)))
        .merge(streams::routes(stores.streams.clone()))
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(MAX_BODY));

    // Whatever is added last is asked first. A preflight has no token, so CORS is outermost; and so
    // that the panel can read a refusal. Paths that do not exist are behind the proof as well.
    let old_header = secret.is_some().then_some(rollout::HEADER);
    let no_store = HeaderValue::from_static("no-store");
    behind_proof(routes, gate, secret)
        .layer(panel.csrf())
        .layer(panel.cors(old_header))
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, no_store))
}

fn behind_proof(routes: Router, gate: &Gate, secret: Option<AdminSecret>) -> Router {
    let layer = gate.access.layer();
    match secret {
        None => routes.layer(layer.on_refuse(|error| ApiError::Access(error).response())),
        Some(secret) => {
            let roll_out = RollOut { metrics: Arc::clone(&gate.metrics), secret };
            routes.layer(from_fn_with_state(roll_out, rollout::admit)).layer(layer.observe())
        }
    }
}

const MAX_BODY: usize = 16 * 1024;
