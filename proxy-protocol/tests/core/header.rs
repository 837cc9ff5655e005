//! What a header is as a value: when two are the same, and what is printed of one.

use proxy_protocol::{Header, parse};

use crate::header;
use crate::samples::{INET, INET6, LOCAL, PROXY, headers, tcp4, tlv, unix, v2};

#[test]
fn two_headers_are_the_same_if_they_say_the_same() {
    let samples = headers();
    for (at, one) in samples.iter().enumerate() {
        assert_eq!(header(one), header(&one.clone()));
        for other in &samples[at + 1..] {
            let [one, other] = [header(one), header(other)];
            // What LOCAL does without is not there to be compared.
            assert_eq!(one == other, says(&one) == says(&other), "{one:?} {other:?}");
        }
    }
}

/// All that a header says, in a form that is easy to compare.
fn says(header: &Header<'_>) -> String {
    let tlvs: Vec<_> = header.tlvs().collect();
    let kind = (header.version(), header.command(), header.family(), header.transport());
    format!(
        "{kind:?} {:?} {:?} {:?} {tlvs:?}",
        header.source(),
        header.destination(),
        header.unix()
    )
}

#[test]
fn two_headers_differ_if_one_thing_does() {
    let change = |at: usize| {
        let mut block = INET;
        block[at] ^= 1;
        v2(PROXY, 0x11, &block)
    };
    let first = v2(PROXY, 0x11, &INET);
    for at in 0..INET.len() {
        assert_ne!(header(&first), header(&change(at)), "byte {at} of the addresses");
    }
    let line = b"PROXY TCP4 203.0.113.7 198.51.100.9 51000 22\r\n";
    assert_eq!(header(line).source(), header(&first).source());
    for other in [
        line.to_vec(),
        v2(LOCAL, 0x11, &INET),
        v2(PROXY, 0x12, &INET),
        v2(PROXY, 0x10, &INET),
        v2(PROXY, 0x21, &INET6),
        tcp4(&[tlv(0x04, b"")]),
    ] {
        assert_ne!(header(&first), header(&other), "{}", other.escape_ascii());
    }
    // Where there is no address to tell them apart.
    assert_ne!(header(&v2(PROXY, 0x00, &[])), header(&v2(PROXY, 0x01, &[])));
    assert_ne!(header(&v2(LOCAL, 0x11, &[])), header(&v2(LOCAL, 0x21, &[])));
    assert_ne!(header(&v2(PROXY, 0x00, &[])), header(&v2(LOCAL, 0x00, &[])));
    let [a, b] = [unix(b"a"), unix(b"b")];
    let unix = |source: [u8; 108], destination| v2(PROXY, 0x31, &[source, destination].concat());
    assert_ne!(header(&unix(a, b)), header(&unix(b, b)));
    assert_ne!(header(&unix(a, b)), header(&unix(a, a)));
    assert_eq!(header(&unix(a, b)), header(&unix(a, b)));
}

#[test]
fn debug_shows_whom_it_is_about() {
    let shown = format!("{:?}", header(&v2(PROXY, 0x21, &INET6)));
    for text in ["Proxy", "Inet6", "Stream", "[2001:db8::7]:51000", "[2001:db8::9]:22"] {
        assert!(shown.contains(text), "{shown}");
    }
    let progress = format!("{:?}", parse(b"PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n"));
    assert!(progress.contains("1.2.3.4:9") && progress.contains("consumed: 33"), "{progress}");
}
