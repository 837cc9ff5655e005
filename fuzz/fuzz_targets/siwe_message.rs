//! Any text as a message. One that is read says, line by line, what its fields say and nothing else; it
//! keeps its bytes; made again from its fields, it has the same; what the strict grammar takes, the other
//! takes too; and the crates `siwe` and `signinwithethereum` read the same in it, but for the differences
//! that `edgeproof_fuzz::siwe_session::peers` lists.

#![no_main]

use alloy_primitives::{hex, keccak256};
use iri_string::types::UriStr;
use libfuzzer_sys::fuzz_target;
use siwe_session::{Grammar, Message, MessageBuilder, Timestamp};

use edgeproof_fuzz::siwe_session::peers::{self, ours};
use edgeproof_fuzz::siwe_session::set;

fuzz_target!(|text: &str| {
    let strict = Message::parse(text, Grammar::Strict);
    match Message::parse(text, Grammar::Practice) {
        Ok(message) => {
            check(&message, text);
            let is_strict = strict.is_ok_and(|strict| strict == message);
            assert_eq!(is_strict, self::is_strict(&message), "strict");
            made_again(&message);
            peers::check(&message);
        }
        Err(error) => {
            let lines = 1 + text.split('\n').count();
            assert!((1..=lines).contains(&usize::from(error.line())), "{error}");
            // Unless the strict grammar found something before that.
            assert!(strict.is_err_and(|strict| strict.line() <= error.line()));
        }
    }
});

fn check(message: &Message<'_>, text: &str) {
    assert_eq!(message.as_str(), text);
    assert_eq!(message.to_string(), text);
    assert_eq!(message.clone().into_owned(), *message);
    let signed = format!("\x19Ethereum Signed Message:\n{}{text}", text.len());
    assert_eq!(message.hash(), keccak256(signed));
    assert!(text.len() <= 4096);

    let mut lines = text.split('\n');
    let mut line = || lines.next().expect("a line");
    let scheme = message.scheme().map_or(String::new(), |scheme| format!("{scheme}://"));
    let domain = message.domain();
    assert_eq!(
        line(),
        format!("{scheme}{domain} wants you to sign in with your Ethereum account:")
    );
    let address = line();
    assert_eq!(hex::decode_to_array(&address[2..]), Ok(message.address().into_array()));
    assert!(address.len() == 42 && address.starts_with("0x"));
    assert_eq!(line(), "");
    if let Some(statement) = message.statement() {
        assert_eq!(line(), statement);
        assert!(statement.len() <= 1024 && statement.bytes().all(|it| (b' '..=b'~').contains(&it)));
    }
    assert_eq!(line(), "");
    assert_eq!(line(), format!("URI: {}", message.uri()));
    assert_eq!(line(), "Version: 1");
    assert_eq!(line(), format!("Chain ID: {}", message.chain_id()));
    assert_eq!(line(), format!("Nonce: {}", message.nonce()));
    let nonce = message.nonce();
    assert!((8..=128).contains(&nonce.len()) && nonce.bytes().all(|it| it.is_ascii_alphanumeric()));

    let issued_at = message.issued_at();
    is_time(line(), "Issued At: ", issued_at);
    if let Some(time) = message.expiration_time() {
        is_time(line(), "Expiration Time: ", time);
        assert!(time > issued_at && message.not_before().is_none_or(|start| time > start));
    }
    if let Some(time) = message.not_before() {
        is_time(line(), "Not Before: ", time);
    }
    if let Some(request_id) = message.request_id() {
        assert_eq!(line(), format!("Request ID: {request_id}"));
        assert!(request_id.len() <= 128 && is_pchars(request_id), "{request_id:?}");
    }
    let resources: Vec<_> = message.resources().collect();
    assert!(resources.len() <= 16);
    if let Some(head) = lines.next() {
        assert_eq!(head, "Resources:");
    }
    assert!(lines.eq(resources.iter().map(|resource| format!("- {resource}"))), "resources");

    assert!(is_host_and_port(domain), "{domain:?}");
    for uri in resources.into_iter().chain([message.uri()]) {
        assert!(uri.len() <= 1024 && UriStr::new(uri).is_ok(), "{uri:?}");
    }
}

fn is_time(line: &str, name: &str, time: Timestamp) {
    assert_eq!(line.strip_prefix(name).map(str::parse), Some(Ok(time)), "{line:?}");
}

fn is_pchars(text: &str) -> bool {
    UriStr::new(&format!("x:{text}")).is_ok() && !text.contains(['/', '?', '#'])
}

fn is_host_and_port(domain: &str) -> bool {
    let uri = format!("x://{domain}");
    let authority = UriStr::new(&uri).ok().and_then(|uri| uri.authority_components());
    authority.is_some_and(|it| {
        let is_port = |port: &str| port.parse::<u16>().is_ok_and(|it| it.to_string() == port);
        domain.len() <= 261
            && it.userinfo().is_none()
            && !it.host().is_empty()
            && it.port().is_none_or(|port| port != "0" && is_port(port))
    })
}

/// Whether it has what EIP-4361 asks for by the letter.
fn is_strict(message: &Message<'_>) -> bool {
    let checksum = format!("\n{}\n", message.address().to_checksum(None));
    let is_statement = |text: &str| !text.contains(|letter| "\"%<>\\^`{|}".contains(letter));
    let escapes = |uri: &str| {
        let uri = uri.to_lowercase();
        ["%00", "%0a", "%0d"].iter().any(|escape| uri.contains(escape))
    };
    message.as_str().contains(&checksum)
        && message.statement().is_none_or(is_statement)
        && !escapes(message.uri())
        && !message.resources().any(escapes)
}

fn made_again(message: &Message<'_>) {
    let text = |text: &str| text.to_owned();
    let mut builder = Message::builder(message.domain(), message.address())
        .uri(message.uri())
        .chain_id(message.chain_id())
        .nonce(message.nonce())
        .issued_at(message.issued_at());
    builder = set(builder, message.scheme().map(text), MessageBuilder::scheme);
    builder = set(builder, message.statement().map(text), MessageBuilder::statement);
    builder = set(builder, message.expiration_time(), MessageBuilder::expiration_time);
    builder = set(builder, message.not_before(), MessageBuilder::not_before);
    builder = set(builder, message.request_id().map(text), MessageBuilder::request_id);
    for resource in message.resources() {
        builder = builder.resource(resource);
    }
    match builder.build() {
        Ok(again) => assert_eq!(ours(&again), ours(message)),
        // Times are written in UTC, with three or nine digits of a fraction: up to 9 bytes more each.
        Err(error) => assert!(message.as_str().len() > 4096 - 3 * 9, "{error}"),
    }
}
