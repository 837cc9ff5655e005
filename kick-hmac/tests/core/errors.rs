//! The errors: each with a code and a message that say something, and nothing of the sender's.

use kick_hmac::{ConfigError, KeyError, VerifyError};

const NAME: &str = "kick-event-message-id";

const VERIFY: [VerifyError; 22] = [
    VerifyError::MissingLayer,
    VerifyError::WrongMethod,
    VerifyError::ContentEncoding,
    VerifyError::MissingHeader(NAME),
    VerifyError::RepeatedHeader(NAME),
    VerifyError::MalformedHeader(NAME),
    VerifyError::UnexpectedDrops,
    VerifyError::Stale,
    VerifyError::SentInFuture,
    VerifyError::MalformedSignature,
    VerifyError::TooLarge,
    VerifyError::TooSlow,
    VerifyError::BrokenBody,
    VerifyError::NoValidSecret,
    VerifyError::BadSignature,
    VerifyError::WrongBroadcaster,
    VerifyError::WrongCampaign,
    VerifyError::Duplicate,
    VerifyError::InFlight,
    VerifyError::Forgotten,
    VerifyError::StoreUnavailable,
    VerifyError::MalformedEvent,
];

/// All of them, in the order in which they stand in the enum.
pub(crate) fn all() -> impl Iterator<Item = VerifyError> {
    VERIFY.into_iter()
}

const CONFIG: [ConfigError; 14] = [
    ConfigError::BodyLimit,
    ConfigError::NoCampaign,
    ConfigError::NoBroadcaster,
    ConfigError::NoSecret,
    ConfigError::Lease,
    ConfigError::MessageId,
    ConfigError::Prefix,
    ConfigError::Retention,
    ConfigError::SecretEncoding,
    ConfigError::SecretTooShort,
    ConfigError::SignatureHeader,
    ConfigError::Timestamp,
    ConfigError::TooManySecrets,
    ConfigError::Window,
];

const KEY: [KeyError; 4] =
    [KeyError::Document, KeyError::Pem, KeyError::TooLarge, KeyError::Unsupported];

fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for (place, c) in name.char_indices() {
        if c.is_ascii_uppercase() && place > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The variant's name, without what it holds.
fn name(error: impl std::fmt::Debug) -> String {
    let shown = format!("{error:?}");
    shown.split('(').next().unwrap().to_owned()
}

/// The variants that the source has in its `n`th enum.
fn variants(source: &str, n: usize) -> Vec<&str> {
    let body = source.split("pub enum ").nth(n).unwrap().split("\n}\n").next().unwrap();
    let lines = body.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(','));
    let names = lines.map(|line| line.split('(').next().unwrap());
    names.filter(|name| name.chars().all(char::is_alphanumeric)).collect()
}

#[test]
fn the_lists_here_are_complete() {
    let names: Vec<String> = all().map(name).collect();
    assert_eq!(names, variants(include_str!("../../src/error/verify.rs"), 1));
    let source = include_str!("../../src/error/config.rs");
    let names: Vec<String> = CONFIG.iter().map(name).collect();
    assert_eq!(names, variants(source, 1));
    let names: Vec<String> = KEY.iter().map(name).collect();
    assert_eq!(names, variants(source, 2));
}

#[test]
fn a_code_is_the_variant_s_name_and_stays() {
    for error in all() {
        assert_eq!(error.code(), snake_case(&name(error)));
    }
    for error in KEY {
        assert_eq!(error.code(), snake_case(&name(error)));
    }
    let mut codes: Vec<&str> = all().map(|error| error.code()).collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count);
}

#[test]
fn every_message_is_a_sentence_in_lower_case_without_a_full_stop() {
    let messages = all().map(|error| error.to_string());
    let messages = messages.chain(CONFIG.iter().map(ToString::to_string));
    for message in messages.chain(KEY.iter().map(ToString::to_string)) {
        let begins_well = message.starts_with(|c: char| c.is_ascii_lowercase())
            || message.starts_with("Drops claims");
        assert!(begins_well && !message.ends_with('.'), "{message}");
        assert!(message.is_ascii() && (10..200).contains(&message.len()), "{message}");
        assert!(!message.contains("  "), "{message}");
    }
}

#[test]
fn a_message_names_the_header_it_is_about() {
    for error in [
        VerifyError::MissingHeader(NAME),
        VerifyError::RepeatedHeader(NAME),
        VerifyError::MalformedHeader(NAME),
    ] {
        assert!(error.to_string().contains(&format!("`{NAME}`")), "{error}");
    }
}

#[test]
fn no_two_messages_are_the_same() {
    let messages = all().map(|error| error.to_string());
    let messages = messages.chain(CONFIG.iter().map(ToString::to_string));
    let mut messages: Vec<_> = messages.chain(KEY.iter().map(ToString::to_string)).collect();
    let count = messages.len();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), count);
}
