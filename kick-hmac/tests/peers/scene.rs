//! A service behind the layer in this process, and what it tells of its messages.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use kick_hmac::testing::KickSigner;
use kick_hmac::{Broadcasters, KickHmac, Replays, VerifyError};
use tokio::sync::watch;
use tokio::time::sleep;
use tower::{Layer, ServiceExt, service_fn};

use crate::{BODY, BROADCASTER, EVENT_TYPE, within};

/// Cloning shares one value.
#[derive(Clone)]
pub(crate) struct Scene {
    signer: Arc<KickSigner>,
    kick: KickHmac,
    /// What the handler answers with, once it answers at all.
    answers: Arc<watch::Sender<Option<StatusCode>>>,
    runs: Arc<watch::Sender<usize>>,
    outcomes: Arc<Mutex<Vec<&'static str>>>,
}

/// A message as it comes, any number of times.
pub(crate) type Message = Request<Full<Bytes>>;

impl Scene {
    /// With the shortest lease, for what is handled again after it.
    pub(crate) fn new(store: impl Into<Replays>) -> Self {
        Self::with_lease(store, SHORT_LEASE)
    }

    /// With a lease that does not run out while a test runs.
    pub(crate) fn with_long_lease(store: impl Into<Replays>) -> Self {
        Self::with_lease(store, LONG_LEASE)
    }

    pub(crate) fn with_lease(store: impl Into<Replays>, lease: Duration) -> Self {
        let signer = KickSigner::new();
        let outcomes = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&outcomes);
        let broadcasters = Broadcasters::only([BROADCASTER]);
        let builder = KickHmac::builder(signer.keys(), broadcasters, store)
            .lease(lease)
            .on_outcome(move |code| heard.lock().unwrap().push(code));
        Self {
            signer: Arc::new(signer),
            kick: builder.build().unwrap(),
            answers: Arc::new(watch::Sender::new(Some(HANDLED))),
            runs: Arc::new(watch::Sender::new(0)),
            outcomes,
        }
    }

    /// A message with an id of its own.
    pub(crate) fn message(&self) -> Message {
        self.signer.event(EVENT_TYPE, BODY).request()
    }

    /// One with the id of another's, which had to be signed again.
    pub(crate) fn message_like(&self, other: &Message) -> Message {
        self.signer.event(EVENT_TYPE, BODY).id(id(other).parse().unwrap()).request()
    }

    /// From now on handlers do not come to an end.
    pub(crate) fn hold(&self) {
        self.answers.send_replace(None);
    }

    /// From now on handlers answer so, also those that were held.
    pub(crate) fn answer_with(&self, status: StatusCode) {
        self.answers.send_replace(Some(status));
    }

    /// How often the handler was entered.
    pub(crate) fn runs(&self) -> usize {
        *self.runs.borrow()
    }

    /// Waits until the handler was entered so often.
    pub(crate) async fn has_run(&self, times: usize) {
        let mut runs = self.runs.subscribe();
        within("a handler", runs.wait_for(|runs| *runs >= times)).await.unwrap();
    }

    /// What has become of deliveries until now.
    pub(crate) fn outcomes(&self) -> Vec<&'static str> {
        self.outcomes.lock().unwrap().clone()
    }

    /// How often this was the outcome of a delivery.
    pub(crate) fn count(&self, outcome: &str) -> usize {
        self.outcomes().into_iter().filter(|code| *code == outcome).count()
    }

    /// Delivers it once.
    pub(crate) async fn deliver(&self, message: &Message) -> Response<Full<Bytes>> {
        let handler = (Arc::clone(&self.answers), Arc::clone(&self.runs));
        let service = self.kick.layer().layer(service_fn(move |_: Message| {
            let (answers, runs) = handler.clone();
            async move {
                runs.send_modify(|runs| *runs += 1);
                let mut answers = answers.subscribe();
                let status = answers.wait_for(Option::is_some).await.unwrap().unwrap();
                let mut response = Response::new(Full::default());
                *response.status_mut() = status;
                Ok::<_, VerifyError>(response)
            }
        }));
        within("an answer", service.oneshot(message.clone())).await.unwrap()
    }

    /// Delivers it, and again while the answer is that it may be handled later, as Kick does. The status
    /// that it ends with.
    pub(crate) async fn deliver_until_settled(&self, message: &Message) -> StatusCode {
        let settled = async {
            loop {
                let response = self.deliver(message).await;
                if response.status() != StatusCode::SERVICE_UNAVAILABLE {
                    return response.status();
                }
                assert!(response.headers().contains_key("retry-after"));
                sleep(SOON).await;
            }
        };
        within("an answer other than 503", settled).await
    }

    /// Asserts that a delivery of it is answered with 503 for want of a store, and not handled.
    pub(crate) async fn is_put_off(&self, message: &Message) {
        let (runs, heard) = (self.runs(), self.count(UNAVAILABLE));
        let response = self.deliver(message).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "2");
        let reason = response.extensions().get::<VerifyError>();
        assert_eq!(reason, Some(&VerifyError::StoreUnavailable));
        assert_eq!(self.runs(), runs);
        assert_eq!(self.count(UNAVAILABLE), heard + 1);
    }

    /// Asserts that a delivery of it is put off because it is being handled.
    pub(crate) async fn is_in_flight(&self, message: &Message) {
        let runs = self.runs();
        let told = async {
            loop {
                let response = self.deliver(message).await;
                assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
                match response.extensions().get() {
                    // A server that has just started may take its time.
                    Some(VerifyError::StoreUnavailable) => sleep(SOON).await,
                    reason => return assert_eq!(reason, Some(&VerifyError::InFlight)),
                }
            }
        };
        within("a store that answers", told).await;
        assert_eq!(self.runs(), runs);
    }

    /// Asserts that a delivery of it is answered as one that was handled before, and not handled.
    pub(crate) async fn is_a_duplicate(&self, message: &Message) {
        let runs = self.runs();
        assert_eq!(self.deliver_until_settled(message).await, StatusCode::OK);
        assert_eq!(self.runs(), runs);
    }
}

pub(crate) fn id<B>(message: &Request<B>) -> &str {
    message.headers()["kick-event-message-id"].to_str().unwrap()
}

/// What the handler answers with, and no other answer has.
pub(crate) const HANDLED: StatusCode = StatusCode::NO_CONTENT;
/// As a message that is delivered again while it is handled.
pub(crate) const DUPLICATE: StatusCode = StatusCode::OK;

pub(crate) const SHORT_LEASE: Duration = Duration::from_secs(1);
const LONG_LEASE: Duration = Duration::from_secs(60 * 60);
pub(crate) const SOON: Duration = Duration::from_millis(20);
const UNAVAILABLE: &str = "store_unavailable";
