use thiserror::Error;

/// Why a request is refused, or answered without being handled.
///
/// Carries nothing that the sender wrote, so it can be logged as it is. In the order of the checks: all
/// up to [`TooLarge`](Self::TooLarge) need the request's head alone.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The request went through no [`layer`](crate::KickHmac): the server's fault.
    #[error("no layer of kick-hmac is on the way to what asks for its proof")]
    MissingLayer,
    /// The method is not `POST`.
    #[error("the method is not POST")]
    WrongMethod,
    /// The body is compressed: what was signed is not what was sent.
    #[error("the body has a content coding")]
    ContentEncoding,
    /// The header named is absent.
    #[error("the header `{0}` is missing")]
    MissingHeader(&'static str),
    /// The header named is there twice, or both headers for the time are there.
    #[error("the header `{0}` is there more than once")]
    RepeatedHeader(&'static str),
    /// The header named does not have its form.
    #[error("the header `{0}` is malformed")]
    MalformedHeader(&'static str),
    /// A Drops claim came, and [`drops`](crate::KickHmacBuilder::drops) was not called.
    #[error("Drops claims are not expected here")]
    UnexpectedDrops,
    /// The message was sent longer ago than `max_age`; when it came, or when its body had.
    #[error("the message was sent too long ago")]
    Stale,
    /// The message was sent in the future.
    #[error("the message was sent in the future")]
    SentInFuture,
    /// The signature is not the canonical text of as many bytes as a signature by these keys has.
    #[error("the signature does not have its form")]
    MalformedSignature,
    /// The body is larger than the limit.
    #[error("the body is larger than the limit")]
    TooLarge,
    /// The body did not come within its time.
    #[error("the body did not come in time")]
    TooSlow,
    /// The body ended before its end.
    #[error("the body broke off")]
    BrokenBody,
    /// No secret is valid at this time.
    #[error("no secret is valid now")]
    NoValidSecret,
    /// No key made this signature over this id, this time and this body.
    #[error("the signature does not hold")]
    BadSignature,
    /// The message is signed, and about another broadcaster, or none.
    #[error("the message is not about one of our broadcasters")]
    WrongBroadcaster,
    /// The Drops claim is signed, and of another campaign.
    #[error("the claim is not of one of our campaigns")]
    WrongCampaign,
    /// The message was handled before: it is answered with 200.
    #[error("the message was handled before")]
    Duplicate,
    /// The message is being handled.
    #[error("the message is being handled")]
    InFlight,
    /// The message is older than what the store remembers, so that it may have been handled before.
    #[error("the message is older than what the store remembers")]
    Forgotten,
    /// The store cannot be asked, or holds as much as it may.
    #[error("the store of ids cannot be asked")]
    StoreUnavailable,
    /// The body is not of the shape that the claimed type has.
    #[error("the body is not of the claimed type's shape")]
    MalformedEvent,
}

impl VerifyError {
    /// A stable name for logs, counters and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingLayer => "missing_layer",
            Self::WrongMethod => "wrong_method",
            Self::ContentEncoding => "content_encoding",
            Self::MissingHeader(_) => "missing_header",
            Self::RepeatedHeader(_) => "repeated_header",
            Self::MalformedHeader(_) => "malformed_header",
            Self::UnexpectedDrops => "unexpected_drops",
            Self::Stale => "stale",
            Self::SentInFuture => "sent_in_future",
            Self::MalformedSignature => "malformed_signature",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::BrokenBody => "broken_body",
            Self::NoValidSecret => "no_valid_secret",
            Self::BadSignature => "bad_signature",
            Self::WrongBroadcaster => "wrong_broadcaster",
            Self::WrongCampaign => "wrong_campaign",
            Self::Duplicate => "duplicate",
            Self::InFlight => "in_flight",
            Self::Forgotten => "forgotten",
            Self::StoreUnavailable => "store_unavailable",
            Self::MalformedEvent => "malformed_event",
        }
    }
}
