//! The TLV of the TLS connection that the sender terminated (section 2.2.6).

use proxy_protocol::ParseError::{TlvTruncated, TlvValue};
use proxy_protocol::{ParseError, Ssl, Tlv, TlvError};

use crate::samples::{tcp4, tlv};
use crate::{header, refusal};

/// `client`, `verify` and what is inside.
fn value(client: u8, verify: u32, inside: &[Vec<u8>]) -> Vec<u8> {
    [&[client][..], &verify.to_be_bytes(), &inside.concat()].concat()
}

fn refused(value: &[u8]) -> ParseError {
    refusal(&tcp4(&[tlv(0x20, value)]))
}

/// Runs the assertions on what is read of this value.
fn with_ssl(value: &[u8], assertions: impl Fn(Ssl<'_>)) {
    let bytes = tcp4(&[tlv(0x20, value)]);
    assertions(header(&bytes).ssl().unwrap().unwrap());
}

/// Every text that can be inside: its type, and its accessor.
type Text = for<'a> fn(&Ssl<'a>) -> Result<Option<&'a str>, TlvError>;
const TEXTS: [(u8, Text); 7] = [
    (0x21, |ssl| ssl.version()),
    (0x22, |ssl| ssl.common_name()),
    (0x23, |ssl| ssl.cipher()),
    (0x24, |ssl| ssl.signature_algorithm()),
    (0x25, |ssl| ssl.key_algorithm()),
    (0x26, |ssl| ssl.group()),
    (0x27, |ssl| ssl.signature_scheme()),
];

#[test]
fn takes_5_bytes_and_refuses_4() {
    for length in 0..5 {
        assert_eq!(refused(&vec![0; length]), TlvValue, "{length} bytes");
    }
    with_ssl(&[0; 5], |ssl| assert_eq!(ssl.tlvs().count(), 0));
}

#[test]
fn refuses_what_is_inside_and_does_not_fit() {
    for short in [
        &[0x21][..],
        &[0x21, 0],
        &[0x21, 0, 1],
        &[0x21, 0, 8, b'T', b'L', b'S', b'v', b'1', b'.', b'3'],
        &[0x21, 0xff, 0xff, b'T'],
        &[0x21, 0, 1, b'T', 0x22],
    ] {
        let value = value(7, 0, &[short.to_vec()]);
        assert_eq!(refused(&value), TlvTruncated, "{short:?}");
        // What follows the TLV is not inside of it.
        let bytes = tcp4(&[tlv(0x20, &value), tlv(0x04, &[0; 300])]);
        assert_eq!(refusal(&bytes), TlvTruncated, "{short:?}");
    }
}

#[test]
fn a_certificate_is_verified_if_there_is_one_and_verify_is_0() {
    for client in 0..=255_u8 {
        for verify in [0, 1, 18, 0x0100_0000, 0x0001_0000, u32::MAX] {
            with_ssl(&value(client, verify, &[]), |ssl| {
                let [tls, on_connection, in_session] = [1, 2, 4].map(|bit| client & bit == bit);
                assert_eq!(ssl.is_tls(), tls, "{client:#04x}");
                assert_eq!(ssl.has_cert_on_connection(), on_connection, "{client:#04x}");
                assert_eq!(ssl.has_cert_in_session(), in_session, "{client:#04x}");
                assert_eq!(ssl.verify_code(), verify);
                let verified = verify == 0 && (on_connection || in_session);
                assert_eq!(ssl.client_cert_verified(), verified, "{client:#04x} {verify}");
            });
        }
    }
}

#[test]
fn what_haproxy_writes_of_a_client_without_a_certificate_is_not_verified() {
    let inside = [tlv(0x21, b"TLSv1.3"), tlv(0x23, b"TLS_AES_256_GCM_SHA384")];
    with_ssl(&value(0x01, 0, &inside), |ssl| {
        assert!(ssl.is_tls());
        assert_eq!(ssl.verify_code(), 0);
        assert!(!ssl.client_cert_verified());
        assert_eq!(ssl.common_name(), Ok(None));
    });
}

#[test]
fn each_accessor_reads_its_type_and_no_other() {
    for (kind, text) in TEXTS {
        with_ssl(&value(7, 0, &[tlv(kind, b"text")]), |ssl| {
            assert_eq!(text(&ssl), Ok(Some("text")), "{kind:#04x}");
            for (other, text) in TEXTS {
                if other != kind {
                    assert_eq!(text(&ssl), Ok(None), "{other:#04x} of {kind:#04x}");
                }
            }
            assert_eq!(ssl.client_certificate(), Ok(None));
            assert_eq!(ssl.tlvs().map(|tlv| tlv.kind).collect::<Vec<u8>>(), [kind]);
        });
    }
    with_ssl(&value(7, 0, &[tlv(0x28, b"\x30\x82\xff")]), |ssl| {
        assert_eq!(ssl.client_certificate(), Ok(Some(&b"\x30\x82\xff"[..])));
        for (kind, text) in TEXTS {
            assert_eq!(text(&ssl), Ok(None), "{kind:#04x}");
        }
    });
}

