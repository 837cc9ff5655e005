use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{MessageId, Timestamp, VerifyError};

/// The headers of a delivery, each of which was there once and in its form. Nothing is proven yet.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryHeaders<'a> {
    pub(crate) message_id: MessageId,
    pub(crate) timestamp: Timestamp,
    pub(crate) signature: &'a [u8],
    pub(crate) kind: Kind<&'a str>,
    pub(crate) subscription_id: Option<MessageId>,
}

/// Which of its two sets of headers Kick has sent. Neither set is signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind<T> {
    Drops,
    Event { claimed_type: T, claimed_version: T },
}

impl<'a> DeliveryHeaders<'a> {
    pub(crate) fn read(
        headers: &'a HeaderMap,
        signature: &HeaderName,
    ) -> Result<Self, VerifyError> {
        check_encoding(headers)?;
        let signature = required(headers, signature, SIGNATURE_NAME)?;
        let message_id = required(headers, &MESSAGE_ID, MESSAGE_ID_NAME)?;
        let message_id = MessageId::parse(message_id.as_bytes())
            .ok_or(VerifyError::MalformedHeader(MESSAGE_ID_NAME))?;

        let of_event = optional(headers, &MESSAGE_TIMESTAMP, MESSAGE_TIMESTAMP_NAME)?;
        let of_drops = optional(headers, &DROPS_TIMESTAMP, DROPS_TIMESTAMP_NAME)?;
        let (timestamp, name) = match (of_event, of_drops) {
            (Some(timestamp), None) => (timestamp, MESSAGE_TIMESTAMP_NAME),
            (None, Some(timestamp)) => (timestamp, DROPS_TIMESTAMP_NAME),
            (None, None) => return Err(VerifyError::MissingHeader(MESSAGE_TIMESTAMP_NAME)),
            // Which one was signed?
            (Some(_), Some(_)) => return Err(VerifyError::RepeatedHeader(MESSAGE_TIMESTAMP_NAME)),
        };
        let timestamp =
            Timestamp::parse(timestamp.as_bytes()).ok_or(VerifyError::MalformedHeader(name))?;

        let mut found = Self {
            message_id,
            timestamp,
            signature: signature.as_bytes(),
            kind: Kind::Drops,
            subscription_id: None,
        };
        if of_event.is_some() {
            found.kind = Kind::Event {
                claimed_type: claim(headers, &EVENT_TYPE, EVENT_TYPE_NAME)?,
                claimed_version: claim(headers, &EVENT_VERSION, EVENT_VERSION_NAME)?,
            };
            if let Some(id) = optional(headers, &SUBSCRIPTION_ID, SUBSCRIPTION_ID_NAME)? {
                let id = MessageId::parse(id.as_bytes())
                    .ok_or(VerifyError::MalformedHeader(SUBSCRIPTION_ID_NAME))?;
                found.subscription_id = Some(id);
            }
        }
        Ok(found)
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
        let mut text = [0; MAX_SIGNED_TEXT];
        let parts = [message_id.as_str().as_bytes(), b".", timestamp.as_bytes(), b"."];
        let mut length = 0_usize;
        for part in parts {
            let end = length.saturating_add(part.len());
            if let Some(place) = text.get_mut(length..end) {
                place.copy_from_slice(part);
            }
            length = end;
        }
        Self { text, length }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }
}

/// A signature is over what was sent before any coding; and what unpacks a body may be made to unpack
/// without end.
fn check_encoding(headers: &HeaderMap) -> Result<(), VerifyError> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(()),
        _ => Err(VerifyError::ContentEncoding),
    }
}

fn optional<'a>(
    headers: &'a HeaderMap,
    header: &HeaderName,
    name: &'static str,
) -> Result<Option<&'a HeaderValue>, VerifyError> {
    let mut values = headers.get_all(header).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(VerifyError::RepeatedHeader(name)),
        (value, None) => Ok(value),
    }
}

fn required<'a>(
    headers: &'a HeaderMap,
    header: &HeaderName,
    name: &'static str,
) -> Result<&'a HeaderValue, VerifyError> {
    optional(headers, header, name)?.ok_or(VerifyError::MissingHeader(name))
}

/// An unsigned word: visible ASCII, so that it can be logged.
fn claim<'a>(
    headers: &'a HeaderMap,
    header: &HeaderName,
    name: &'static str,
) -> Result<&'a str, VerifyError> {
    let value = required(headers, header, name)?.as_bytes();
    let is_word = (1..=MAX_CLAIM).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic);
    let word = str::from_utf8(value).ok().filter(|_| is_word);
    word.ok_or(VerifyError::MalformedHeader(name))
}

const MAX_CLAIM: usize = 128;

/// `01JQR5KV0QC94HMETWYNBWRW4Z.0001-01-01T00:00:00.123456789+01:00.`
const MAX_SIGNED_TEXT: usize = 63;

const MESSAGE_ID_NAME: &str = "kick-event-message-id";
const MESSAGE_TIMESTAMP_NAME: &str = "kick-event-message-timestamp";
const DROPS_TIMESTAMP_NAME: &str = "kick-event-timestamp";
const SIGNATURE_NAME: &str = "kick-event-signature";
const SUBSCRIPTION_ID_NAME: &str = "kick-event-subscription-id";
const EVENT_TYPE_NAME: &str = "kick-event-type";
const EVENT_VERSION_NAME: &str = "kick-event-version";

pub(crate) static MESSAGE_ID: HeaderName = HeaderName::from_static(MESSAGE_ID_NAME);
pub(crate) static MESSAGE_TIMESTAMP: HeaderName = HeaderName::from_static(MESSAGE_TIMESTAMP_NAME);
pub(crate) static DROPS_TIMESTAMP: HeaderName = HeaderName::from_static(DROPS_TIMESTAMP_NAME);
pub(crate) static SIGNATURE: HeaderName = HeaderName::from_static(SIGNATURE_NAME);
pub(crate) static SUBSCRIPTION_ID: HeaderName = HeaderName::from_static(SUBSCRIPTION_ID_NAME);
pub(crate) static EVENT_TYPE: HeaderName = HeaderName::from_static(EVENT_TYPE_NAME);
pub(crate) static EVENT_VERSION: HeaderName = HeaderName::from_static(EVENT_VERSION_NAME);

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
