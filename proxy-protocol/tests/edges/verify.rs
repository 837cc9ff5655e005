//! The decision without I/O: bytes and a peer.

use proxy_protocol::{
    Command, Decision, EncoderV2, Evidence, ParseError, Tlv, V1_UNKNOWN, Verified, VerifyError,
};

use crate::{CLIENT, EDGE, LINE, Outcomes, STRANGER, client, production, socket, v2};

#[test]
fn a_trusted_peer_s_header_names_the_client() {
    let proxy = production().build().unwrap();
    let both = [LINE.to_vec(), v2(CLIENT, "198.51.100.9:22")];
    for header in both {
        let client = client(&proxy, EDGE, &header).unwrap();
        assert_eq!(client.socket_addr(), socket(CLIENT));
        assert_eq!(client.ip(), socket(CLIENT).ip());
        assert_eq!(client.peer(), socket(EDGE));
        assert_eq!(client.evidence(), Evidence::Header);
        let header = client.header().unwrap();
        assert_eq!(header.destination(), Some(socket("198.51.100.9:22")));
    }
}

#[test]
fn each_evidence_has_its_name() {
    let all = [Evidence::ConnectingIp, Evidence::Direct, Evidence::Header, Evidence::Peer];
    let names = all.map(|evidence| evidence.code());
    assert_eq!(names, ["connecting_ip", "direct", "header", "peer"]);
}

