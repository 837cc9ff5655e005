//! From and to the messages of the crate `siwe`.

use thiserror::Error;

use crate::{Grammar, Message, ParseError};

/// The crate `siwe` would write another text for this message, of which the signature is not: it has no
/// scheme, and no empty statement or list of resources.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the crate siwe has no such message")]
#[expect(clippy::exhaustive_structs, reason = "there is no more to say")]
pub struct Unrepresentable;

impl TryFrom<&Message<'_>> for ::siwe::Message {
    type Error = Unrepresentable;

    fn try_from(message: &Message<'_>) -> Result<Self, Unrepresentable> {
        let converted: Self = message.as_str().parse().map_err(|_| Unrepresentable)?;
        if converted.to_string() == message.as_str() { Ok(converted) } else { Err(Unrepresentable) }
    }
}

impl TryFrom<&::siwe::Message> for Message<'static> {
    type Error = ParseError;

    fn try_from(message: &::siwe::Message) -> Result<Self, ParseError> {
        Ok(Message::parse(&message.to_string(), Grammar::Practice)?.into_owned())
    }
}
