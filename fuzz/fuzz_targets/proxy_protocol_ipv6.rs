//! Any text in the place of an address or a port of version 1: it is one to us if it is one to std,
//! and the same one.

#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use edgeproof_fuzz::proxy::{address, port};
use libfuzzer_sys::fuzz_target;
use proxy_protocol::{Header, ParseError, Progress, parse};

fuzz_target!(|text: &[u8]| {
    // They end a field.
    if text.iter().any(|byte| b" \r\n".contains(byte)) {
        return;
    }
    let (v6, v4) = (address::<Ipv6Addr>(text), address::<Ipv4Addr>(text));
    let (v6, v4) = (v6.map(IpAddr::V6), v4.map(IpAddr::V4));
    let source = |header: &Header<'_>| header.source().unwrap().ip();
    let destination = |header: &Header<'_>| header.destination().unwrap().ip();
    let bad = ParseError::V1Address;
    check(b"PROXY TCP6 ", text, b" :: 0 0\r\n", source, v6.ok_or(bad));
    check(b"PROXY TCP6 :: ", text, b" 0 0\r\n", destination, v6.ok_or(bad));
    check(b"PROXY TCP4 ", text, b" 0.0.0.0 0 0\r\n", source, v4.ok_or(bad));
    check(b"PROXY TCP4 0.0.0.0 ", text, b" 0 0\r\n", destination, v4.ok_or(bad));

    let port = port(text).ok_or(ParseError::V1Port);
    let source = |header: &Header<'_>| header.source().unwrap().port();
    let destination = |header: &Header<'_>| header.destination().unwrap().port();
    check(b"PROXY TCP4 0.0.0.0 0.0.0.0 ", text, b" 0\r\n", source, port);
    check(b"PROXY TCP4 0.0.0.0 0.0.0.0 0 ", text, b"\r\n", destination, port);
});

fn check<T: std::fmt::Debug + PartialEq>(
    before: &[u8],
    text: &[u8],
    behind: &[u8],
    field: impl Fn(&Header<'_>) -> T,
    expected: Result<T, ParseError>,
) {
    let line = [before, text, behind].concat();
    let found = parse(&line).map(|progress| match progress {
        Progress::Complete { header, consumed } => {
            assert_eq!(consumed, line.len());
            field(&header)
        }
        Progress::Incomplete { need } => panic!("{need} more than a whole line"),
    });
    assert_eq!(found, expected);
}
