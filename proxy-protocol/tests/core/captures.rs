//! What real senders wrote, byte for byte: each capture and what it must say.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use proxy_protocol::{Command, Family, Header, Tlv, Transport, Version};

use crate::complete;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/captures")
}

pub(crate) fn capture(name: &str) -> Vec<u8> {
    fs::read(folder().join(name).with_extension("bin")).unwrap()
}

/// Reads a capture whose header has addresses; gives what else there is to look at.
fn assert_is_tcp(name: &str, version: Version, source: &str, destination: &str, payload: &str) {
    let received = capture(name);
    let (header, consumed) = complete(&received);
    let [source, destination]: [SocketAddr; 2] = [source, destination].map(|a| a.parse().unwrap());
    let family = if source.is_ipv4() { Family::Inet } else { Family::Inet6 };
    assert_eq!((header.version(), header.command()), (version, Command::Proxy));
    assert_eq!((header.family(), header.transport()), (family, Transport::Stream));
    assert_eq!((header.source(), header.destination()), (Some(source), Some(destination)));
    assert_eq!(std::str::from_utf8(&received[consumed..]), Ok(payload));
}

fn kinds(header: &Header<'_>) -> Vec<u8> {
    header.tlvs().map(|tlv| tlv.kind).collect()
}

fn assert_v1(name: &str, source: &str, destination: &str, payload: &str) {
    assert_is_tcp(name, Version::V1, source, destination, payload);
    assert!(kinds(&complete(&capture(name)).0).is_empty());
}

fn assert_v2(name: &str, source: &str, destination: &str, payload: &str, tlvs: &[u8]) {
    assert_is_tcp(name, Version::V2, source, destination, payload);
    assert_eq!(kinds(&complete(&capture(name)).0), tlvs);
}

/// A header of HAProxy's own: LOCAL, and nothing behind it.
fn assert_local(name: &str, tlvs: &[u8]) {
    let received = capture(name);
    let header = crate::header(&received);
    assert_eq!((header.version(), header.command()), (Version::V2, Command::Local));
    assert_eq!((header.family(), header.transport()), (Family::Unspec, Transport::Unspec));
    assert_eq!((header.source(), header.destination()), (None, None));
    assert_eq!(kinds(&header), tlvs);
}

/// The TLS of a client that has a certificate.
fn assert_has_certificate(header: &Header<'_>) {
    let ssl = header.ssl().unwrap().unwrap();
    assert!(ssl.is_tls() && ssl.has_cert_on_connection() && ssl.has_cert_in_session());
    assert_eq!(ssl.verify_code(), 0);
    assert!(ssl.client_cert_verified());
    assert_eq!(ssl.version(), Ok(Some("TLSv1.3")));
    assert_eq!(ssl.common_name(), Ok(Some("Cloudflare Client")));
}

fn assert_has_all_of_tls(header: &Header<'_>) {
    assert_has_certificate(header);
    let ssl = header.ssl().unwrap().unwrap();
    assert_eq!(ssl.key_algorithm(), Ok(Some("EC256")));
    assert_eq!(ssl.signature_algorithm(), Ok(Some("ecdsa-with-SHA256")));
    assert_eq!(ssl.cipher(), Ok(Some("TLS_AES_256_GCM_SHA384")));
    assert_eq!(ssl.tlvs().map(|tlv| tlv.kind).collect::<Vec<u8>>(), [0x21, 0x22, 0x25, 0x24, 0x23]);
    assert_eq!(header.authority(), Ok(Some("origin.example.test")));
}

#[test]
fn every_capture_has_its_test() {
    let tests = fs::read_to_string(folder().join("../../core/captures.rs")).unwrap();
    let mut count = 0;
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap();
        assert!(tests.contains(&format!("\"{name}\"")), "{name}");
        count += 1;
    }
    assert_eq!(count, 21);
}

#[test]
fn curl_v1_tcp4() {
    let payload = "GET / HTTP/1.1\r\nHost: 127.0.0.1:21501\r\n\
                   User-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";
    assert_v1("curl-v1-tcp4", "127.0.0.1:33108", "127.0.0.1:21501", payload);
}

#[test]
fn curl_v1_tcp6() {
    let payload =
        "GET / HTTP/1.1\r\nHost: [::1]:21502\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";
    assert_v1("curl-v1-tcp6", "[::1]:32838", "[::1]:21502", payload);
}

#[test]
fn haproxy_v1_tcp4() {
    assert_v1("haproxy-v1-tcp4", "127.0.0.1:37918", "127.0.0.1:20001", "PING\n");
}

#[test]
fn haproxy_v1_tcp6() {
    assert_v1("haproxy-v1-tcp6", "[::1]:36028", "[::1]:20003", "PING\n");
}

#[test]
fn haproxy_v1_ipv4_client_of_an_ipv6_server() {
    assert_v1("haproxy-v1-client4-server6", "127.0.0.1:58220", "127.0.0.1:20005", "PING\n");
}

#[test]
fn haproxy_v1_health_check_has_its_own_addresses_and_no_payload() {
    assert_v1("haproxy-v1-healthcheck", "127.0.0.1:36462", "127.0.0.1:21014", "");
}

