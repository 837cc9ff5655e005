//! No text breaks out of its field.

use siwe_session::{Field, Message, MessageBuilder, Problem};

use crate::{now, wallet};

fn message() -> MessageBuilder {
    Message::builder("plue.dev", wallet().address())
        .uri("https://plue.dev")
        .chain_id(1)
        .nonce("abcdefgh")
        .issued_at(now())
}

#[test]
fn a_message_has_what_it_was_given() {
    let built = message().scheme("https").statement("Hi").request_id("r").resource("a:b");
    let built = built.expiration_time(now() + crate::MINUTE).not_before(now()).build().unwrap();
    let expected = "https://plue.dev wants you to sign in with your Ethereum account:\n\
        0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1\n\nHi\n\nURI: https://plue.dev\nVersion: 1\n\
        Chain ID: 1\nNonce: abcdefgh\nIssued At: 2026-11-22T12:00:00.000Z\n\
        Expiration Time: 2026-11-22T12:01:00.000Z\nNot Before: 2026-11-22T12:00:00.000Z\n\
        Request ID: r\nResources:\n- a:b"
        .replace(".000Z", "Z");
    assert_eq!(built.as_str(), expected);
}

#[test]
fn a_line_end_in_any_field_is_refused() {
    let injected = "x\nURI: https://evil.com";
    for (message, field) in [
        (message().scheme(injected), Field::Scheme),
        (message().statement(injected), Field::Statement),
        (message().statement("a\n"), Field::Statement),
        (message().uri(injected), Field::Uri),
        (message().nonce("abcdefgh\nIssued At: 2026-11-22T12:00:00Z"), Field::Nonce),
        (message().request_id(injected), Field::RequestId),
        (message().resource("a:b\n- c:d"), Field::Resources),
    ] {
        let error = message.build().unwrap_err();
        assert_eq!((error.field(), error.problem()), (field, Problem::Malformed));
    }
    let domain = Message::builder("a\nb", wallet().address());
    assert_eq!(domain.build().unwrap_err().field(), Field::Domain);
}

#[test]
fn a_scheme_in_the_domain_is_refused() {
    let in_domain = Message::builder("https://plue.dev", wallet().address())
        .uri("https://plue.dev")
        .chain_id(1)
        .nonce("abcdefgh")
        .issued_at(now());
    assert_eq!(in_domain.build().unwrap_err().field(), Field::Domain);
    assert_eq!(message().scheme("a://b").build().unwrap_err().field(), Field::Domain);
}

#[test]
fn what_is_mandatory_is_named() {
    let empty = || Message::builder("plue.dev", wallet().address());
    let field = |message: MessageBuilder| {
        let error = message.build().unwrap_err();
        assert_eq!(error.problem(), Problem::Missing);
        error.field()
    };
    assert_eq!(field(empty()), Field::Uri);
    assert_eq!(field(empty().uri("a:b")), Field::ChainId);
    assert_eq!(field(empty().uri("a:b").chain_id(1)), Field::Nonce);
    assert_eq!(field(empty().uri("a:b").chain_id(1).nonce("abcdefgh")), Field::IssuedAt);
}

#[test]
fn an_error_names_the_line_that_it_would_be_in() {
    let empty = || Message::builder("plue.dev", wallet().address());
    for (message, line) in [
        (message().scheme("a\nb"), 1),
        (Message::builder("a\nb", wallet().address()), 1),
        (message().statement("a\nb"), 4),
        (message().uri("a\nb"), 5),
        (message().nonce("a\nb"), 8),
        (message().request_id("a\nb"), 10),
        (message().resource("a:b").resource("a\nb"), 12),
        (message().statement("a").request_id("a").resource("a\nb"), 13),
        (empty(), 5),
        (empty().uri("a:b"), 7),
        (empty().uri("a:b").chain_id(1), 8),
        (empty().uri("a:b").chain_id(1).nonce("abcdefgh"), 9),
    ] {
        let error = message.clone().build().unwrap_err();
        assert_eq!(error.line(), line, "{message:?}");
    }
}
