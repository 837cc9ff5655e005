//! What a request may do, and what becomes of its answer.

use http::header::{AUTHORIZATION, COOKIE, UPGRADE};
use http::{HeaderMap, Request, Response};

use crate::arrival::{Arrived, Carries};
use crate::gate::{finish, may_change};
use crate::{Session, SessionError, SiweSession};

/// What of a request counts when it is decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage {
    pub(super) is_public: bool,
    carries: Carries,
}

/// Which headers there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// What may carry a session.
    credentials: bool,
    upgrade: bool,
}

/// What becomes of the answer.
pub(super) struct After {
    is_personal: bool,
    renew: Option<Box<(SiweSession, Session)>>,
}

impl SiweSession {
    /// Takes the identity headers away, and says what else there is: in one pass over the names, for most
    /// requests have none of them.
    pub(super) fn remove_identity(&self, headers: &mut HeaderMap) -> Seen {
        let (identity, assertion) = (&self.0.identity, &self.0.assertion);
        let mut is_concerned = false;
        let mut seen = Seen { credentials: self.0.old.is_some(), upgrade: false };
        for name in headers.keys() {
            is_concerned |= identity.as_ref().is_some_and(|header| header.concerns(name))
                || assertion.as_ref().is_some_and(|signer| signer.header().concerns(name));
            seen.credentials |= name == COOKIE || name == AUTHORIZATION;
            seen.upgrade |= name == UPGRADE;
        }
        if is_concerned {
            identity.iter().for_each(|header| header.remove(headers));
            assertion.iter().for_each(|signer| signer.remove(headers));
        }
        seen
    }

    /// After [`remove_identity`](Self::remove_identity).
    pub(super) fn set_identity(&self, headers: &mut HeaderMap, session: &Session) {
        if let Some(header) = &self.0.identity {
            header.insert(headers, &session.address().to_checksum(None));
        }
        if let Some(signer) = &self.0.assertion {
            signer.insert(headers, session, self.now());
        }
    }

    #[inline]
    pub(super) fn is_endpoint(&self, path: &str) -> bool {
        path.strip_prefix(&*self.0.mounted_at).is_some_and(|rest| ENDPOINTS.contains(&rest))
    }

    /// All that is known without I/O.
    pub(super) fn arrive<B>(&self, request: &Request<B>, seen: Seen) -> (Passage, Arrived) {
        let is_public = !seen.upgrade && self.0.routes.allows(request.method(), request.uri());
        if !seen.credentials {
            let passage = Passage { is_public, carries: Carries::Nothing };
            return (passage, Arrived::Decided(Err(SessionError::Missing)));
        }
        let (carries, mut arrived) = self.find(request.headers());
        // Without a session it stays without one; with one, it is not the user's wish.
        if !matches!(arrived, Arrived::Decided(Err(_)))
            && carries != Carries::Bearer
            && !may_change(request.method(), request.headers(), self.0.login.verifier())
        {
            arrived = Arrived::Decided(Err(SessionError::CrossSite));
        }
        (Passage { is_public, carries }, arrived)
    }

    #[inline]
    pub(super) fn after(
        &self,
        decision: &Result<Session, SessionError>,
        passage: Passage,
    ) -> After {
        let is_personal = decision.is_ok() || passage.carries != Carries::Nothing;
        if !is_personal {
            return After { is_personal, renew: None };
        }
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
    pub(super) fn of_endpoint() -> Self {
        Self { is_personal: true, renew: None }
    }

    pub(super) fn apply<B>(self, response: &mut Response<B>) {
        finish(response, self.is_personal, || {
            let (siwe, session) = *self.renew?;
            let (session, token) = siwe.renew(&session).ok()?;
            Some(session.set_cookie(&token, siwe.now()))
        });
    }
}

const ENDPOINTS: [&str; 5] = ["/nonce", "/verify", "/refresh", "/logout", "/session"];
