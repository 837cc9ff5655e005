use std::fmt;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};

use crate::delivery::Head;
use crate::signature::Signature;
use crate::{Delivery, KickHmac, VerifyError};

/// A request whose head has passed, and whose body is coming: made by
/// [`KickHmac::begin`](crate::KickHmac::begin).
///
/// It holds the body once, and never more of it than the limit. A body that comes in one piece is not
/// copied.
#[must_use = "nothing is proven before `finish`"]
pub struct Check {
    kick: KickHmac,
    head: Head,
    signature: Signature,
    body: Body,
}

enum Body {
    Whole(Bytes),
    // Pieces are copied together and let go: one of a few bytes may hold a much larger buffer.
    Pieces(BytesMut),
}

impl Check {
    pub(crate) fn new(kick: KickHmac, head: Head, signature: Signature) -> Self {
        Self { kick, head, signature, body: Body::Whole(Bytes::new()) }
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
                let mut pieces = BytesMut::with_capacity(length);
                pieces.extend_from_slice(body);
                pieces.extend_from_slice(&chunk);
                self.body = Body::Pieces(pieces);
            }
            Body::Pieces(pieces) => pieces.extend_from_slice(&chunk),
        }
        Ok(())
    }

    /// Verifies the signature over the whole body, the time once more, and that it is for you.
    ///
    /// `now` is the time when the body has come, so that whoever is slow to send it gains nothing.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Stale`] or [`VerifyError::SentInFuture`], [`VerifyError::BadSignature`],
    /// [`VerifyError::WrongBroadcaster`] or [`VerifyError::WrongCampaign`].
    pub fn finish(self, now: SystemTime) -> Result<Delivery, VerifyError> {
        let Self { kick, head, signature, body } = self;
        let settings = kick.settings();
        settings.check_time(&head.timestamp, now)?;
        let body = match body {
            Body::Whole(body) => body,
            Body::Pieces(pieces) => pieces.freeze(),
        };
        if !settings.keys.verifies(&head.signed_text(), &body, &signature, now) {
            return Err(VerifyError::BadSignature);
        }
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

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("message_id", &self.head.message_id).finish_non_exhaustive()
    }
}
