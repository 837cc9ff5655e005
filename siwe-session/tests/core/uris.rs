//! URIs and domains (RFC 3986): each byte in each part, and each form of a host.

use siwe_session::{Grammar, Message};

/// Whether a message may have this URI, and this domain.
fn is_message(domain: &str, uri: &str) -> bool {
    let text = format!(
        "{domain} wants you to sign in with your Ethereum account:\n\
         0xA0Cf798816D4b9b9866b5330EEa46a18382f251e\n\n\nURI: {uri}\nVersion: 1\nChain ID: 1\n\
         Nonce: abcdefgh\nIssued At: 2026-11-22T12:00:00Z"
    );
    Message::parse(&text, Grammar::Practice).is_ok()
}

fn is_uri(uri: &str) -> bool {
    is_message("plue.dev", uri)
}

fn is_domain(domain: &str) -> bool {
    is_message(domain, "a:b")
}

/// unreserved / sub-delims, of which a registered name is
const NAME: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=";

fn bytes() -> impl Iterator<Item = char> {
    (0..=0x7F_u8).map(char::from)
}

#[test]
fn each_part_of_a_uri_has_its_bytes_and_no_others() {
    for byte in bytes() {
        let is_of = |more: &str| NAME.contains(byte) || more.contains(byte);
        for (uri, is_allowed) in [
            (format!("a:b{byte}c"), is_of(":@/?#")),
            (format!("a://b/c{byte}d"), is_of(":@/?#")),
            (format!("a:?b{byte}c"), is_of(":@/?#")),
            (format!("a:#b{byte}c"), is_of(":@/?")),
            (format!("a://b{byte}c@d"), is_of(":/?#")),
            (format!("a://b{byte}c"), is_of("@/?#")),
            (format!("a://[v1.b{byte}c]"), is_of(":")),
            (format!("a{byte}c:b"), byte.is_ascii_alphanumeric() || "+-.:".contains(byte)),
            (format!("{byte}c:b"), byte.is_ascii_alphabetic()),
        ] {
            assert_eq!(is_uri(&uri), is_allowed, "{uri:?}");
        }
    }
    // No userinfo in a path makes one in the authority; and the last `@` is where the host begins.
    assert!(!is_uri("a://b@c@d"));
    assert!(is_uri("a://b/c@d@e"));
    for uri in ["", "a", ":", ":b", "a b:c", "é:b", "a:é"] {
        assert!(!is_uri(uri), "{uri:?}");
    }
    assert!(is_uri("a:"));
}

#[test]
fn an_escape_is_a_percent_sign_and_two_hexadecimal_digits() {
    for part in ["a:", "a:?", "a:#", "a://b@", "a://"] {
        for (escape, is_allowed) in [
            ("%00", true),
            ("%aF", true),
            ("%", false),
            ("%a", false),
            ("%ag", false),
            ("%ga", false),
        ] {
            assert_eq!(is_uri(&format!("{part}{escape}")), is_allowed, "{part}{escape}");
        }
    }
    assert!(!is_uri("a%41:b"));
    assert!(is_domain("a%41b") && !is_domain("a%4"));
}

#[test]
fn a_domain_is_a_host_and_a_port_if_there_is_one() {
    for byte in bytes().filter(|byte| *byte != '\n') {
        let domain = format!("a{byte}b");
        assert_eq!(is_domain(&domain), NAME.contains(byte), "{domain:?}");
    }
    for domain in
        ["a:1", "a:65535", "1.2.3.4", "1.2.3.4.5", "[::1]", "[::1]:1", "[v1F.a:b]", "[V1.a]"]
    {
        assert!(is_domain(domain), "{domain}");
    }
    for domain in [
        "",
        ":1",
        "a:",
        "a:0",
        "a:01",
        "a:65536",
        "a:-1",
        "a:+1",
        "a:1:2",
        "a@b",
        "@b",
        "[]",
        "[::1",
        "::1",
        "[::1]1",
        "[::1]:",
        "[::1]:0",
        "[::1]:x",
        "[1.2.3.4]",
        "[::1%251]",
        "[v.a]",
        "[v1.]",
        "[v1]",
        "[vg.a]",
        "[v1.%41]",
        "[v1.@]",
        "[w1.a]",
        "a[::1]",
    ] {
        assert!(!is_domain(domain), "{domain}");
    }
}
