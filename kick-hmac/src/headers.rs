use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::event::TYPES;
use crate::signature::{Keys, Unchecked};
use crate::{MessageId, Timestamp, VerifyError};

/// The headers of a delivery, each of which was there once and in its form. Nothing is proven yet.
#[derive(Clone)]
pub struct DeliveryHeaders<'a> {
    // From here on it is moved, and in the end shared, as a pointer.
    pub(crate) head: Arc<Head>,
    pub(crate) signature: Unchecked<'a>,
}

/// What they say, but for the signature.
pub(crate) struct Head {
    pub(crate) message_id: MessageId,
    pub(crate) timestamp: Timestamp,
    pub(crate) kind: Kind,
    pub(crate) subscription_id: Option<MessageId>,
    pub(crate) signed_text: SignedText,
}

/// Which of its two sets of headers Kick has sent. Neither set is signed.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Drops,
    Event { claimed_type: Cow<'static, str>, claimed_version: Cow<'static, str> },
}

impl<'a> DeliveryHeaders<'a> {
    pub(crate) fn read(headers: &'a HeaderMap, keys: &Keys) -> Result<Self, VerifyError> {
        let found = Found::find(headers, keys.header());
        found.check_encoding()?;
        let signature = found.signature.required(SIGNATURE_NAME)?;
        let message_id = found.message_id.required(MESSAGE_ID_NAME)?;
        let message_id = MessageId::parse(message_id.as_bytes())
            .ok_or(VerifyError::MalformedHeader(MESSAGE_ID_NAME))?;

        let of_event = found.message_timestamp.optional(MESSAGE_TIMESTAMP_NAME)?;
        let of_drops = found.drops_timestamp.optional(DROPS_TIMESTAMP_NAME)?;
        let (timestamp, name) = match (of_event, of_drops) {
            (Some(timestamp), None) => (timestamp, MESSAGE_TIMESTAMP_NAME),
            (None, Some(timestamp)) => (timestamp, DROPS_TIMESTAMP_NAME),
            (None, None) => return Err(VerifyError::MissingHeader(MESSAGE_TIMESTAMP_NAME)),
            // Which one was signed?
            (Some(_), Some(_)) => return Err(VerifyError::RepeatedHeader(MESSAGE_TIMESTAMP_NAME)),
        };
        let timestamp =
            Timestamp::parse(timestamp.as_bytes()).ok_or(VerifyError::MalformedHeader(name))?;

        let mut head = Head {
            message_id,
            timestamp,
            kind: Kind::Drops,
            subscription_id: None,
            signed_text: SignedText::new(&message_id, &timestamp),
        };
        if of_event.is_some() {
            head.kind = Kind::Event {
                claimed_type: found.event_type.word(EVENT_TYPE_NAME)?,
                claimed_version: found.event_version.word(EVENT_VERSION_NAME)?,
            };
            if let Some(id) = found.subscription_id.optional(SUBSCRIPTION_ID_NAME)? {
                let id = MessageId::parse(id.as_bytes())
                    .ok_or(VerifyError::MalformedHeader(SUBSCRIPTION_ID_NAME))?;
                head.subscription_id = Some(id);
            }
        }
        Ok(Self { head: Arc::new(head), signature: keys.read(signature.as_bytes()) })
    }
}

impl fmt::Debug for DeliveryHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryHeaders")
            .field("message_id", &self.head.message_id)
            .field("timestamp", &self.head.timestamp)
            .field("kind", &self.head.kind)
            .finish_non_exhaustive()
    }
}

/// The headers that have a meaning, in one pass: a request has few, and finding one by its name costs as
/// much as looking at all.
#[derive(Default)]
struct Found<'a> {
    content_encoding: Header<'a>,
    drops_timestamp: Header<'a>,
    event_type: Header<'a>,
    event_version: Header<'a>,
    message_id: Header<'a>,
    message_timestamp: Header<'a>,
    signature: Header<'a>,
    subscription_id: Header<'a>,
}

#[derive(Clone, Copy, Default)]
enum Header<'a> {
    #[default]
    None,
    One(&'a HeaderValue),
    Several,
}

