//! What is a message, and how it is told what is not: by line and field.

use siwe_session::{Field, Grammar, Message, ParseError, Problem};

/// All of a message's lines, with the statement in the fourth.
const FULL: &str = "https://plue.dev:8443 wants you to sign in with your Ethereum account:
0xA0Cf798816D4b9b9866b5330EEa46a18382f251e

Hello, it's me

URI: https://plue.dev/login?a=b#c
Version: 1
Chain ID: 8453
Nonce: 32891756
Issued At: 2026-11-22T12:00:00.000Z
Expiration Time: 2026-11-22T12:10:00Z
Not Before: 2026-11-22T11:59:00+00:00
Request ID: a1:b2@c3!
Resources:
- https://plue.dev/a
- ipfs://bafy/";

fn parse(text: &str) -> Result<Message<'_>, ParseError> {
    Message::parse(text, Grammar::Practice)
}

/// The message with this line in the place of that one; the first is 1.
fn with(number: usize, line: &str) -> String {
    let lines = FULL.split('\n').enumerate();
    let lines: Vec<_> =
        lines.map(|(index, old)| if index + 1 == number { line } else { old }).collect();
    lines.join("\n")
}

fn error(text: &str) -> (u16, Field, Problem) {
    let error = parse(text).unwrap_err();
    (error.line(), error.field(), error.problem())
}

#[test]
fn every_field_is_read_and_the_text_kept() {
    let message = parse(FULL).unwrap();
    assert_eq!(message.as_str(), FULL);
    assert_eq!(message.to_string(), FULL);
    assert_eq!(message.scheme(), Some("https"));
    assert_eq!(message.domain(), "plue.dev:8443");
    assert_eq!(message.address().to_string(), "0xA0Cf798816D4b9b9866b5330EEa46a18382f251e");
    assert_eq!(message.statement(), Some("Hello, it's me"));
    assert_eq!(message.uri(), "https://plue.dev/login?a=b#c");
    assert_eq!(message.chain_id(), 8453);
    assert_eq!(message.nonce(), "32891756");
    assert_eq!(message.issued_at().to_string(), "2026-11-22T12:00:00Z");
    assert_eq!(message.expiration_time().unwrap().to_string(), "2026-11-22T12:10:00Z");
    assert_eq!(message.not_before().unwrap().to_string(), "2026-11-22T11:59:00Z");
    assert_eq!(message.request_id(), Some("a1:b2@c3!"));
    let resources: Vec<_> = message.resources().collect();
    assert_eq!(resources, ["https://plue.dev/a", "ipfs://bafy/"]);
    assert_eq!(message.clone().into_owned(), message);
}

#[test]
fn no_statement_and_an_empty_one_are_two_texts() {
    let without = FULL.replace("Hello, it's me\n", "");
    assert_eq!(parse(&without).unwrap().statement(), None);
    let empty = FULL.replace("Hello, it's me", "");
    assert_eq!(parse(&empty).unwrap().statement(), Some(""));
    assert_ne!(parse(&without).unwrap().hash(), parse(&empty).unwrap().hash());
    assert_eq!(error(&FULL.replace("Hello, it's me\n", "\n\n")).1, Field::Uri);
}

