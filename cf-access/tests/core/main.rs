//! The core, by subject. What the vectors cover stands in `vectors.rs` and `third_party.rs`.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod claims;
mod configuration;
mod differential;
mod documents;
mod identity;
mod keys;
mod leakage;
mod policy;
mod team;
mod time;
mod token;

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use cf_access::testing::{Issuer, Token};
use cf_access::{AccessIdentity, Audience, CfAccess, CfAccessBuilder, ClientId, VerifyError};

/// One issuer for all tests: its keys take a while to make.
static ISSUER: LazyLock<Issuer> = LazyLock::new(Issuer::new);

const NOW: Duration = Duration::from_secs(1_790_000_000);
const OTHER_AUDIENCE: &str = "0d9e4d6c1c2b4f0d9a0e4a4ab0a9f9a1c7c9d1f2b3a4958677665544332211ff";
const CLIENT_ID: &str = "e367826f93b8d71185e03fe518aff3b4.access";

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + NOW
}

fn builder() -> CfAccessBuilder {
    CfAccess::builder(ISSUER.keys(), [ISSUER.audience().clone()])
}

fn access() -> CfAccess {
    static ACCESS: LazyLock<CfAccess> = LazyLock::new(|| builder().build().unwrap());
    ACCESS.clone()
}

fn other_audience() -> Audience {
    OTHER_AUDIENCE.parse().unwrap()
}

fn client_id() -> ClientId {
    CLIENT_ID.parse().unwrap()
}

/// A person's token, issued a minute ago and valid for an hour.
fn user() -> Token<'static> {
    ISSUER.user("alice@example.com").lifetime(now() - Duration::from_secs(60), HOUR)
}

/// A service token's token of the same times.
fn service_token() -> Token<'static> {
    let issued_at = now() - Duration::from_secs(60);
    ISSUER.service_token(&client_id()).lifetime(issued_at, HOUR).without_claim("nbf")
}

fn verify(token: &Token<'_>) -> Result<AccessIdentity, VerifyError> {
    access().verify(token.token(), now())
}

const HOUR: Duration = Duration::from_secs(3600);
