//! What a request brings.

use http::HeaderMap;

use crate::{MigrationStep, Session, SessionError, SessionToken, SiweSession};

/// A decision, or what it takes to make it.
pub(crate) enum Arrived {
    Decided(Result<Session, SessionError>),
    Ask(Question),
}

pub(crate) enum Question {
    /// The store: was it ended?
    Ended(Session),
    /// The system that was there before: has this request a session of yours?
    Old(HeaderMap),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Carries {
    Nothing,
    Cookie,
    Bearer,
}

impl SiweSession {
    /// The session of these headers, as far as it is known without I/O.
    pub(crate) fn find(&self, headers: &HeaderMap) -> (Carries, Arrived) {
        let settings = &*self.0;
        let step = settings.step();
        if step == MigrationStep::OldOnly {
            return (Carries::Nothing, Arrived::Ask(Question::Old(headers.clone())));
        }
        let token = match SessionToken::from_headers(headers) {
            Ok(Some(token)) => token,
            Ok(None) if step == MigrationStep::Both => {
                return (Carries::Nothing, Arrived::Ask(Question::Old(headers.clone())));
            }
            Ok(None) => return (Carries::Nothing, Arrived::Decided(Err(SessionError::Missing))),
            Err(error) => return (Carries::Cookie, Arrived::Decided(Err(error))),
        };
        let carries = match token {
            SessionToken::Cookie(_) => Carries::Cookie,
            SessionToken::Bearer(_) => Carries::Bearer,
        };
        let arrived = match settings.tokens.verify(token.as_str(), self.now()) {
            Ok(session) if settings.asks_store => Arrived::Ask(Question::Ended(session)),
            decision => Arrived::Decided(decision),
        };
        (carries, arrived)
    }
}