#[test]
fn every_line_must_be_there_as_it_is_and_the_error_names_it() {
    for (number, line, field, problem) in [
        (
            1,
            "plue.dev wants you to sign in with your Ethereum account",
            Field::Domain,
            Problem::Missing,
        ),
        (
            1,
            "plue.dev  wants you to sign in with your Ethereum account:",
            Field::Domain,
            Problem::Malformed,
        ),
        (
            1,
            "1a://plue.dev wants you to sign in with your Ethereum account:",
            Field::Scheme,
            Problem::Malformed,
        ),
        (
            1,
            "a@plue.dev wants you to sign in with your Ethereum account:",
            Field::Domain,
            Problem::Malformed,
        ),
        (1, " wants you to sign in with your Ethereum account:", Field::Domain, Problem::Malformed),
        (
            1,
            "plue.dev: wants you to sign in with your Ethereum account:",
            Field::Domain,
            Problem::Malformed,
        ),
        (
            1,
            "plue.dev:01 wants you to sign in with your Ethereum account:",
            Field::Domain,
            Problem::Malformed,
        ),
        (
            1,
            "plue.dev:65536 wants you to sign in with your Ethereum account:",
            Field::Domain,
            Problem::Malformed,
        ),
        (
            1,
            "[::1 wants you to sign in with your Ethereum account:",
            Field::Domain,
            Problem::Malformed,
        ),
        (
            1,
            "[::1]x wants you to sign in with your Ethereum account:",
            Field::Domain,
            Problem::Malformed,
        ),
        (2, "A0Cf798816D4b9b9866b5330EEa46a18382f251e", Field::Address, Problem::Malformed),
        (2, "0xA0Cf798816D4b9b9866b5330EEa46a18382f251", Field::Address, Problem::Malformed),
        (2, "0x0xCf798816D4b9b9866b5330EEa46a18382f251e", Field::Address, Problem::Malformed),
        (2, "0x0xA0Cf798816D4b9b9866b5330EEa46a18382f251e", Field::Address, Problem::Malformed),
        (2, "0xA0Cf798816D4b9b9866b5330EEa46a18382f251E", Field::Address, Problem::Checksum),
        (3, "x", Field::Statement, Problem::Unexpected),
        (4, "tab\t", Field::Statement, Problem::Malformed),
        (4, "é", Field::Statement, Problem::Malformed),
        (5, " ", Field::Statement, Problem::Unexpected),
        (6, "URI:https://plue.dev", Field::Uri, Problem::Missing),
        (6, "URI: ", Field::Uri, Problem::Malformed),
        (6, "URI: /login", Field::Uri, Problem::Malformed),
        (6, "URI: https://plue.dev/%zz", Field::Uri, Problem::Malformed),
        (6, "URI: https://plue.dev/a b", Field::Uri, Problem::Malformed),
        (7, "Version: 2", Field::Version, Problem::Malformed),
        (7, "version: 1", Field::Version, Problem::Missing),
        (8, "Chain ID: ", Field::ChainId, Problem::Malformed),
        (8, "Chain ID: 01", Field::ChainId, Problem::Malformed),
        (8, "Chain ID: +1", Field::ChainId, Problem::Malformed),
        (8, "Chain ID: 18446744073709551616", Field::ChainId, Problem::Malformed),
        (9, "Nonce: 3289175", Field::Nonce, Problem::Malformed),
        (9, "Nonce: 3289175-", Field::Nonce, Problem::Malformed),
        (10, "Issued At: 2026-02-29T12:00:00Z", Field::IssuedAt, Problem::Malformed),
        (11, "Expiration Time: 2026-11-22T12:00:00Z", Field::ExpirationTime, Problem::NeverValid),
        (11, "Expiration Time: never", Field::ExpirationTime, Problem::Malformed),
        (12, "Not Before: ", Field::NotBefore, Problem::Malformed),
        (13, "Request ID: a/b", Field::RequestId, Problem::Malformed),
        (14, "Resources: ", Field::Message, Problem::Unexpected),
        (15, "-https://plue.dev", Field::Resources, Problem::Missing),
        (15, "- plue.dev", Field::Resources, Problem::Malformed),
        (16, "", Field::Resources, Problem::Missing),
    ] {
        let line_of_error = u16::try_from(number).unwrap();
        assert_eq!(error(&with(number, line)), (line_of_error, field, problem), "{line:?}");
    }
    // It ends when it starts never to be valid, too.
    let never = with(12, "Not Before: 2026-11-22T12:10:00Z");
    assert_eq!(error(&never), (11, Field::ExpirationTime, Problem::NeverValid));
}

#[test]
fn what_is_in_between_or_behind_is_refused() {
    for after in 1..=16 {
        let mut lines: Vec<_> = FULL.split('\n').collect();
        lines.insert(after, "x");
        assert!(parse(&lines.join("\n")).is_err(), "after line {after}");
    }
    for text in [format!("{FULL}\n"), format!("\n{FULL}"), FULL.replace('\n', "\r\n")] {
        assert!(parse(&text).is_err());
    }
    assert_eq!(error("").1, Field::Domain);
    let cut = FULL.split_once("\nVersion").unwrap().0;
    assert_eq!(error(cut), (7, Field::Version, Problem::Missing));
}