#[test]
fn what_follows_the_header_is_not_consumed() {
    let proxy = production().build().unwrap();
    let received = [LINE, b"SSH-2.0-OpenSSH_9.2\r\n"].concat();
    match proxy.verify(socket(EDGE), &received) {
        Ok(Verified::Complete { consumed, .. }) => assert_eq!(consumed, LINE.len()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_header_that_is_not_whole_needs_what_is_missing() {
    let proxy = production().build().unwrap();
    match proxy.verify(socket(EDGE), &LINE[..LINE.len() - 1]) {
        Ok(Verified::Incomplete { need }) => assert_eq!(need.get(), 1),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stranger_is_denied_whatever_they_send() {
    let proxy = production().build().unwrap();
    for sent in [&b""[..], LINE, b"SSH-2.0-x\r\n", &v2(CLIENT, "198.51.100.9:22"), V1_UNKNOWN] {
        assert_eq!(client(&proxy, STRANGER, sent).unwrap_err(), VerifyError::Denied);
    }
    assert_eq!(proxy.decide(socket(STRANGER).ip()), Decision::Deny);
}

#[test]
fn a_direct_peer_is_the_client_and_its_bytes_are_the_application_s() {
    let proxy = production().build().unwrap();
    for sent in [&b""[..], LINE, b"SSH-2.0-x\r\n"] {
        match proxy.verify(socket("127.0.0.1:40000"), sent) {
            Ok(Verified::Complete { client, consumed: 0 }) => {
                assert_eq!(client.socket_addr(), socket("127.0.0.1:40000"));
                assert_eq!(client.evidence(), Evidence::Direct);
                assert!(client.header().is_none());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_trusted_peer_without_a_header_is_refused_at_the_first_byte_that_shows_it() {
    let proxy = production().build().unwrap();
    for sent in [&b"S"[..], b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b"PUT"] {
        let refused = client(&proxy, EDGE, sent).unwrap_err();
        assert_eq!(refused, VerifyError::Header(ParseError::NotProxy));
        assert_eq!(refused.code(), "not_proxy");
    }
}

#[test]
fn a_header_without_an_address_means_the_peer_and_its_tlvs_can_be_read() {
    let proxy = production().build().unwrap();
    let mut out = [0; 64];
    let local = EncoderV2::local(&mut out).unwrap().tlv(Tlv::UNIQUE_ID, b"7").unwrap();
    let length = local.finish().unwrap();
    for header in [&out[..length], V1_UNKNOWN] {
        let client = client(&proxy, EDGE, header).unwrap();
        assert_eq!(client.socket_addr(), socket(EDGE));
        assert_eq!(client.evidence(), Evidence::Peer);
    }
    let local = client(&proxy, EDGE, &out[..length]).unwrap();
    let header = local.header().unwrap();
    assert_eq!((header.command(), header.unique_id()), (Command::Local, Ok(Some(&b"7"[..]))));
}

#[test]
fn local_with_addresses_means_the_peer_all_the_same() {
    let proxy = production().build().unwrap();
    let mut header = v2(CLIENT, "198.51.100.9:22");
    header[12] = 0x20;
    let client = client(&proxy, EDGE, &header).unwrap();
    assert_eq!((client.socket_addr(), client.evidence()), (socket(EDGE), Evidence::Peer));
}

#[test]
fn a_peer_of_ipv4_on_a_socket_of_ipv6_is_handed_out_as_ipv4() {
    let proxy = production().build().unwrap();
    let mapped = client(&proxy, "[::ffff:173.245.48.9]:40000", LINE).unwrap();
    assert_eq!(mapped.peer(), socket(EDGE));
    let direct = client(&proxy, "[::ffff:127.0.0.1]:40000", b"").unwrap();
    assert_eq!(direct.socket_addr(), socket("127.0.0.1:40000"));
}

#[test]
fn every_decision_is_heard_once() {
    let (proxy, outcomes) = Outcomes::of(production());
    let _ = proxy.verify(socket(EDGE), b"");
    let _ = proxy.verify(socket(EDGE), &LINE[..20]);
    assert_eq!(outcomes.take(), Vec::<&str>::new(), "nothing is decided yet");
    let _ = client(&proxy, EDGE, LINE);
    let _ = client(&proxy, "127.0.0.1:1", b"");
    let _ = client(&proxy, STRANGER, LINE);
    let _ = client(&proxy, EDGE, b"SSH-2.0-x\r\n");
    let _ = client(&proxy, EDGE, &v2("127.0.0.1:1", "127.0.0.1:2"));
    assert_eq!(outcomes.take(), ["accepted", "accepted", "denied", "not_proxy", "special_source"]);
}

#[test]
fn debug_shows_what_an_operator_looks_for_and_nothing_that_was_sent_besides() {
    let (proxy, _) = Outcomes::of(production());
    let shown = format!("{proxy:?}");
    assert!(shown.contains("173.245.48.0/20") && shown.contains("deadline: 5s"), "{shown}");
    let mut out = [0; 64];
    let (source, destination) = (socket(CLIENT), socket("198.51.100.9:22"));
    let header = EncoderV2::proxy(proxy_protocol::Transport::Stream, source, destination, &mut out);
    let length = header.unwrap().tlv(Tlv::AUTHORITY, b"s3cr3t").unwrap().finish().unwrap();
    let client = client(&proxy, EDGE, &out[..length]).unwrap();
    let shown = format!("{client:?} {:?}", client.header().unwrap());
    assert!(shown.contains("203.0.113.7:51000") && shown.contains("Header"), "{shown}");
    assert!(!shown.contains("s3cr3t") && !shown.contains("115, 51"), "{shown}");
}

#[test]
fn every_message_is_a_lower_case_sentence_without_a_full_stop() {
    use proxy_protocol::{ConfigError, ListError};

    let refusals = [
        VerifyError::MissingLayer,
        VerifyError::Denied,
        VerifyError::TooManyPending,
        VerifyError::Closed,
        VerifyError::Truncated,
        VerifyError::Timeout,
        VerifyError::Io,
        VerifyError::Header(ParseError::NotProxy),
        VerifyError::SpecialSource,
        VerifyError::OwnSource,
        VerifyError::Missing,
        VerifyError::Several,
        VerifyError::InvalidAddress,
    ];
    let configuration = [
        ConfigError::AnyPeer,
        ConfigError::Conflict,
        ConfigError::Deadline,
        ConfigError::Limits,
        ConfigError::Network,
        ConfigError::NoNetwork,
    ];
    let lists = [
        ListError::Empty,
        ListError::Malformed,
        ListError::Shrunk,
        ListError::TooMany,
        ListError::TooWide,
    ];
    let mut codes: Vec<_> = refusals.iter().map(VerifyError::code).collect();
    codes.extend(lists.iter().map(ListError::code));
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), refusals.len() + lists.len(), "each has its own");
    let messages = refusals.iter().map(ToString::to_string);
    let messages = messages.chain(configuration.iter().map(ToString::to_string));
    for message in messages.chain(lists.iter().map(ToString::to_string)) {
        assert!(message.starts_with(char::is_lowercase), "{message}");
        assert!(!message.ends_with('.'), "{message}");
    }
}