#[test]
fn haproxy_v1_client_of_a_unix_socket_is_unknown() {
    let received = capture("haproxy-v1-unix-client");
    let (header, consumed) = complete(&received);
    assert_eq!((header.version(), header.family()), (Version::V1, Family::Unspec));
    assert_eq!((header.source(), header.destination()), (None, None));
    assert_eq!(received[consumed..], *b"PING\n");
}

#[test]
fn nginx_v1_tcp4() {
    assert_v1("nginx-v1-tcp4", "127.0.0.1:58992", "127.0.0.1:20101", "PING\n");
}

#[test]
fn nginx_v1_tcp6() {
    assert_v1("nginx-v1-tcp6", "[::1]:43196", "[::1]:20102", "PING\n");
}

#[test]
fn nginx_v1_ipv6_client_of_an_ipv4_server() {
    assert_v1("nginx-v1-client6-server4", "[::1]:60310", "[::1]:20103", "PING\n");
}

#[test]
fn haproxy_v2_tcp4() {
    assert_v2("haproxy-v2-tcp4", "127.0.0.1:53796", "127.0.0.1:20002", "PING\n", &[]);
}

#[test]
fn haproxy_v2_tcp6() {
    assert_v2("haproxy-v2-tcp6", "[::1]:56100", "[::1]:20004", "PING\n", &[]);
}

#[test]
fn haproxy_v2_ipv6_client_of_an_ipv4_server() {
    assert_v2("haproxy-v2-client6-server4", "[::1]:57912", "[::1]:20006", "PING\n", &[]);
}

#[test]
fn haproxy_v2_checksum() {
    let kinds = [Tlv::CRC32C];
    assert_v2("haproxy-v2-crc32c", "127.0.0.1:60868", "127.0.0.1:20007", "PING\n", &kinds);
}

#[test]
fn haproxy_v2_unique_id() {
    let payload = "GET /x HTTP/1.1\r\nhost: 127.0.0.1:20011\r\n\
                   user-agent: curl/7.88.1\r\naccept: */*\r\n\r\n";
    let (source, destination) = ("127.0.0.1:33726", "127.0.0.1:20011");
    let kinds = [Tlv::CRC32C, Tlv::UNIQUE_ID];
    assert_v2("haproxy-v2-uniqueid-crc32c", source, destination, payload, &kinds);
    let received = capture("haproxy-v2-uniqueid-crc32c");
    let (header, _) = complete(&received);
    assert_eq!(header.unique_id(), Ok(Some(&b"5efb9cc8-42d3-40f1-93b4-a26c3361198c"[..])));
}

#[test]
fn haproxy_v2_tls_without_a_certificate_is_not_verified() {
    assert_v2("haproxy-v2-ssl", "127.0.0.1:35774", "127.0.0.1:20009", "PING\n", &[Tlv::SSL]);
    let received = capture("haproxy-v2-ssl");
    let ssl = complete(&received).0.ssl().unwrap().unwrap();
    assert!(ssl.is_tls() && !ssl.has_cert_on_connection() && !ssl.has_cert_in_session());
    assert_eq!(ssl.verify_code(), 0);
    assert!(!ssl.client_cert_verified());
    assert_eq!((ssl.version(), ssl.common_name()), (Ok(Some("TLSv1.3")), Ok(None)));
}

#[test]
fn haproxy_v2_common_name() {
    assert_v2("haproxy-v2-ssl-cn", "127.0.0.1:45908", "127.0.0.1:20010", "PING\n", &[Tlv::SSL]);
    assert_has_certificate(&complete(&capture("haproxy-v2-ssl-cn")).0);
}

#[test]
fn haproxy_v2_all_of_tls() {
    let (source, destination) = ("127.0.0.1:57844", "127.0.0.1:20008");
    let kinds = [Tlv::CRC32C, Tlv::ALPN, Tlv::AUTHORITY, Tlv::SSL];
    assert_v2("haproxy-v2-ssl-all-clientcert", source, destination, "PING\n", &kinds);
    let received = capture("haproxy-v2-ssl-all-clientcert");
    let (header, _) = complete(&received);
    assert_eq!(header.alpn(), Ok(Some(&b"h2"[..])));
    assert_has_all_of_tls(&header);
}

#[test]
fn haproxy_v2_everything() {
    let payload = "GET /x HTTP/1.1\r\nhost: origin.example.test:20012\r\n\
                   user-agent: curl/7.88.1\r\naccept: */*\r\n\r\n";
    let (source, destination) = ("127.0.0.1:48508", "127.0.0.1:20012");
    let kinds = [Tlv::CRC32C, Tlv::ALPN, Tlv::AUTHORITY, Tlv::UNIQUE_ID, Tlv::SSL];
    assert_v2("haproxy-v2-everything-http", source, destination, payload, &kinds);
    let received = capture("haproxy-v2-everything-http");
    let (header, _) = complete(&received);
    assert_eq!(header.alpn(), Ok(Some(&b"http/1.1"[..])));
    let unique_id = &b"7F000001:BD7C_7F000001:4E2C_6B036449_000D:5864"[..];
    assert_eq!(header.unique_id(), Ok(Some(unique_id)));
    assert_has_all_of_tls(&header);
}

#[test]
fn haproxy_v2_health_check() {
    assert_local("haproxy-v2-local-healthcheck", &[]);
}

#[test]
fn haproxy_v2_health_check_with_a_checksum() {
    assert_local("haproxy-v2-local-crc32c-healthcheck", &[Tlv::CRC32C]);
}
