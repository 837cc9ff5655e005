//! Nothing that is printed of an error contains what the sender wrote.

use proxy_protocol::{
    EncodeError, EncoderV2, ParseError, SimpleHeader, Tlv, TlvError, Transport, parse,
    parse_datagram,
};

use crate::samples::{EMPTY_CHECKSUM, INET, PROXY, tcp4, tlv, v2};
use crate::{header, refusal};

const SECRET: &str = "s3cr3t";

/// Every refusal, by bytes that hold the text wherever they can.
fn refusals() -> Vec<ParseError> {
    let secret = SECRET.as_bytes();
    let long = format!("PROXY UNKNOWN {}\r\n", SECRET.repeat(20));
    let lines = [
        SECRET,
        "PROXYs3cr3t",
        "PROXY s3cr3t 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 s3cr3t 5.6.7.8 1 2\r\n",
        "PROXY TCP6 s3cr3t ::1 1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 s3cr3t 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 s3cr3t\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\ns3cr3t",
        &long,
    ];
    let body = [&INET[..], &tlv(0xe0, secret)].concat();
    let headers = [
        v2(0x11, 0x11, &body),
        v2(0x2f, 0x11, &body),
        v2(PROXY, 0x4f, &body),
        v2(PROXY, 0x31, &body),
        v2(PROXY, 0x11, &secret.repeat(1000)),
        v2(PROXY, 0x11, &[&INET, secret].concat()),
        tcp4(&[tlv(0x03, secret)]),
        tcp4(&[tlv(0xe0, secret), EMPTY_CHECKSUM.to_vec()]),
    ];
    let mut refusals: Vec<ParseError> = lines.iter().map(|line| refusal(line.as_bytes())).collect();
    refusals.extend(headers.iter().map(|header| refusal(header)));
    let datagram = tcp4(&[tlv(0xe0, secret)]);
    refusals.extend([
        parse_datagram(&datagram[..datagram.len() - 1]).unwrap_err(),
        parse_datagram(secret).unwrap_err(),
        SimpleHeader::parse(secret).unwrap_err(),
        SimpleHeader::parse(&secret.repeat(10)).unwrap_err(),
    ]);
    refusals
}

fn tlv_errors() -> [TlvError; 2] {
    let twice = tcp4(&[tlv(0x02, SECRET.as_bytes()), tlv(0x02, SECRET.as_bytes())]);
    let binary = tcp4(&[tlv(0x02, &[SECRET.as_bytes(), &[0xff]].concat())]);
    [header(&twice).authority().unwrap_err(), header(&binary).authority().unwrap_err()]
}

fn encode_errors() -> [EncodeError; 3] {
    let source = "203.0.113.7:51000".parse().unwrap();
    let secret = SECRET.as_bytes();
    let written = |size: usize, kind, value: &[u8]| {
        let mut out = vec![0; size];
        let encoder = EncoderV2::proxy(Transport::Stream, source, source, &mut out).unwrap();
        encoder.tlv(kind, value).and_then(EncoderV2::finish).unwrap_err()
    };
    [
        written(30, 0xe0, secret),
        written(9000, 0xe0, &secret.repeat(1000)),
        written(90, Tlv::CRC32C, secret),
    ]
}

#[test]
fn no_error_repeats_what_was_sent() {
    let printed = |error: &dyn std::error::Error| [format!("{error}"), format!("{error:?}")];
    let mut texts: Vec<String> = refusals().iter().flat_map(|error| printed(error)).collect();
    texts.extend(tlv_errors().iter().flat_map(|error| printed(error)));
    texts.extend(encode_errors().iter().flat_map(|error| printed(error)));
    for text in texts {
        assert!(!text.contains(SECRET), "{text}");
        assert!(!text.contains("1.2.3.4") && !text.contains("203.0.113.7"), "{text}");
        // Nor the bytes one by one, as `Debug` prints them.
        assert!(!text.contains("115, 51"), "{text}");
    }
}

