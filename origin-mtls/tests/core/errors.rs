//! The errors: each with a code, a message and a hint that say something.

use origin_mtls::{ConfigError, VerifyError};

const VERIFY: [VerifyError; 38] = [
    VerifyError::MissingLayer,
    VerifyError::Closed,
    VerifyError::TooManyPending,
    VerifyError::Timeout,
    VerifyError::Handshake,
    VerifyError::NoCertificate,
    VerifyError::ChainTooLong,
    VerifyError::ChainTooLarge,
    VerifyError::BadEncoding,
    VerifyError::UnsupportedVersion,
    VerifyError::PinMismatch,
    VerifyError::CriticalExtension,
    VerifyError::Expired,
    VerifyError::NotYetValid,
    VerifyError::CaAsLeaf,
    VerifyError::IssuerNotCa,
    VerifyError::PathLength,
    VerifyError::ExtendedKeyUsage,
    VerifyError::UnknownIssuer,
    VerifyError::UnsupportedAlgorithm,
    VerifyError::BadSignature,
    VerifyError::Revoked,
    VerifyError::CrlExpired,
    VerifyError::CrlUnknown,
    VerifyError::NameConstraints,
    VerifyError::AnchorExpired,
    VerifyError::AnchorNotYetValid,
    VerifyError::UnrelatedCertificate,
    VerifyError::CrlNotYetValid,
    VerifyError::KeyUsage,
    VerifyError::KeyType,
    VerifyError::WeakKey,
    VerifyError::LeafExtension,
    VerifyError::ValidityTooLong,
    VerifyError::NotStrict,
    VerifyError::SubjectAmbiguous,
    VerifyError::SubjectEncoding,
    VerifyError::SubjectMismatch,
];

const OF_NAMES_AND_REQUESTS: [VerifyError; 3] =
    [VerifyError::SanMismatch, VerifyError::SanAmbiguous, VerifyError::HostMismatch];

pub(crate) fn all() -> impl Iterator<Item = VerifyError> {
    VERIFY.into_iter().chain(OF_NAMES_AND_REQUESTS)
}

const CONFIG: [ConfigError; 24] = [
    ConfigError::AnchorUnsupported,
    ConfigError::AnchorMalformed,
    ConfigError::AnchorNotCa,
    ConfigError::AnchorNotStrict,
    ConfigError::CloudflareSharedCa,
    ConfigError::CloudflareOriginCa,
    ConfigError::CrlMalformed,
    ConfigError::CrlSignature,
    ConfigError::CrlSigner,
    ConfigError::CrlUnsupported,
    ConfigError::Host,
    ConfigError::KeyMismatch,
    ConfigError::Limits,
    ConfigError::Name,
    ConfigError::NoAnchor,
    ConfigError::NoCrl,
    ConfigError::NoHost,
    ConfigError::Pem,
    ConfigError::Pin,
    ConfigError::PrivateKey,
    ConfigError::Provider,
    ConfigError::ServerCertificate,
    ConfigError::ServerKey,
    ConfigError::TooMany,
];

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

/// The variants that the source has.
fn variants(source: &str) -> Vec<&str> {
    let body = source.split("pub enum ").nth(1).unwrap().split("\n}\n").next().unwrap();
    let names = body.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(','));
    names.filter(|name| name.chars().all(char::is_alphanumeric)).collect()
}

#[test]
fn the_lists_here_are_complete() {
    let names: Vec<String> = all().map(|error| format!("{error:?}")).collect();
    assert_eq!(names, variants(include_str!("../../src/error/verify.rs")));
    let names: Vec<String> = CONFIG.iter().map(|error| format!("{error:?}")).collect();
    assert_eq!(names, variants(include_str!("../../src/error/config.rs")));
}

#[test]
fn a_code_is_the_variant_s_name_and_stays() {
    for error in all() {
        assert_eq!(error.code(), snake_case(&format!("{error:?}")));
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
    for message in messages.chain(CONFIG.iter().map(ToString::to_string)) {
        let begins_well = message.starts_with(|c: char| c.is_ascii_lowercase())
            || message.starts_with("Cloudflare");
        assert!(begins_well && !message.ends_with('.'), "{message}");
        assert!(message.is_ascii() && (15..200).contains(&message.len()), "{message}");
        assert!(!message.contains("  "), "{message}");
    }
}

#[test]
fn every_hint_says_what_to_do() {
    let mut hints: Vec<&str> = all().map(|error| error.hint()).collect();
    for hint in &hints {
        assert!((20..300).contains(&hint.len()), "{hint}");
        assert!(!hint.ends_with('.') && !hint.contains("  "), "{hint}");
    }
    hints.sort_unstable();
    hints.dedup();
    // Of the three that a wrong clock makes there is one hint.
    assert!(hints.len() >= all().count() - 2, "{}", hints.len());
}

#[test]
fn no_two_messages_are_the_same() {
    let messages = all().map(|error| error.to_string());
    let mut messages: Vec<_> = messages.chain(CONFIG.iter().map(ToString::to_string)).collect();
    let count = messages.len();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), count);
}
