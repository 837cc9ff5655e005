//! An id, a time and a body, a line end after each but the last, under a tag over them that holds: they
//! pass where they have their form; and however else the signed text is parted between the two headers
//! and the body, nothing passes as well.

#![no_main]

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use kick_hmac::{Broadcasters, Campaigns, KickHmac, MemoryReplays, VerifyError};
use libfuzzer_sys::fuzz_target;

use edgeproof_fuzz::kick_hmac::{NOW, at, instant, is_ulid, keys, tag};

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let (Some(id), Some(time), Some(body)) = (lines.next(), lines.next(), lines.next()) else {
        return;
    };
    let text = [id, b".", time, b".", body].concat();
    let tag = tag(&text);
    let original = Message { id, time, body };
    assert_eq!(original.passes(&tag), original.is_good());

    let dots = text.iter().enumerate().filter(|(_, byte)| **byte == b'.');
    let dots: Vec<usize> = dots.map(|(at, _)| at).take(MOST_DOTS).collect();
    let mut passing = original.is_good().then_some(original);
    for (nth, first) in dots.iter().enumerate() {
        for second in &dots[nth + 1..] {
            let (id, time) = (&text[..*first], &text[first + 1..*second]);
            let other = Message { id, time, body: &text[second + 1..] };
            assert_eq!(other.passes(&tag), other.is_good());
            if other.is_good() {
                assert_eq!(*passing.get_or_insert(other), other, "two messages of one signature");
            }
        }
    }

    // Nor without the dots, or with more of them.
    if original.is_good() {
        assert!(!original.passes(&self::tag(&[id, time, body].concat())));
        assert!(!original.passes(&self::tag(&[id, b"..", time, b".", body].concat())));
        assert!(!original.passes(&self::tag(&[id, b".", time, b"..", body].concat())));
    }
});

#[derive(Clone, Copy, Debug, PartialEq)]
struct Message<'a> {
    id: &'a [u8],
    time: &'a [u8],
    body: &'a [u8],
}

impl Message<'_> {
    fn is_good(&self) -> bool {
        is_ulid(self.id) && instant(self.time).is_some_and(|sent| FRESH.contains(&sent))
    }

    /// With the headers of an event. With those of a Drops claim only the audience may be another.
    fn passes(&self, tag: &str) -> bool {
        let [event, claim] = [EVENT, DROPS].map(|header| self.verify(tag, header));
        match claim {
            Ok(()) => assert!(event.is_ok()),
            Err(VerifyError::WrongCampaign) => assert!(event.is_ok()),
            Err(_) => assert!(event.is_err()),
        }
        event.is_ok()
    }

    fn verify(&self, tag: &str, time_header: &'static str) -> Result<(), VerifyError> {
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: &[u8]| {
            let value = HeaderValue::from_bytes(value).map_err(|_| NOT_HTTP)?;
            headers.insert(HeaderName::from_static(name), value);
            Ok(())
        };
        put("kick-event-message-id", self.id)?;
        put(time_header, self.time)?;
        put("kick-event-signature", tag.as_bytes())?;
        put("kick-event-type", b"channel.followed")?;
        put("kick-event-version", b"1")?;
        let begun = KICK.headers(&headers).and_then(|headers| KICK.begin(headers, at(NOW)));
        assert_eq!(begun.is_ok(), self.is_good(), "before there is a body");
        KICK.verify(&headers, self.body.to_vec(), at(NOW)).map(drop)
    }
}

/// In nanoseconds: from five minutes ago to a minute ahead.
const FRESH: std::ops::RangeInclusive<i128> =
    (NOW as i128 - 300) * 1_000_000_000..=(NOW as i128 + 60) * 1_000_000_000;

const MOST_DOTS: usize = 12;
const NOT_HTTP: VerifyError = VerifyError::MalformedSignature;

const EVENT: &str = "kick-event-message-timestamp";
const DROPS: &str = "kick-event-timestamp";

static KICK: LazyLock<KickHmac> = LazyLock::new(|| {
    let builder = KickHmac::builder(keys(), Broadcasters::any(), MemoryReplays::new(1));
    builder.drops(Campaigns::any()).build().unwrap()
});
