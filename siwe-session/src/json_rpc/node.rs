use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use alloy_primitives::hex;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout};

use super::answer::Answer;
use super::failure::Failure;
use crate::contract::ContractCall;

/// The node of one chain.
pub(super) struct Node {
    endpoint: Arc<Endpoint>,
    permits: Semaphore,
    pin: Arc<Mutex<Pin>>,
}

/// Whether the node is known to be on its chain.
#[derive(Clone, Copy)]
enum Pin {
    Unknown,
    /// Asked then, and the answer was none or another.
    Failed(Instant),
    Known,
}

impl Node {
    pub(super) fn new(chain_id: u64, url: Url, client: Client) -> Self {
        let (next_id, is_failing) = (AtomicU64::new(1), AtomicBool::new(false));
        Self {
            endpoint: Arc::new(Endpoint { chain_id, url, client, next_id, is_failing }),
            permits: Semaphore::new(MAX_AT_ONCE),
            pin: Arc::new(Mutex::new(Pin::Unknown)),
        }
    }

    /// Whether the contract says that the signature holds.
    pub(super) async fn ask(&self, call: &ContractCall) -> Result<bool, Failure> {
        let _permit = self.permits.try_acquire().map_err(|_| Failure::Busy)?;
        let question = async {
            self.pin().await?;
            self.endpoint.call(call).await
        };
        let answer = timeout(TIME_LIMIT, question).await.unwrap_or(Err(Failure::Timeout));
        self.endpoint.report(answer.as_ref().err());
        answer
    }

    /// That the node is on its chain.
    async fn pin(&self) -> Result<(), Failure> {
        // One asks, and the others wait for what it learns.
        let mut pin = Arc::clone(&self.pin).lock_owned().await;
        match *pin {
            Pin::Known => return Ok(()),
            Pin::Failed(at) if at.elapsed() < REST => return Err(Failure::Resting),
            Pin::Failed(_) | Pin::Unknown => {}
        }
        let endpoint = Arc::clone(&self.endpoint);
        // A task of its own: whoever asked can leave, and the answer serves the next.
        let asked = tokio::spawn(async move {
            let asked_at = Instant::now();
            let named = timeout(TIME_LIMIT, endpoint.check_chain());
            let named = named.await.unwrap_or(Err(Failure::Timeout));
            // Here, for if all have left, the next learns no more than that the node rests.
            if let Err(failure) = &named {
                endpoint.report(Some(failure));
            }
            *pin = if named.is_ok() { Pin::Known } else { Pin::Failed(asked_at) };
            named
        });
        // It is cancelled with the runtime.
        asked.await.unwrap_or(Err(Failure::Resting))
    }
}

/// Where the node is reached.
struct Endpoint {
    chain_id: u64,
    url: Url,
    client: Client,
    next_id: AtomicU64,
    is_failing: AtomicBool,
}

impl Endpoint {
    async fn check_chain(&self) -> Result<(), Failure> {
        let named = self.post("eth_chainId", json!([])).await?.chain_id()?;
        if named == self.chain_id { Ok(()) } else { Err(Failure::OtherChain(named)) }
    }

    async fn call(&self, call: &ContractCall) -> Result<bool, Failure> {
        let to = hex::encode_prefixed(call.address());
        let data = hex::encode_prefixed(call.calldata());
        let params = json!([{ "to": to, "data": data }, "latest"]);
        self.post("eth_call", params).await?.holds()
    }

    async fn post(&self, method: &str, params: Value) -> Result<Answer, Failure> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let question = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let request = self
            .client
            .post(self.url.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .body(question.to_string());
        let mut answer = request.send().await.map_err(Failure::connection)?;
        if answer.status() != StatusCode::OK {
            return Err(Failure::Status(answer.status().as_u16()));
        }
        let mut document = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(Failure::connection)? {
            if document.len().saturating_add(chunk.len()) > MAX_ANSWER {
                return Err(Failure::TooLarge);
            }
            document.extend_from_slice(&chunk);
        }
        Answer::read(&document, id)
    }

    /// A change is logged, once.
    fn report(&self, failure: Option<&Failure>) {
        let is_failing = match failure {
            Some(failure) if !failure.is_of_node() => return,
            failure => failure.is_some(),
        };
        // Read first: that costs nothing while it is so.
        let changes = self.is_failing.load(Ordering::Relaxed) != is_failing
            && self.is_failing.swap(is_failing, Ordering::Relaxed) != is_failing;
        #[cfg(feature = "tracing")]
        match failure {
            Some(failure) if changes => tracing::warn!(
                chain_id = self.chain_id,
                error = failure as &dyn std::error::Error,
                "the node of a chain fails: {failure}"
            ),
            None if changes => {
                tracing::warn!(chain_id = self.chain_id, "the node of a chain is back");
            }
            _ => {}
        }
        #[cfg(not(feature = "tracing"))]
        let _ = changes;
    }
}

const MAX_ANSWER: usize = 64 * 1024;
const MAX_AT_ONCE: usize = 32;
/// For a question in all.
const TIME_LIMIT: Duration = Duration::from_secs(3);
/// Between two questions for the chain.
const REST: Duration = Duration::from_secs(10);
