//! How the crates `siwe` and `signinwithethereum` read a message, and which messages they do not take.

use alloy_primitives::Address;
use signinwithethereum::Message as Successor;
use siwe::Message as Siwe;
use siwe_session::{Message, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

type Difference = (&'static str, fn(&Message<'_>) -> bool);

/// What neither takes.
const BOTH: [Difference; 1] = [
    // RFC 3986 §3.2.2 has escapes in a registered name. `http::uri::Authority` has none.
    ("an escape in the domain", |message| message.domain().contains('%')),
];

/// What `siwe` 0.6.1 does not take, and its successor does.
const SIWE: [Difference; 3] = [
    // EIP-4361 has it since 2023.
    ("a scheme", |message| message.scheme().is_some()),
    // A line of its own (EIP-4361): `siwe` takes the blank line for none.
    ("an empty statement", |message| message.statement() == Some("")),
    // EIP-55 asks for no checksum of who writes all letters in one case.
    ("an address without checksum", |message| !has_checksum(message)),
];

fn has_checksum(message: &Message<'_>) -> bool {
    message.as_str().contains(&format!("\n{}\n", message.address().to_checksum(None)))
}

/// What was read of a message.
#[derive(Debug, PartialEq)]
pub struct Read {
    scheme: Option<String>,
    domain: String,
    address: Address,
    statement: Option<String>,
    uri: String,
    chain_id: u64,
    nonce: String,
    /// Issued at, expiration time, not before: in nanoseconds since 1970.
    times: [Option<i128>; 3],
    request_id: Option<String>,
    resources: Vec<String>,
}

/// What was read of this message.
pub fn ours(message: &Message<'_>) -> Read {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let time = |time: Timestamp| {
        OffsetDateTime::parse(&time.to_string(), &Rfc3339).unwrap().unix_timestamp_nanos()
    };
    Read {
        scheme: owned(message.scheme()),
        domain: message.domain().to_owned(),
        address: message.address(),
        statement: owned(message.statement()),
        uri: message.uri().to_owned(),
        chain_id: message.chain_id(),
        nonce: message.nonce().to_owned(),
        times: [Some(message.issued_at()), message.expiration_time(), message.not_before()]
            .map(|it| it.map(time)),
        request_id: owned(message.request_id()),
        resources: message.resources().map(str::to_owned).collect(),
    }
}

/// Reads it by both, and checks that they take it and read the same.
///
/// # Panics
///
/// If one does not, and the difference is not listed; or if it takes what is listed.
pub fn check(message: &Message<'_>) {
    let ours = ours(message);
    let siwe = message.as_str().parse::<Siwe>().ok().map(|it| read!(it, None));
    compare("siwe", &ours, siwe, message, &[&BOTH[..], &SIWE].concat());
    let successor = message.as_str().parse::<Successor>().ok().map(|it| read!(it, it.scheme));
    compare("signinwithethereum", &ours, successor, message, &BOTH);
}

/// Both have the same fields, but for the scheme.
macro_rules! read {
    ($message:ident, $scheme:expr) => {
        Read {
            scheme: $scheme,
            domain: $message.domain.to_string(),
            address: $message.address.into(),
            statement: $message.statement,
            uri: $message.uri.into(),
            chain_id: $message.chain_id,
            nonce: $message.nonce,
            times: [Some($message.issued_at), $message.expiration_time, $message.not_before]
                .map(|time| time.map(|time| time.as_ref().unix_timestamp_nanos())),
            request_id: $message.request_id,
            resources: $message.resources.into_iter().map(Into::into).collect(),
        }
    };
}
use read;

fn compare(
    name: &str,
    ours: &Read,
    theirs: Option<Read>,
    message: &Message<'_>,
    differences: &[Difference],
) {
    let difference = differences.iter().find(|(_, is_it)| is_it(message));
    match (difference, theirs) {
        (None, None) => panic!("{name} does not take it"),
        (None, Some(theirs)) => assert_eq!(*ours, theirs, "{name}"),
        (Some((what, _)), theirs) => assert!(theirs.is_none(), "{name} takes {what}"),
    }
}