#[test]
fn no_field_is_longer_than_its_limit() {
    let a = |count| "a".repeat(count);
    let domain = |name: &str| format!("{name} wants you to sign in with your Ethereum account:");
    for (number, longest, field) in [
        (1, domain(&a(261)), Field::Domain),
        (4, a(1024), Field::Statement),
        (6, format!("URI: a:{}", a(1022)), Field::Uri),
        (9, format!("Nonce: {}", a(128)), Field::Nonce),
        (13, format!("Request ID: {}", a(128)), Field::RequestId),
        (16, format!("- a:{}", a(1022)), Field::Resources),
    ] {
        assert!(parse(&with(number, &longest)).is_ok(), "{field}");
        let longer = if number == 1 { domain(&a(262)) } else { longest + "a" };
        let line = u16::try_from(number).unwrap();
        assert_eq!(error(&with(number, &longer)), (line, field, Problem::TooLong));
    }
    let resources = |count| format!("{FULL}{}", "\n- a:b".repeat(count));
    assert!(parse(&resources(14)).is_ok());
    assert_eq!(error(&resources(15)), (31, Field::Resources, Problem::TooMany));
    let padded = |length: usize| {
        let text = with(4, &a(1024));
        let text = text.replace("- ipfs://bafy/", &format!("- a:{}\n- a:{}", a(1000), a(1000)));
        let rest = length - text.len() - "\n- a:".len();
        format!("{text}\n- a:{}", a(rest))
    };
    assert!(parse(&padded(4096)).is_ok());
    assert_eq!(error(&padded(4097)), (1, Field::Message, Problem::TooLong));
}

#[test]
fn the_letter_of_the_specification_takes_less() {
    assert!(Message::parse(FULL, Grammar::Strict).is_ok());
    for (number, line, field) in [
        (2, "0xa0cf798816d4b9b9866b5330eea46a18382f251e", Field::Address),
        (2, "0xA0CF798816D4B9B9866B5330EEA46A18382F251E", Field::Address),
        (4, "100% \"sure\"", Field::Statement),
        (6, "URI: https://plue.dev/%0a", Field::Uri),
        (6, "URI: https://plue.dev/%0D", Field::Uri),
        (15, "- https://plue.dev/%00", Field::Resources),
    ] {
        let text = with(number, line);
        assert!(parse(&text).is_ok(), "{line}");
        assert_eq!(Message::parse(&text, Grammar::Strict).unwrap_err().field(), field, "{line}");
    }
    for allowed in ["URI: https://plue.dev/%0b", "URI: https://plue.dev/%1a0a"] {
        assert!(Message::parse(&with(6, allowed), Grammar::Strict).is_ok(), "{allowed}");
    }
}

#[test]
fn a_statement_to_the_letter_has_the_characters_of_uris_and_spaces_alone() {
    for byte in (0..=0x7F_u8).map(char::from).filter(|byte| *byte != '\n') {
        let text = with(4, &format!("a{byte}"));
        let is_printable = (' '..='~').contains(&byte);
        let is_of_uris = byte.is_ascii_alphanumeric() || " :/?#[]@!$&'()*+,;=-._~".contains(byte);
        assert_eq!(parse(&text).is_ok(), is_printable, "{byte:?}");
        assert_eq!(Message::parse(&text, Grammar::Strict).is_ok(), is_of_uris, "{byte:?}");
    }
}

#[test]
fn a_chain_is_any_number_of_64_bits_in_its_one_form() {
    for (text, number) in [("0", 0), ("10", 10), ("18446744073709551615", u64::MAX)] {
        let text = with(8, &format!("Chain ID: {text}"));
        assert_eq!(parse(&text).unwrap().chain_id(), number);
    }
    for wrong in ["", "00", "01", "-1", "1.0", "0x1", "1 ", "18446744073709551616"] {
        let text = with(8, &format!("Chain ID: {wrong}"));
        assert_eq!(error(&text), (8, Field::ChainId, Problem::Malformed), "{wrong:?}");
    }
}
