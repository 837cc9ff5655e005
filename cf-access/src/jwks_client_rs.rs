//! Keys through a `JwksSource` of `jwks_client_rs`.

use std::sync::Arc;

use jwks_client_rs::JsonWebKey;
use jwks_client_rs::source::JwksSource;
use serde_json::{Value, json};

use crate::tokio::KeySource;
use crate::{ConfigError, FetchError, KeySet, TeamDomain, TeamKeys};

impl TeamKeys {
    /// Keys through a source that the service has already for `jwks_client_rs`. It is used to
    /// transport the document: when to read it, and what a key must be, stays here.
    ///
    /// What that crate loses stays lost: one key that it cannot read spoils its whole document,
    /// `key_ops` is not looked at, and the size of the answer is not bounded.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoRuntime`] outside of a Tokio runtime.
    pub fn jwks_client(
        team: TeamDomain,
        source: impl JwksSource + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        Self::from_source(team, Transport(source))
    }
}

struct Transport<T>(T);

impl<T: JwksSource + Send + Sync + 'static> KeySource for Transport<T> {
    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let fetched = self.0.fetch_keys().await;
        let keys = fetched.map_err(|error| FetchError::Connection(Arc::new(error)))?.keys();
        let keys: Vec<Value> = keys.iter().map(jwk).collect();
        Ok(KeySet::from_json(json!({ "keys": keys }).to_string().as_bytes())?)
    }
}

fn jwk(key: &JsonWebKey) -> Value {
    let JsonWebKey::Rsa(rsa) = key else {
        return json!({ "kty": "not RSA", "kid": key.key_id() });
    };
    // The type of `use` has no name outside of its crate, but says what it is.
    let usage = rsa.r#use().map(|usage| format!("{usage:?}").to_ascii_lowercase());
    json!({
        "kty": "RSA",
        "kid": rsa.key_id(),
        "use": usage,
        "alg": rsa.algorithm(),
        "n": rsa.modulus(),
        "e": rsa.exponent(),
    })
}