#[test]
fn gives_none_of_two_values_of_a_type() {
    for values in [[&b"a"[..], b"b"], [b"a", b"a"]] {
        for (kind, text) in TEXTS {
            let inside = [tlv(kind, values[0]), tlv(0x28, b""), tlv(kind, values[1])];
            with_ssl(&value(7, 0, &inside), |ssl| {
                assert_eq!(text(&ssl), Err(TlvError::Duplicate), "{kind:#04x}");
                assert_eq!(ssl.client_certificate(), Ok(Some(&[][..])));
            });
        }
        let inside = values.map(|value| tlv(0x28, value));
        with_ssl(&value(7, 0, &inside), |ssl| {
            assert_eq!(ssl.client_certificate(), Err(TlvError::Duplicate));
        });
    }
    let ssl = tlv(0x20, &value(7, 0, &[]));
    let bytes = tcp4(&[ssl.clone(), ssl]);
    assert!(matches!(header(&bytes).ssl(), Err(TlvError::Duplicate)));
}

#[test]
fn text_is_utf_8() {
    for (kind, text) in TEXTS {
        with_ssl(&value(7, 0, &[tlv(kind, b"a\xff")]), |ssl| {
            assert_eq!(text(&ssl), Err(TlvError::NotText), "{kind:#04x}");
        });
    }
}

#[test]
fn subtypes_outside_are_not_read_as_if_they_were_inside() {
    let inside = [tlv(0x21, b"TLSv1.3")];
    let bytes = tcp4(&[
        tlv(0x22, b"admin"),
        tlv(0x20, &value(1, 0, &inside)),
        tlv(0x28, b"certificate"),
        tlv(0x21, b"TLSv1.0"),
    ]);
    let header = header(&bytes);
    let ssl = header.ssl().unwrap().unwrap();
    assert_eq!(ssl.version(), Ok(Some("TLSv1.3")));
    assert_eq!(ssl.common_name(), Ok(None));
    assert_eq!(ssl.client_certificate(), Ok(None));
    assert_eq!(header.tlvs().only(0x22), Ok(Some(&b"admin"[..])));

    let bytes = tcp4(&[tlv(0x22, b"admin")]);
    assert!(matches!(crate::header(&bytes).ssl(), Ok(None)));
}

#[test]
fn types_of_the_outside_are_not_read_as_if_they_were_outside() {
    let inside = [tlv(0x01, b"h2"), tlv(0x02, b"plue.dev"), tlv(0x05, &[0; 200]), tlv(0x03, b"")];
    let bytes = tcp4(&[tlv(0x20, &value(1, 0, &inside))]);
    let header = header(&bytes);
    assert_eq!((header.alpn(), header.authority()), (Ok(None), Ok(None)));
    assert_eq!(header.unique_id(), Ok(None));
    assert_eq!(header.tlvs().count(), 1);
    assert_eq!(header.ssl().unwrap().unwrap().tlvs().count(), 4);
}

#[test]
fn one_inside_of_another_is_a_value_like_any_other_at_any_depth() {
    let mut nested = value(1, 0, &[]);
    let mut depth = 1;
    while nested.len() + 8 < 4096 - 12 - 3 {
        nested = value(1, 0, &[tlv(0x20, &nested)]);
        depth += 1;
    }
    assert_eq!(depth, 510);
    // A stack on which a call a level would not fit.
    let thread = std::thread::Builder::new().stack_size(64 * 1024).spawn(move || {
        with_ssl(&nested, |ssl| {
            assert_eq!(ssl.tlvs().count(), 1);
            assert_eq!(ssl.tlvs().only(Tlv::SSL).unwrap().unwrap().len(), nested.len() - 8);
            assert_eq!(ssl.version(), Ok(None));
        });
    });
    thread.unwrap().join().unwrap();

    // It is not looked at, so it may be what would be refused outside.
    with_ssl(&value(1, 0, &[tlv(0x20, b"abc")]), |ssl| {
        assert_eq!(ssl.tlvs().only(Tlv::SSL), Ok(Some(&b"abc"[..])));
    });
}
