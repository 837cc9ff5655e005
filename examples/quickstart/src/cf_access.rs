//! cf-access in an origin: what a service adds to answer only those whom Cloudflare Access let in.

pub(crate) mod attacks;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::response::Response;
use axum::routing::get;
use axum::serve;
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
fn router(access: &CfAccess) -> Router {
    Router::new().route("/whoami", get(whoami)).layer(access.layer().on_refuse(refuse))
}

async fn whoami(who: AccessIdentity) -> String {
    match who.principal() {
        Principal::User(user) => format!("{}\n", user.email()),
        Principal::ServiceToken(client_id) => format!("{client_id}\n"),
        _ => "a principal of a later version\n".to_owned(),
    }
}

/// The code is for the service's log; here it is sent as well, so that the table can show it.
fn refuse(error: VerifyError) -> Response {
    let mut response = error.response(Body::from(format!("{}\n", error.code())));
    response.headers_mut().insert("x-code", HeaderValue::from_static(error.code()));
    response
}

async fn run(listener: TcpListener, access: CfAccess) -> std::io::Result<()> {
    serve(listener, router(&access)).await
}
