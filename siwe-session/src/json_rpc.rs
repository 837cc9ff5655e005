//! Contracts, asked through nodes that speak JSON-RPC.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::Arc;

use reqwest::Url;

use crate::contract::{ContractCall, ContractError, ContractFuture, ContractVerifier};
use crate::error::ConfigError;

mod answer;
mod client;
mod failure;
mod node;

use failure::Failure;
use node::Node;

/// Asks contracts through nodes of yours, one for each chain: a [`ContractVerifier`]. Cloning shares
/// one value.
///
/// ```no_run
/// use siwe_session::JsonRpc;
///
/// let nodes = JsonRpc::new([
///     (1, "https://ethereum.example/v2/key"),
///     (8453, "https://base.example/v2/key"),
/// ])?;
/// # Ok::<(), siwe_session::ConfigError>(())
/// ```
///
/// A node is believed: whoever answers in its place can sign in as any contract. Name nodes that are
/// yours, or whose operator you trust so far. Before its first question a node is asked on which chain
/// it is (`eth_chainId`), once; one that is on another is never asked anything else. If it does not
/// tell, it is asked again when the next question comes, but not within 10 seconds.
///
/// A question is one `eth_call` at the block `latest`. It is answered if the node says what the contract
/// returned, that there is no contract, or that it failed. Whatever else comes is a [`ContractError`],
/// and nothing is asked again:
///
/// | limit | |
/// |---|---|
/// | for a question in all, with that for the chain | 3 seconds |
/// | of an answer | 64 KiB |
/// | questions to a node at once; one more is refused, not queued | 32 |
///
/// Over TLS by rustls on aws-lc-rs, with the system's root certificates. No redirect is followed, no
/// answer decompressed, and the environment's proxies are not used. It needs a Tokio runtime with I/O
/// and time.
///
/// Uses its own provider and installs none for the process. The feature `json-rpc` compiles that provider
/// into rustls, though: a process that also has another one compiled in must name the one that it wants
/// wherever it makes a rustls configuration.
///
/// A node's address often holds a key, so no address is in an error, a log or what `Debug` writes.
#[derive(Clone)]
pub struct JsonRpc {
    nodes: Arc<BTreeMap<u64, Node>>,
}

impl JsonRpc {
    /// Through these nodes, each with the chain (EIP-155) that it is on. `https`; `http` for `localhost`,
    /// `127.0.0.1` and `[::1]`.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::NodeUrl`] for another address.
    /// 2. [`ConfigError::Chains`] for chain 0, and without a node.
    /// 3. [`ConfigError::ChainTwice`] for a second node of a chain.
    /// 4. [`ConfigError::Tls`] if the system has no usable root certificates.
    pub fn new<U: AsRef<str>>(
        nodes: impl IntoIterator<Item = (u64, U)>,
    ) -> Result<Self, ConfigError> {
        let client = client::new()?;
        let mut named = BTreeMap::new();
        for (chain_id, url) in nodes {
            let url = node_url(url.as_ref()).ok_or(ConfigError::NodeUrl)?;
            if chain_id == 0 {
                return Err(ConfigError::Chains);
            }
            let Entry::Vacant(entry) = named.entry(chain_id) else {
                return Err(ConfigError::ChainTwice);
            };
            entry.insert(Node::new(chain_id, url, client.clone()));
        }
        if named.is_empty() {
            return Err(ConfigError::Chains);
        }
        Ok(Self { nodes: Arc::new(named) })
    }
}

impl ContractVerifier for JsonRpc {
    fn is_valid_signature(&self, call: ContractCall) -> ContractFuture<'_> {
        Box::pin(async move {
            let answer = match self.nodes.get(&call.chain_id()) {
                Some(node) => node.ask(&call).await,
                None => Err(Failure::NoNode),
            };
            answer.map_err(ContractError::new)
        })
    }
}

impl fmt::Debug for JsonRpc {
    /// The chains alone: an address often holds a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chains: Vec<_> = self.nodes.keys().collect();
        f.debug_struct("JsonRpc").field("chains", &chains).finish_non_exhaustive()
    }
}

fn node_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?;
    let is_ours = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match url.scheme() {
        "https" => Some(url),
        "http" if is_ours => Some(url),
        _ => None,
    }
}
