//! Any bytes as the beginning of a connection: they are read as a second reader reads them, the same
//! however they come in, and nothing is waited for that could lie behind the header.

#![no_main]

use edgeproof_fuzz::proxy::{Reading, expected, v2};
use libfuzzer_sys::fuzz_target;
use proxy_protocol::{ParseError, Progress, parse};

fuzz_target!(|received: &[u8]| {
    let outcome = parse(received);
    let complete = match outcome {
        Ok(Progress::Complete { header, consumed }) => Some(Reading::of(&header, consumed)),
        Ok(Progress::Incomplete { need }) => {
            check_need(received, need.get());
            None
        }
        Err(error) => {
            assert!(!error.code().is_empty());
            None
        }
    };
    assert_eq!(complete, expected(received));
    check_beginnings(received, &outcome);
});

/// What arrives in pieces ends as what arrives at once.
fn check_beginnings(received: &[u8], outcome: &Result<Progress<'_>, ParseError>) {
    for length in 0..received.len() {
        match (parse(&received[..length]), outcome) {
            (Ok(Progress::Incomplete { need }), Ok(Progress::Complete { consumed, .. })) => {
                assert!(length + need.get() <= *consumed, "{length} and {need}");
            }
            (Ok(Progress::Incomplete { need }), _) => {
                let longest = if received[0] == b'P' { 107 } else { 16 + 4096 };
                assert!(length + need.get() <= longest, "{length} and {need}");
            }
            (Ok(Progress::Complete { header, consumed }), _) => {
                assert_eq!(Ok(Progress::Complete { header, consumed }), *outcome);
                assert_eq!(consumed, length);
                return;
            }
            // The line is too long whatever comes; what comes may be wrong besides.
            (Err(ParseError::V1TooLong), Err(_)) => return,
            (Err(error), _) => return assert_eq!(Err(error), *outcome),
        }
    }
}

/// What has begun can be ended, and no way to end it takes fewer bytes.
fn check_need(begun: &[u8], need: usize) {
    let least = begun.len() + need;
    if begun.len() >= 16 && begun[0] == b'\r' {
        let zeros = vec![0; need];
        match parse(&[begun, &zeros].concat()) {
            Ok(Progress::Complete { consumed, .. }) => assert_eq!(consumed, least),
            Ok(Progress::Incomplete { need }) => panic!("{need} more than the length says"),
            Err(_) => {}
        }
    }

    let mut is_ended = false;
    let mut end = |end: &[u8]| {
        if let Ok(Progress::Complete { consumed, .. }) = parse(&[begun, end].concat()) {
            assert!(least <= consumed, "{least} bytes, and the header has {consumed}");
            is_ended = true;
        }
    };
    for shortest in SHORTEST_LINES {
        (0..shortest.len()).for_each(|at| end(&shortest[at..]));
    }
    for (version_and_command, family_and_transport, block) in SHORTEST_HEADERS {
        let shortest = v2(version_and_command, family_and_transport, &vec![0; block]);
        end(shortest.get(begun.len()..).unwrap_or_default());
    }
    // Up to an address or a length. Of CR in a line, only the next byte shows what is wrong with it.
    let (fixed, waits) = match begun {
        [b'P', ..] => ("PROXY TCP4 ".len(), begun.ends_with(b"\r")),
        _ => (14, false),
    };
    assert!(is_ended || waits || begun.len() > fixed);
}

const SHORTEST_LINES: [&[u8]; 3] =
    [b"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", b"PROXY TCP6 :: :: 0 0\r\n", b"PROXY UNKNOWN\r\n"];

const SHORTEST_HEADERS: [(u8, u8, usize); 9] = [
    (0x20, 0x00, 0),
    (0x20, 0x11, 0),
    (0x20, 0x21, 0),
    (0x20, 0x31, 0),
    (0x21, 0x00, 0),
    (0x21, 0x11, 12),
    (0x21, 0x12, 12),
    (0x21, 0x21, 36),
    (0x21, 0x31, 216),
];
