mod tokens;

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use cf_access::{AccessIdentity, Principal, VerifyError};
use serde::{Deserialize, Serialize};

use self::tokens::{Impersonation, Tokens};
use crate::Gate;
use crate::body::{Body, Label};
use crate::error::ApiError;

/// One-time tokens, by which a person of the staff becomes a user of the public API.
///
/// Both handlers ask for the identity itself: a caller by the old secret has none.
pub(crate) fn routes(gate: &Gate) -> Router {
    let people = gate.access.require(gate.staff.clone());
    Router::new()
        .route("/api/auth/impersonate", post(issue))
        .route_layer(people.on_refuse(|error| ApiError::Access(error).response()))
        .route("/api/auth/impersonate/redeem", post(redeem))
        .with_state(Arc::new(Tokens::default()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    user_id: Label,
}

#[derive(Debug, Serialize)]
struct Issued {
    token: String,
    /// Seconds since 1970.
    expires_at: u64,
}

async fn issue(
    State(tokens): State<Arc<Tokens>>,
    identity: AccessIdentity,
    Body(Wanted { user_id }): Body<Wanted>,
) -> Result<(StatusCode, Json<Issued>), ApiError> {
    // The policy has let nobody else in; the id is a person's alone.
    let Principal::User(user) = identity.principal() else {
        return Err(ApiError::Access(VerifyError::Denied));
    };
    let wanted = Impersonation { user_id, by: user.id().to_owned() };
    tracing::info!(?wanted, "impersonation asked for");
    let (token, expires_at) = tokens.issue(wanted, now())?;
    let expires_at = expires_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok((StatusCode::CREATED, Json(Issued { token, expires_at: expires_at.as_secs() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redeemed {
    token: String,
}

async fn redeem(
    State(tokens): State<Arc<Tokens>>,
    _: AccessIdentity,
    Body(Redeemed { token }): Body<Redeemed>,
) -> Result<Json<Impersonation>, ApiError> {
    let redeemed = tokens.redeem(&token, now())?;
    tracing::info!(?redeemed, "impersonation begun");
    Ok(Json(redeemed))
}

#[expect(clippy::disallowed_methods, reason = "the edge: what is behind takes the time")]
fn now() -> SystemTime {
    SystemTime::now()
}