impl<'a> Found<'a> {
    fn find(headers: &'a HeaderMap, signature: &HeaderName) -> Self {
        let mut found = Self::default();
        for (name, value) in headers {
            let header = match name.as_str() {
                _ if name == signature => &mut found.signature,
                DROPS_TIMESTAMP_NAME => &mut found.drops_timestamp,
                EVENT_TYPE_NAME => &mut found.event_type,
                EVENT_VERSION_NAME => &mut found.event_version,
                MESSAGE_ID_NAME => &mut found.message_id,
                MESSAGE_TIMESTAMP_NAME => &mut found.message_timestamp,
                SUBSCRIPTION_ID_NAME => &mut found.subscription_id,
                CONTENT_ENCODING_NAME => &mut found.content_encoding,
                _ => continue,
            };
            *header = match header {
                Header::None => Header::One(value),
                Header::One(_) | Header::Several => Header::Several,
            };
        }
        found
    }

    /// A signature is over what was sent before any coding; and what unpacks a body may be made to unpack
    /// without end.
    fn check_encoding(&self) -> Result<(), VerifyError> {
        match self.content_encoding {
            Header::None => Ok(()),
            Header::One(coding) if coding.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(()),
            Header::One(_) | Header::Several => Err(VerifyError::ContentEncoding),
        }
    }
}

impl<'a> Header<'a> {
    fn optional(self, name: &'static str) -> Result<Option<&'a HeaderValue>, VerifyError> {
        match self {
            Self::None => Ok(None),
            Self::One(value) => Ok(Some(value)),
            Self::Several => Err(VerifyError::RepeatedHeader(name)),
        }
    }

    fn required(self, name: &'static str) -> Result<&'a HeaderValue, VerifyError> {
        self.optional(name)?.ok_or(VerifyError::MissingHeader(name))
    }

    /// An unsigned word: visible ASCII, so that it can be logged.
    fn word(self, name: &'static str) -> Result<Cow<'static, str>, VerifyError> {
        let value = self.required(name)?.as_bytes();
        // The usual words need no memory of their own.
        if let Some(known) = TYPES.iter().chain(&["1"]).find(|known| known.as_bytes() == value) {
            return Ok(Cow::Borrowed(known));
        }
        let is_word =
            (1..=MAX_WORD).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic);
        let word = str::from_utf8(value).ok().filter(|_| is_word);
        Ok(Cow::Owned(word.ok_or(VerifyError::MalformedHeader(name))?.to_owned()))
    }
}

/// What Kick signs, up to the body: the id and the time, a dot after each.
///
/// The id has 26 characters and no dot, the time ends with `Z` or an offset: with any body, no other id
/// and time make the same text.
pub(crate) struct SignedText {
    text: [u8; MAX_SIGNED_TEXT],
    length: usize,
}

impl SignedText {
    pub(crate) fn new(message_id: &MessageId, timestamp: &Timestamp) -> Self {
        let mut text = [b'.'; MAX_SIGNED_TEXT];
        let timestamp = timestamp.as_bytes();
        let length = MessageId::LENGTH.saturating_add(timestamp.len()).saturating_add(2);
        // There is room for the longest of each.
        let (id, rest) = text.split_at_mut(MessageId::LENGTH);
        id.copy_from_slice(message_id.as_bytes());
        if let Some(place) = rest.get_mut(1..).and_then(|rest| rest.get_mut(..timestamp.len())) {
            place.copy_from_slice(timestamp);
        }
        Self { text, length }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }
}

const MAX_WORD: usize = 128;

/// `01JQR5KV0QC94HMETWYNBWRW4Z.0001-01-01T00:00:00.123456789+01:00.`
const MAX_SIGNED_TEXT: usize = 63;

pub(crate) const MESSAGE_ID_NAME: &str = "kick-event-message-id";
pub(crate) const MESSAGE_TIMESTAMP_NAME: &str = "kick-event-message-timestamp";
pub(crate) const DROPS_TIMESTAMP_NAME: &str = "kick-event-timestamp";
const SIGNATURE_NAME: &str = "kick-event-signature";
pub(crate) const SUBSCRIPTION_ID_NAME: &str = "kick-event-subscription-id";
pub(crate) const EVENT_TYPE_NAME: &str = "kick-event-type";
pub(crate) const EVENT_VERSION_NAME: &str = "kick-event-version";
const CONTENT_ENCODING_NAME: &str = "content-encoding";

pub(crate) static SIGNATURE: HeaderName = HeaderName::from_static(SIGNATURE_NAME);

/// Those that have a meaning.
pub(crate) const KICK_HEADERS: [&str; 7] = [
    MESSAGE_ID_NAME,
    MESSAGE_TIMESTAMP_NAME,
    DROPS_TIMESTAMP_NAME,
    SIGNATURE_NAME,
    SUBSCRIPTION_ID_NAME,
    EVENT_TYPE_NAME,
    EVENT_VERSION_NAME,
];
