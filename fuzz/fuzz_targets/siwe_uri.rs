//! A text as a message's URI, as a resource and as an audience's URI: one where `iri-string` says that
//! it is a URI of RFC 3986; and as a domain: one where it is an authority to `iri-string`, with a host and
//! without userinfo, and whose port is a port.

#![no_main]

use alloy_primitives::Address;
use iri_string::types::UriStr;
use libfuzzer_sys::fuzz_target;
use siwe_session::{Audience, Grammar, Message};

fuzz_target!(|text: &str| {
    let is_uri = UriStr::new(text).is_ok() && text.len() <= 1024;
    let audience = Audience::origin("https://plue.dev").unwrap().uri(text);
    assert_eq!(audience.is_ok(), is_uri, "of an audience");

    let uri = |message: &Message<'_>| message.uri() == text;
    assert_eq!(message(DOMAIN, text, URI, uri), is_uri, "URI");
    let resource = |message: &Message<'_>| message.resources().eq([text]);
    assert_eq!(message(DOMAIN, URI, text, resource), is_uri, "resource");
    let domain = |message: &Message<'_>| message.scheme().is_none() && message.domain() == text;
    assert_eq!(message(text, URI, URI, domain), is_domain(text), "domain");
});

/// Whether there is a message of these parts, and this holds for it.
fn message(domain: &str, uri: &str, resource: &str, holds: impl Fn(&Message<'_>) -> bool) -> bool {
    let address = Address::ZERO;
    let text = format!(
        "{domain} wants you to sign in with your Ethereum account:\n{address}\n\n\n\
         URI: {uri}\nVersion: 1\nChain ID: 1\nNonce: abcdefgh\nIssued At: 2026-11-22T12:00:00Z\n\
         Resources:\n- {resource}"
    );
    let practice = Message::parse(&text, Grammar::Practice);
    let is_strict = Message::parse(&text, Grammar::Strict).is_ok();
    let has_escape =
        [uri, resource].iter().any(|uri| ESCAPES.iter().any(|it| uri.to_lowercase().contains(it)));
    assert_eq!(is_strict, practice.is_ok() && !has_escape, "strict");
    practice.is_ok_and(|message| holds(&message))
}

fn is_domain(text: &str) -> bool {
    let uri = format!("x://{text}");
    let Ok(uri) = UriStr::new(&uri) else { return false };
    let Some(authority) = uri.authority_components() else { return false };
    // Without leading zeros.
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|it| it > 0 && it.to_string() == port);
    uri.authority_str() == Some(text)
        && authority.userinfo().is_none()
        && !authority.host().is_empty()
        && authority.port().is_none_or(is_port)
        && text.len() <= 261
}

/// What the strict grammar does not take of URIs.
const ESCAPES: [&str; 3] = ["%00", "%0a", "%0d"];

const DOMAIN: &str = "plue.dev";
const URI: &str = "https://plue.dev/login";
