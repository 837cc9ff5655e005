mod tokens;

use axum::extract::State;
use axum::http::{Extensions, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use cf_access::{AccessIdentity, Principal, VerifyError};
use proxy_protocol::ClientAddress;
use serde::{Deserialize, Serialize};

use self::tokens::Token;
pub(crate) use self::tokens::Tokens;
use crate::body::{Body, Label};
use crate::error::ApiError;
use crate::{Gate, Stores};

/// One-time tokens, by which a person of the staff sees once what a user of the public API does.
///
/// The handler asks for the identity itself: a caller by the old secret has none.
pub(crate) fn routes(gate: &Gate, stores: &Stores) -> Router {
    let people = gate.access.require(gate.staff.clone());
    Router::new()
        .route("/api/auth/impersonate", post(issue))
        .route_layer(people.on_refuse(|error| ApiError::Access(error).response()))
        .with_state(stores.clone())
}

/// Who is to be seen as whom.
#[derive(Debug)]
pub(crate) struct Impersonation {
    user_id: Label,
    /// The id of the person who asks for it.
    by: String,
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
    expires_at: i64,
}

async fn issue(
    State(stores): State<Stores>,
    identity: AccessIdentity,
    extensions: Extensions,
    Body(Wanted { user_id }): Body<Wanted>,
) -> Result<(StatusCode, Json<Issued>), ApiError> {
    // The policy has let nobody else in; the id is a person's alone.
    let Principal::User(user) = identity.principal() else {
        return Err(ApiError::Access(VerifyError::Denied));
    };
    let wanted = Impersonation { user_id, by: user.id().to_owned() };
    let client = ClientAddress::of(&extensions).ok().map(ClientAddress::ip);
    let client = client.map(tracing::field::display);
    let (user, by) = (wanted.user_id.as_str(), wanted.by.as_str());
    tracing::info!(user, by, client, "impersonation asked for");
    let Token { token, expires_at } = stores.tokens.issue(&wanted).await?;
    Ok((StatusCode::CREATED, Json(Issued { token, expires_at })))
}
