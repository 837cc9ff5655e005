//! The receiver without a socket: requests through the whole router, signed with a throw-away key, and
//! the real verifier and the real store in between.
//!
//! The clock is paused, and goes on when everybody waits for something but the disk: no test depends on
//! how fast that is.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod deliveries;
mod embedded;
mod operator;
mod refusals;
mod slow;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use kick_hmac::testing::{KickSigner, Message};
use kick_hmac::{Broadcasters, Campaigns, Replays};
use kick_server::{EmbeddedStore, EventStore, Intake, KeptEvent, Signer, operator_router, router};
use serde_json::Value;
use serve::Draining;
use testkit::folder::Folder;
use tower::ServiceExt;

/// One key for all tests: it takes a while to make.
static SIGNER: LazyLock<KickSigner> = LazyLock::new(KickSigner::new);

const CAMPAIGN: &str = "01JQ79DGGK8C9117GJN8EHCYGG";
const FOLLOW: &str = r#"{"broadcaster":{"user_id":7},"follower":{"user_id":8}}"#;

/// A receiver for broadcaster 7, and for Drops claims of one campaign.
struct Scene {
    app: Router,
    intake: Intake,
    store: Arc<dyn EventStore>,
    folder: Folder,
}

impl Scene {
    fn new() -> Self {
        Self::in_folder(Folder::new())
    }

    /// As after a start of the program: what it remembers is in the folder.
    fn in_folder(folder: Folder) -> Self {
        let store = EmbeddedStore::open(Path::new(&folder.path(""))).unwrap();
        Self::with(folder, Arc::new(store))
    }

    fn with(folder: Folder, store: Arc<dyn EventStore>) -> Self {
        let key = folder.write("kick.pem", &SIGNER.pem());
        let intake = Intake::build(
            Signer::public_key(Path::new(&key)).unwrap(),
            Broadcasters::only([7]),
            Some(Campaigns::only([CAMPAIGN])),
            Replays::single_process(),
            Arc::clone(&store),
        );
        let intake = intake.unwrap();
        Self { app: router(&intake), intake, store, folder }
    }

    /// Ends it, and leaves the folder.
    fn end(self) -> Folder {
        self.folder
    }

    async fn deliver(&self, message: &Message<'_>) -> Answer {
        self.send(message.request()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.app, request).await
    }

    async fn kept(&self) -> Vec<KeptEvent> {
        self.store.after(0, 1000).await.unwrap()
    }

    fn operator(&self) -> Router {
        operator_router(&self.intake, Draining::new(), true)
    }

    /// The line of this metric, with its labels.
    async fn metric(&self, name: &str) -> String {
        let metrics = send(&self.operator(), get("/metrics")).await.text;
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or("none").to_owned()
    }
}

fn follow() -> Message<'static> {
    SIGNER.event("channel.followed", FOLLOW)
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

async fn send(app: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}
