use std::time::{Duration, SystemTime};

use aws_lc_rs::rand::fill;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Request};

use super::Sign;
use crate::headers::{
    DROPS_TIMESTAMP_NAME, EVENT_TYPE_NAME, EVENT_VERSION_NAME, MESSAGE_ID_NAME,
    MESSAGE_TIMESTAMP_NAME, SUBSCRIPTION_ID_NAME, SignedText,
};
use crate::{MessageId, Timestamp};

/// A message that is signed when it is sent. Of the present time and with an id of its own, unless it is
/// said otherwise.
#[derive(Clone, Debug)]
#[must_use]
pub struct Message<'a> {
    signer: &'a dyn Sign,
    id: MessageId,
    timestamp: Timestamp,
    event_type: Option<String>,
    body: Vec<u8>,
    changes: Vec<(HeaderName, Option<HeaderValue>)>,
}

#[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "for tests")]
impl<'a> Message<'a> {
    pub(super) fn new(signer: &'a dyn Sign, event_type: Option<&str>, body: &[u8]) -> Self {
        Self {
            signer,
            id: new_id(),
            timestamp: timestamp(now()),
            event_type: event_type.map(str::to_owned),
            body: body.to_vec(),
            changes: Vec::new(),
        }
    }

    /// Another id.
    pub fn id(mut self, id: MessageId) -> Self {
        self.id = id;
        self
    }

    /// Sent at this time.
    pub fn sent_at(mut self, time: SystemTime) -> Self {
        self.timestamp = timestamp(time);
        self
    }

    /// Sent at this time, written so.
    pub fn timestamp(mut self, timestamp: Timestamp) -> Self {
        self.timestamp = timestamp;
        self
    }

    /// After it is signed, one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let value = HeaderValue::try_from(value).expect("a header's value");
        self.changes.push((name_of(name), Some(value)));
        self
    }

    /// After it is signed, without this header.
    pub fn without_header(mut self, name: &str) -> Self {
        self.changes.push((name_of(name), None));
        self
    }

    /// The id that it has.
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        self.id
    }

    /// The headers, signed.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let text = SignedText::new(&self.id, &self.timestamp);
        let signature = self.signer.sign(&text, &self.body, self.timestamp.time());
        let time_header =
            if self.event_type.is_some() { MESSAGE_TIMESTAMP_NAME } else { DROPS_TIMESTAMP_NAME };
        let value = |text: &str| HeaderValue::try_from(text).expect("a header's value");

        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(MESSAGE_ID_NAME, value(self.id.as_str()));
        headers.insert(time_header, value(self.timestamp.as_str()));
        headers.insert(self.signer.header(), value(&signature));
        if let Some(event_type) = &self.event_type {
            headers.insert(EVENT_TYPE_NAME, value(event_type));
            headers.insert(EVENT_VERSION_NAME, HeaderValue::from_static("1"));
            headers.insert(
                SUBSCRIPTION_ID_NAME,
                HeaderValue::from_static("01JQ79DGGK8C9117GJN8EHCYGG"),
            );
        }
        for (name, value) in &self.changes {
            match value {
                Some(value) => {
                    headers.append(name, value.clone());
                }
                None => {
                    headers.remove(name);
                }
            }
        }
        headers
    }

    /// The request, signed: a `POST` to `/`.
    #[must_use]
    pub fn request<B: From<Vec<u8>>>(&self) -> Request<B> {
        let mut request = Request::post("/").body(self.body.clone().into()).expect("a request");
        *request.headers_mut() = self.headers();
        request
    }
}

#[expect(clippy::expect_used, reason = "for tests")]
fn name_of(name: &str) -> HeaderName {
    name.to_ascii_lowercase().parse().expect("a header's name")
}

/// A ULID: 48 bits of milliseconds since 1970 and 80 random ones.
#[expect(clippy::expect_used, reason = "for tests")]
pub(super) fn new_id() -> MessageId {
    let mut random = [0; 16];
    fill(&mut random).expect("random bytes");
    let time = since_epoch(now()).as_millis() << 80;
    let ulid = (u128::from_be_bytes(random) >> 48) | time;
    let digits = (0..26_u32).rev().map(|place| ulid >> place.saturating_mul(5) & 31);
    let digits = digits.filter_map(|digit| CROCKFORD.get(usize::try_from(digit).ok()?).copied());
    let digits: Vec<u8> = digits.collect();
    MessageId::parse(&digits).expect("a ULID")
}

/// In whole seconds, as Kick writes it.
#[expect(clippy::expect_used, clippy::arithmetic_side_effects, reason = "for tests")]
fn timestamp(time: SystemTime) -> Timestamp {
    let seconds = since_epoch(time).as_secs();
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    // From days since 1970 to a date, by eras of 400 years that begin with March.
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + next;
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    text.parse().expect("a timestamp")
}

#[expect(clippy::disallowed_methods, reason = "for tests: a message of now")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
