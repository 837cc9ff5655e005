use std::time::SystemTime;

use http::{HeaderMap, Method};
use siwe_session::gate::may_change;
use siwe_session::{Session, SessionError, SessionToken};

use crate::edge::Edge;

/// Where a request has what it is known by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Carries {
    Nothing,
    Cookie,
    Bearer,
}

impl Edge<'_> {
    /// The session of a request, as its token says, and that it was not ended.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> (Carries, Result<Session, SessionError>) {
        let (carries, found) = self.find(headers, now);
        (carries, self.unless_ended(found).await)
    }

    /// As [`authenticate`](Self::authenticate), and that no other site has caused a change.
    pub(crate) async fn decide(
        &self,
        method: &Method,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> (Carries, Result<Session, SessionError>) {
        let (carries, mut found) = self.find(headers, now);
        if found.is_ok()
            && carries != Carries::Bearer
            && !may_change(method, headers, &self.settings.verifier)
        {
            found = Err(SessionError::CrossSite);
        }
        (carries, self.unless_ended(found).await)
    }

    fn find(
        &self,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> (Carries, Result<Session, SessionError>) {
        match SessionToken::from_headers(headers) {
            Ok(Some(token)) => {
                let carries = match token {
                    SessionToken::Bearer(_) => Carries::Bearer,
                    _ => Carries::Cookie,
                };
                (carries, self.settings.tokens.verify(token.as_str(), now))
            }
            Ok(None) => (Carries::Nothing, Err(SessionError::Missing)),
            Err(error) => (Carries::Cookie, Err(error)),
        }
    }

    async fn unless_ended(
        &self,
        found: Result<Session, SessionError>,
    ) -> Result<Session, SessionError> {
        let session = found?;
        match self.store.contains(session.id().burn_key()).await {
            Ok(false) => Ok(session),
            Ok(true) => Err(SessionError::Revoked),
            Err(_) => Err(SessionError::StoreUnavailable),
        }
    }
}
