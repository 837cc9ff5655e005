use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::Extensions;

use crate::headers::{Head, Kind, SignedText};
use crate::{MessageId, Timestamp, VerifyError};

/// A proof: Kick, or your relay, signed this id, this time and this body a short while ago, and it is
/// about one of your broadcasters or campaigns.
///
/// Only a verifier makes one. What is not signed is called `claimed`. Cloning shares the body.
#[derive(Clone)]
pub struct Delivery {
    head: Arc<Head>,
    body: Bytes,
}

impl Delivery {
    pub(crate) fn new(head: Arc<Head>, body: Bytes) -> Self {
        Self { head, body }
    }

    /// The proof that a layer of this crate left in a request's extensions.
    ///
    /// # Errors
    ///
    /// [`VerifyError::MissingLayer`] if there is no such layer on the way.
    pub fn of(extensions: &Extensions) -> Result<&Self, VerifyError> {
        extensions.get().ok_or(VerifyError::MissingLayer)
    }

    /// The message's id. Signed, and what is remembered so that a message is handled once.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        &self.head.message_id
    }

    /// When the message was sent: not when what it tells of happened. Signed.
    #[must_use]
    pub fn timestamp(&self) -> &Timestamp {
        &self.head.timestamp
    }

    /// The body, as it was signed.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether it came with the headers of a Drops claim, which have neither type nor version. Not
    /// signed; that the body has a `campaign_id` is.
    #[must_use]
    pub fn is_drops_claim(&self) -> bool {
        self.head.kind == Kind::Drops
    }

    /// `Kick-Event-Type`, such as `chat.message.sent`. Not signed: whoever passes a delivery on can
    /// change it. [`Event::parse`](crate::Event::parse) holds the body against it.
    #[must_use]
    pub fn claimed_type(&self) -> Option<&str> {
        match &self.head.kind {
            Kind::Drops => None,
            Kind::Event { claimed_type, .. } => Some(claimed_type),
        }
    }

    /// `Kick-Event-Version`, such as `1`. Not signed.
    #[must_use]
    pub fn claimed_version(&self) -> Option<&str> {
        match &self.head.kind {
            Kind::Drops => None,
            Kind::Event { claimed_version, .. } => Some(claimed_version),
        }
    }

    /// `Kick-Event-Subscription-Id`, if it was there. Not signed: it says nothing about whose
    /// subscription this was sent for.
    #[must_use]
    pub fn claimed_subscription_id(&self) -> Option<&str> {
        self.head.subscription_id.as_ref().map(MessageId::as_str)
    }

    pub(crate) fn signed_text(&self) -> &SignedText {
        &self.head.signed_text
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("message_id", self.message_id())
            .field("timestamp", self.timestamp())
            .field("claimed_type", &self.claimed_type())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}