#[test]
fn every_code_is_reached_and_stable() {
    let mut reached: Vec<&str> = refusals().iter().map(ParseError::code).collect();
    reached.sort_unstable();
    reached.dedup();
    let expected = [
        "crc_mismatch",
        "datagram_truncated",
        "not_proxy",
        "spp_bad_magic",
        "spp_truncated",
        "tlv_bad_value",
        "tlv_truncated",
        "v1_bad_address",
        "v1_bad_line_ending",
        "v1_bad_port",
        "v1_bad_protocol",
        "v1_bad_syntax",
        "v1_too_long",
        "v2_bad_command",
        "v2_bad_family",
        "v2_bad_version",
        "v2_header_too_large",
        "v2_length_too_short",
    ];
    assert_eq!(reached, expected);
}

#[test]
fn each_refusal_has_the_code_of_its_name() {
    for (bytes, error, code) in [
        (&b"GET"[..], ParseError::NotProxy, "not_proxy"),
        (b"PROXY \n", ParseError::V1LineEnding, "v1_bad_line_ending"),
        (b"PROXY \r\n", ParseError::V1Syntax, "v1_bad_syntax"),
        (b"PROXY UDP4 ", ParseError::V1Protocol, "v1_bad_protocol"),
        (b"PROXY TCP4 :", ParseError::V1Address, "v1_bad_address"),
        (b"PROXY TCP6 :: :: :", ParseError::V1Port, "v1_bad_port"),
        (&[b"PROXY UNKNOWN ", &[b' '; 93][..]].concat(), ParseError::V1TooLong, "v1_too_long"),
        (&v2(0x31, 0x11, &INET), ParseError::V2Version, "v2_bad_version"),
        (&v2(0x22, 0x11, &INET), ParseError::V2Command, "v2_bad_command"),
        (&v2(PROXY, 0x41, &INET), ParseError::V2Family, "v2_bad_family"),
        (&v2(PROXY, 0x21, &INET), ParseError::V2LengthTooShort, "v2_length_too_short"),
        (&v2(PROXY, 0x11, &[0; 4097]), ParseError::V2HeaderTooLarge, "v2_header_too_large"),
        (&v2(PROXY, 0x00, &[1]), ParseError::TlvTruncated, "tlv_truncated"),
        (&v2(PROXY, 0x00, &tlv(0x20, &[])), ParseError::TlvValue, "tlv_bad_value"),
        (&v2(PROXY, 0x00, &EMPTY_CHECKSUM), ParseError::CrcMismatch, "crc_mismatch"),
    ] {
        assert_eq!(parse(bytes), Err(error));
        assert_eq!(error.code(), code);
    }
    let header = v2(PROXY, 0x12, &INET);
    let truncated = parse_datagram(&header[..27]).unwrap_err();
    assert_eq!(
        (truncated, truncated.code()),
        (ParseError::DatagramTruncated, "datagram_truncated")
    );
    let magic = SimpleHeader::parse(&[0; 38]).unwrap_err();
    assert_eq!((magic, magic.code()), (ParseError::SimpleMagic, "spp_bad_magic"));
    let short = SimpleHeader::parse(&[0; 37]).unwrap_err();
    assert_eq!((short, short.code()), (ParseError::SimpleTruncated, "spp_truncated"));
}

#[test]
fn every_message_is_a_lower_case_sentence_without_a_full_stop() {
    let mut messages: Vec<String> = refusals().iter().map(ToString::to_string).collect();
    messages.extend(tlv_errors().iter().map(ToString::to_string));
    messages.extend(encode_errors().iter().map(ToString::to_string));
    for message in messages {
        assert!(message.starts_with(char::is_lowercase), "{message}");
        assert!(!message.ends_with('.'), "{message}");
        assert!(message.len() > 20 && message.is_ascii(), "{message}");
    }
}
