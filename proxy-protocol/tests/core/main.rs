//! The core, by subject, as it is without any feature. What the vectors cover stands in
//! `third_party.rs`.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod auto_traits;
mod captures;
mod datagram;
mod documents;
mod encode;
mod header;
mod incremental;
mod leakage;
mod line;
mod properties;
mod samples;
mod simple;
mod ssl;
mod tlv;
mod v1;
mod v2;

use proxy_protocol::{Header, ParseError, Progress, parse};

/// The whole header at the beginning of these bytes, and its length.
fn complete(received: &[u8]) -> (Header<'_>, usize) {
    match parse(received) {
        Ok(Progress::Complete { header, consumed }) => (header, consumed),
        other => panic!("{other:?} of {}", received.escape_ascii()),
    }
}

/// The header that these bytes are, without anything behind it.
fn header(received: &[u8]) -> Header<'_> {
    let (header, consumed) = complete(received);
    assert_eq!(consumed, received.len(), "{}", received.escape_ascii());
    header
}

fn need(received: &[u8]) -> usize {
    match parse(received) {
        Ok(Progress::Incomplete { need }) => need.get(),
        other => panic!("{other:?} of {}", received.escape_ascii()),
    }
}

fn refusal(received: &[u8]) -> ParseError {
    match parse(received) {
        Err(error) => error,
        other => panic!("{other:?} of {}", received.escape_ascii()),
    }
}

/// That the last of these bytes is the one that shows the error.
fn assert_refused_at_the_last_byte(received: &[u8], error: ParseError) {
    assert_eq!(refusal(received), error, "{}", received.escape_ascii());
    let (_, before) = received.split_last().unwrap();
    need(before);
}
