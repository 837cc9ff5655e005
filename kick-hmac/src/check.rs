use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::headers::Head;
use crate::signature::Signature;
use crate::{Delivery, KickHmac, VerifyError};

/// A request whose head has passed, and whose body is coming: made by
/// [`KickHmac::begin`](crate::KickHmac::begin).
///
/// It holds the body once, and never more of it than the limit. A body that comes in one piece is not
/// copied.
#[derive(Clone)]
#[must_use = "nothing is proven before `finish`"]
pub struct Check<'a> {
    kick: &'a KickHmac,
    begun: Begun,
    body: Body,
}

/// What is known of a request whose head has passed.
#[derive(Clone)]
pub(crate) struct Begun {
    pub(crate) head: Arc<Head>,
    pub(crate) signature: Signature,
    pub(crate) window: Window,
}

/// When a message is accepted, since 1970 and both ends included.
#[derive(Clone)]
pub(crate) struct Window {
    pub(crate) earliest: Duration,
    pub(crate) latest: Duration,
}

impl Window {
    #[inline]
    pub(crate) fn check(&self, now: SystemTime) -> Result<(), VerifyError> {
        // A clock before 1970 finds every message sent in the future.
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        if now > self.latest {
            return Err(VerifyError::Stale);
        }
        if now < self.earliest {
            return Err(VerifyError::SentInFuture);
        }
        Ok(())
    }
}

#[derive(Clone)]
enum Body {
    Whole(Bytes),
    // Pieces are copied together and let go: one of a few bytes may hold a much larger buffer.
    Pieces(Vec<u8>),
}

impl<'a> Check<'a> {
    pub(crate) fn new(kick: &'a KickHmac, begun: Begun) -> Self {
        Self { kick, begun, body: Body::Whole(Bytes::new()) }
    }

    /// Takes the next piece of the body.
    ///
    /// # Errors
    ///
    /// [`VerifyError::TooLarge`] if the body is larger than the limit with it.
    pub fn update(&mut self, chunk: impl Into<Bytes>) -> Result<(), VerifyError> {
        let chunk = chunk.into();
        let length = self.body.len().saturating_add(chunk.len());
        if length > self.kick.settings().body_limit {
            return Err(VerifyError::TooLarge);
        }
        match &mut self.body {
            Body::Whole(body) if body.is_empty() => *body = chunk,
            Body::Whole(_) if chunk.is_empty() => {}
            Body::Whole(body) => {
                let mut pieces = Vec::new();
                append(&mut pieces, body);
                append(&mut pieces, &chunk);
                self.body = Body::Pieces(pieces);
            }
            Body::Pieces(pieces) => append(pieces, &chunk),
        }
        Ok(())
    }

    /// Verifies the signature over the whole body, the time once more, and that it is for you.
    ///
    /// `now` is the time when the body has come, so that whoever is slow to send it gains nothing.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Stale`] or [`VerifyError::SentInFuture`], [`VerifyError::NoValidSecret`],
    /// [`VerifyError::BadSignature`], [`VerifyError::WrongBroadcaster`] or
    /// [`VerifyError::WrongCampaign`].
    pub fn finish(self, now: SystemTime) -> Result<Delivery, VerifyError> {
        let Self { kick, begun: Begun { head, signature, window }, body } = self;
        window.check(now)?;
        let settings = kick.settings();
        let body = match body {
            Body::Whole(body) => body,
            Body::Pieces(pieces) => pieces.into(),
        };
        settings.keys.verify(&head.signed_text, &body, &signature, now)?;
        settings.check_audience(&head, &body)?;
        Ok(Delivery::new(head, body))
    }
}

impl Body {
    fn len(&self) -> usize {
        match self {
            Self::Pieces(pieces) => pieces.len(),
            Self::Whole(body) => body.len(),
        }
    }
}

/// Grows by a quarter, where `Vec` would double: a body is held once, and not with as much room again.
fn append(pieces: &mut Vec<u8>, chunk: &[u8]) {
    let room = pieces.capacity().saturating_sub(pieces.len());
    if room < chunk.len() {
        pieces.reserve_exact(chunk.len().max(pieces.capacity() / 4));
    }
    pieces.extend_from_slice(chunk);
}

impl fmt::Debug for Check<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("message_id", &self.begun.head.message_id)
            .finish_non_exhaustive()
    }
}
