//! Any bytes as the TLVs of a header: what is accepted is well formed and has the right checksum, no
//! bit of it could be another, and the accessors say what is in it.

#![no_main]

use std::str;

use edgeproof_fuzz::proxy::{
    Reading, checksum_of, checksum_place, expected, ours, split, v2, well_formed,
};
use libfuzzer_sys::fuzz_target;
use proxy_protocol::{Header, Progress, Ssl, Tlv, TlvError, Tlvs, parse};

fuzz_target!(|area: &[u8]| {
    if area.len() > 4096 - 216 {
        return;
    }
    for (version_and_command, family_and_transport, block) in HEADERS {
        let body = [&vec![0; block], area].concat();
        let mut header = v2(version_and_command, family_and_transport, &body);
        check(&header);
        if well_formed(area).is_some()
            && let Some(at) = checksum_place(&header)
        {
            let checksum = checksum_of(&header);
            header[at..at + 4].copy_from_slice(&checksum);
            check(&header);
            assert!(ours(&header).is_some(), "its checksum is right");
            check_flips(header);
        }
    }
});

/// As a second reader reads it.
fn check(header: &[u8]) {
    assert_eq!(ours(header), expected(header));
    if let Ok(Progress::Complete { header, .. }) = parse(header) {
        check_accessors(&header);
    }
}

/// What was altered on its way is not accepted, unless as a header without a checksum.
fn check_flips(mut header: Vec<u8>) {
    let bits = header.len() * 8;
    for bit in (0..bits).step_by(bits / 128 + 1) {
        header[bit / 8] ^= 1 << (bit % 8);
        if let Some(Reading { tlvs, .. }) = ours(&header) {
            assert!(tlvs.iter().all(|tlv| tlv.0 != Tlv::CRC32C), "bit {bit}");
        }
        header[bit / 8] ^= 1 << (bit % 8);
    }
}

fn check_accessors(header: &Header<'_>) {
    let tlvs = header.tlvs();
    assert_eq!(header.alpn(), only(tlvs, 0x01));
    assert_eq!(header.authority(), only_text(tlvs, 0x02));
    assert_eq!(header.unique_id(), only(tlvs, 0x05));
    assert_eq!(header.netns(), only_text(tlvs, 0x30));
    match (header.ssl(), only(tlvs, 0x20)) {
        (Ok(Some(ssl)), Ok(Some(value))) => check_ssl(&ssl, value),
        (ssl, value) => {
            assert_eq!(ssl.map(|ssl| ssl.is_some()), value.map(|value| value.is_some()))
        }
    }
}

fn check_ssl(ssl: &Ssl<'_>, value: &[u8]) {
    let &[client, a, b, c, d, ref area @ ..] = value else { panic!("shorter than 5 bytes") };
    let (on_connection, in_session) = (client & 2 != 0, client & 4 != 0);
    assert_eq!(ssl.is_tls(), client & 1 != 0);
    assert_eq!(ssl.has_cert_on_connection(), on_connection);
    assert_eq!(ssl.has_cert_in_session(), in_session);
    assert_eq!(ssl.verify_code(), u32::from_be_bytes([a, b, c, d]));
    let verified = (on_connection || in_session) && [a, b, c, d] == [0; 4];
    assert_eq!(ssl.client_cert_verified(), verified);

    let tlvs = ssl.tlvs();
    let all: Vec<_> = tlvs.map(|tlv| (tlv.kind, tlv.value)).collect();
    assert_eq!(Some(all), split(area));
    assert_eq!(ssl.version(), only_text(tlvs, 0x21));
    assert_eq!(ssl.common_name(), only_text(tlvs, 0x22));
    assert_eq!(ssl.cipher(), only_text(tlvs, 0x23));
    assert_eq!(ssl.signature_algorithm(), only_text(tlvs, 0x24));
    assert_eq!(ssl.key_algorithm(), only_text(tlvs, 0x25));
    assert_eq!(ssl.group(), only_text(tlvs, 0x26));
    assert_eq!(ssl.signature_scheme(), only_text(tlvs, 0x27));
    assert_eq!(ssl.client_certificate(), only(tlvs, 0x28));
}

fn only<'a>(tlvs: Tlvs<'a>, kind: u8) -> Result<Option<&'a [u8]>, TlvError> {
    let found: Vec<&[u8]> = tlvs.filter(|tlv| tlv.kind == kind).map(|tlv| tlv.value).collect();
    assert_eq!(tlvs.only(kind).ok(), (found.len() < 2).then(|| found.first().copied()));
    match found[..] {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        _ => Err(TlvError::Duplicate),
    }
}

fn only_text<'a>(tlvs: Tlvs<'a>, kind: u8) -> Result<Option<&'a str>, TlvError> {
    match only(tlvs, kind)?.map(str::from_utf8) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(TlvError::NotText),
    }
}

/// PROXY with each family, and LOCAL with its block and without.
const HEADERS: [(u8, u8, usize); 6] = [
    (0x21, 0x00, 0),
    (0x21, 0x11, 12),
    (0x21, 0x22, 36),
    (0x21, 0x31, 216),
    (0x20, 0x00, 0),
    (0x20, 0x11, 12),
];
