//! What a request brings, what it may do, and what becomes of its answer.

use http::header::SET_COOKIE;
use http::{HeaderMap, Method, Request, Response};

use crate::caching::forbid_sharing;
use crate::request::{check_origin, is_safe};
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

/// What of a request counts when it is decided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passage {
    pub(crate) is_public: bool,
    carries: Carries,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Carries {
    Nothing,
    Cookie,
    Bearer,
}

/// What becomes of the answer.
pub(crate) struct After {
    is_personal: bool,
    renew: Option<Box<(SiweSession, Session)>>,
}

impl SiweSession {
    pub(crate) fn remove_identity(&self, headers: &mut HeaderMap) {
        if let Some(header) = &self.0.identity {
            header.remove(headers);
        }
        if let Some(signer) = &self.0.assertion {
            signer.remove(headers);
        }
    }

    /// After [`remove_identity`](Self::remove_identity).
    pub(crate) fn set_identity(&self, headers: &mut HeaderMap, session: &Session) {
        if let Some(header) = &self.0.identity {
            header.insert(headers, &session.address().to_checksum(None));
        }
        if let Some(signer) = &self.0.assertion {
            signer.insert(headers, session, self.now());
        }
    }

    pub(crate) fn is_endpoint(&self, path: &str) -> bool {
        path.strip_prefix(&*self.0.mounted_at).is_some_and(|rest| ENDPOINTS.contains(&rest))
    }

    /// All that is known without I/O.
    pub(crate) fn arrive<B>(&self, request: &Request<B>) -> (Passage, Arrived) {
        let is_public = self.0.routes.is_public(request.method(), request.uri(), request.headers());
        let (carries, mut arrived) = self.find(request.headers());
        if carries != Carries::Bearer && !self.may_change(request.method(), request.headers()) {
            // Without a session it stays without one; with one, it is not the user's wish.
            match arrived {
                Arrived::Decided(Err(_)) => {}
                Arrived::Decided(Ok(_)) | Arrived::Ask(_) => {
                    arrived = Arrived::Decided(Err(SessionError::CrossSite));
                }
            }
        }
        (Passage { is_public, carries }, arrived)
    }

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

    /// Whether it changes nothing, or no other site has caused it: browsers send cookies by themselves.
    fn may_change(&self, method: &Method, headers: &HeaderMap) -> bool {
        is_safe(method) || check_origin(headers, self.0.login.verifier().audiences()).is_ok()
    }

    pub(crate) fn after(
        &self,
        decision: &Result<Session, SessionError>,
        passage: Passage,
    ) -> After {
        let is_personal = decision.is_ok() || passage.carries != Carries::Nothing;
        let renew = match decision {
            Ok(session)
                if passage.carries == Carries::Cookie
                    && self.0.tokens.is_due(session, self.now()) =>
            {
                Some(Box::new((self.clone(), session.clone())))
            }
            _ => None,
        };
        After { is_personal, renew }
    }
}

impl After {
    pub(crate) fn of_endpoint() -> Self {
        Self { is_personal: true, renew: None }
    }

    pub(crate) fn apply<B>(self, response: &mut Response<B>) {
        let is_error = response.status().is_client_error() || response.status().is_server_error();
        let sets_own = sets_session(response.headers());
        if let Some((siwe, session)) = self.renew.map(|renew| *renew)
            && !is_error
            && !sets_own
            && let Ok((session, token)) = siwe.renew(&session)
        {
            let cookie = session.set_cookie(&token, siwe.now());
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        if self.is_personal || sets_own {
            forbid_sharing(response.headers_mut());
        }
    }
}

/// Whether the answer sets a session's cookie, or takes it away, by itself.
fn sets_session(headers: &HeaderMap) -> bool {
    headers.get_all(SET_COOKIE).iter().any(|cookie| {
        let rest = cookie.as_bytes().strip_prefix(Session::COOKIE.as_bytes());
        rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
    })
}

const ENDPOINTS: [&str; 5] = ["/nonce", "/verify", "/refresh", "/logout", "/session"];
