use std::sync::Arc;

use alloy_primitives::Address;

use crate::Message;

/// That a wallet signed in: for this origin, now, and once.
///
/// Made by [`Consumed::verify`](crate::Consumed::verify) and
/// [`ContractQuestion::answer`](crate::ContractQuestion::answer) alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Login {
    message: Message<'static>,
    origin: Arc<str>,
    is_contract: bool,
}

impl Login {
    pub(crate) fn new(message: Message<'_>, origin: Arc<str>, is_contract: bool) -> Self {
        Self { message: message.into_owned(), origin, is_contract }
    }

    /// Who signed in.
    #[must_use]
    pub fn address(&self) -> Address {
        self.message.address()
    }

    /// The chain that the wallet was on (EIP-155). A contract is who it is on this chain alone.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.message.chain_id()
    }

    /// What was signed in to: one of the audience's origins.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether a contract said that the signature is its own. What it says may change with its state.
    #[must_use]
    pub fn is_contract(&self) -> bool {
        self.is_contract
    }

    /// The message that was signed.
    #[must_use]
    pub fn message(&self) -> &Message<'static> {
        &self.message
    }
}
