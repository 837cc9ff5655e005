//! The edges: keys that are read again, and what a service puts in front of its routes.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do, and tokens of tests are issued now"
)]

mod axum;
mod headers;
mod hyper;
mod layer;
mod logs;
mod outage;
mod outcomes;
mod require;
mod rotation;
mod tonic;
mod transport;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cf_access::testing::{Endpoint, Issuer};
use cf_access::{AccessIdentity, CfAccess, ClientId, TeamKeys, VerifyError};
use http::{HeaderMap, HeaderValue};

/// One issuer for all tests that do not rotate: its keys take a while to make.
static ISSUER: LazyLock<Issuer> = LazyLock::new(Issuer::new);

const ASSERTION: &str = "cf-access-jwt-assertion";
const UNSIGNED_EMAIL: &str = "cf-access-authenticated-user-email";
const ALICE: &str = "alice@example.com";

fn access() -> CfAccess {
    CfAccess::builder(ISSUER.keys(), [ISSUER.audience().clone()]).build().unwrap()
}

fn alice() -> String {
    ISSUER.user(ALICE).token()
}

/// A token of alice's for another application.
fn wrong_audience() -> String {
    ISSUER.user(ALICE).audience(&"other".parse().unwrap()).token()
}

fn client_id() -> ClientId {
    "e367826f93b8d71185e03fe518aff3b4.access".parse().unwrap()
}

/// The headers of a request with this token.
fn headers(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(ASSERTION.parse().unwrap(), HeaderValue::from_str(token).unwrap())])
}

/// A token that names this key, and was never signed by it.
fn naming(kid: &str) -> String {
    let header = format!(r#"{{"alg":"RS256","kid":"{kid}","typ":"JWT"}}"#);
    format!("{}.e30.{}", URL_SAFE_NO_PAD.encode(header), "A".repeat(342))
}

/// A team whose keys are read again.
struct Team {
    issuer: Issuer,
    endpoint: Endpoint,
    keys: TeamKeys,
    access: CfAccess,
}

impl Team {
    /// Its keys have not been read yet.
    fn new() -> Self {
        let issuer = Issuer::new();
        let endpoint = issuer.endpoint();
        let keys = TeamKeys::from_source(issuer.team().clone(), endpoint.clone()).unwrap();
        let access = CfAccess::builder(keys.clone(), [issuer.audience().clone()]).build().unwrap();
        Self { issuer, endpoint, keys, access }
    }

    async fn ready() -> Self {
        let team = Self::new();
        team.keys.ready().await;
        team
    }

    /// A person's token, of the key that signs now.
    fn alice(&self) -> String {
        self.issuer.user(ALICE).token()
    }

    async fn authenticate(&self, token: &str) -> Result<AccessIdentity, VerifyError> {
        self.access.authenticate(&headers(token)).await
    }

    /// The code of the decision.
    async fn code(&self, token: &str) -> &'static str {
        self.authenticate(token).await.map_or_else(|error| error.code(), |_| "accepted")
    }

    fn last_error(&self) -> Option<&'static str> {
        self.keys.status().last_error.map(|error| error.code())
    }
}
