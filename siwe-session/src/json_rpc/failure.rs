use thiserror::Error;

/// Why a node did not answer. Carries nothing that the node wrote but numbers, and no address.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("no node is named for the chain")]
    NoNode,
    #[error("32 questions to the node are under way")]
    Busy,
    #[error("the node did not tell its chain within the last 10 seconds")]
    Resting,
    #[error("the node is on chain {0}")]
    OtherChain(u64),
    #[error("the node cannot be reached")]
    Connection(#[source] reqwest::Error),
    #[error("the node took longer than 3 seconds")]
    Timeout,
    #[error("the node answered with HTTP status {0}")]
    Status(u16),
    #[error("the node's answer is over 64 KiB")]
    TooLarge,
    #[error("the node's answer is not one of JSON-RPC 2.0 to this question")]
    Malformed,
    #[error("the node answered with the JSON-RPC error {0}")]
    Refused(i64),
}

impl Failure {
    pub(super) fn connection(error: reqwest::Error) -> Self {
        // The address may hold a key.
        Self::Connection(error.without_url())
    }

    /// Whether it is the node's doing. A contract answers with as much as it likes, and whoever signs in
    /// may have made it.
    pub(super) fn is_of_node(&self) -> bool {
        !matches!(self, Self::TooLarge)
    }
}
