//! cf-access in an origin: what a service adds to answer only those whom Cloudflare Access let in.

pub(crate) mod attacks;

use std::time::SystemTime;

use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, serve};
use cf_access::{AccessIdentity, CfAccess, ConfigError, Policy, Principal, TeamKeys, VerifyError};
use tokio::net::TcpListener;

const AUDIENCE: &str = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";
const DEPLOY_BOT: &str = "e367826f93b8d71185e03fe518aff3b4.access";

/// The team's keys, the application's audience, and who may pass.
fn configure(keys: TeamKeys) -> Result<CfAccess, ConfigError> {
    let staff = Policy::email_domain("verifluence.io")?;
    let deploy_bot = Policy::service_token(DEPLOY_BOT.parse()?);
    CfAccess::builder(keys, [AUDIENCE.parse()?]).policy(staff.or(deploy_bot)).build()
}

/// The service: its routes, behind the proof.
fn router(access: CfAccess) -> Router {
    Router::new().route("/whoami", get(whoami)).layer(from_fn_with_state(access, prove))
}

async fn whoami(Extension(identity): Extension<AccessIdentity>) -> String {
    match identity.principal() {
        Principal::User(user) => format!("{}\n", user.email()),
        Principal::ServiceToken(client_id) => format!("{client_id}\n"),
        _ => "a principal of a later version\n".to_owned(),
    }
}

/// Lets a request pass with its proof, or not at all.
async fn prove(State(access): State<CfAccess>, mut request: Request, next: Next) -> Response {
    let mut tokens = request.headers().get_all("cf-access-jwt-assertion").iter();
    let token = match (tokens.next(), tokens.next()) {
        (Some(token), None) => token,
        (None, _) => return refuse(StatusCode::UNAUTHORIZED, "missing"),
        (Some(_), Some(_)) => return refuse(StatusCode::UNAUTHORIZED, "several"),
    };
    #[expect(clippy::disallowed_methods, reason = "a service reads the clock; the crate does not")]
    let now = SystemTime::now();
    match access.verify(token, now) {
        Ok(identity) => {
            request.extensions_mut().insert(identity);
            next.run(request).await
        }
        Err(error @ VerifyError::Denied) => refuse(StatusCode::FORBIDDEN, error.code()),
        Err(error) => refuse(StatusCode::UNAUTHORIZED, error.code()),
    }
}

/// The code is for the service's log; here it is sent as well, so that the table can show it.
fn refuse(status: StatusCode, code: &'static str) -> Response {
    (status, [("x-code", code)], format!("{code}\n")).into_response()
}

async fn run(listener: TcpListener, access: CfAccess) -> std::io::Result<()> {
    serve(listener, router(access)).await
}
