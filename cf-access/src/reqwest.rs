//! Keys from the team's published address, through `reqwest`.

use std::sync::Arc;

use http::StatusCode;
use http::header::ACCEPT;
use reqwest::{Client, Url};

use crate::keys::MAX_DOCUMENT;
use crate::tokio::KeySource;
use crate::{ConfigError, FetchError, KeySet, KeySetError, TeamDomain, TeamKeys};

impl TeamKeys {
    /// Keys from [`TeamDomain::certs_url`], read with your own client: its TLS, proxy and DNS.
    ///
    /// Of its answers only a 200 of at most 128 KiB, from that address itself, within 5 seconds is
    /// used. A client follows redirects by default: what it brings back from elsewhere is refused,
    /// but turn them off ([`Policy::none`](reqwest::redirect::Policy::none)), so that it does not go
    /// there at all. Which TLS the client has is the features of `reqwest` that your manifest names;
    /// without any it reaches an issuer on loopback alone.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoRuntime`] outside of a Tokio runtime.
    pub fn reqwest(team: TeamDomain, client: Client) -> Result<Self, ConfigError> {
        // A `TeamDomain` is made of what every URL parser reads alike.
        let url = Url::parse(&team.certs_url()).map_err(|_| ConfigError::Issuer)?;
        Self::from_source(team, Published { client, url })
    }
}

struct Published {
    client: Client,
    url: Url,
}

impl KeySource for Published {
    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let request = self.client.get(self.url.clone()).header(ACCEPT, "application/json");
        let mut answer = request.send().await.map_err(failure)?;
        if *answer.url() != self.url || answer.status().is_redirection() {
            return Err(FetchError::Redirect);
        }
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let mut document = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failure)? {
            if document.len().saturating_add(chunk.len()) > MAX_DOCUMENT {
                return Err(FetchError::Document(KeySetError::TooLarge));
            }
            document.extend_from_slice(&chunk);
        }
        Ok(KeySet::from_json(&document)?)
    }
}

fn failure(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::Timeout
    } else if error.is_redirect() {
        FetchError::Redirect
    } else {
        FetchError::Connection(Arc::new(error))
    }
}
