//! Cloudflare Access's certs address, over HTTP on loopback.

use std::fmt;
use std::future::{IntoFuture, pending};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cf_access::testing::Issuer;
use cf_access::{Audience, TeamDomain};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::port;

/// An Access issuer that publishes its keys at `/cdn-cgi/access/certs`, and nothing else.
///
/// Give a service [`team`](Self::team) as its team. Dropping this stops the server.
pub struct IssuerServer {
    address: SocketAddr,
    issuer: Mutex<Issuer>,
    published: Published,
    team: TeamDomain,
    task: Mutex<Option<JoinHandle<io::Result<()>>>>,
}

impl IssuerServer {
    /// Starts one, with new keys, whose tokens are for this audience.
    ///
    /// # Errors
    ///
    /// If the port cannot be listened at.
    ///
    /// # Panics
    ///
    /// If the system has no free port, or no randomness to make keys from.
    pub async fn start(audience: Audience) -> io::Result<Self> {
        let address = port::reserve();
        let team = TeamDomain::custom_issuer(&format!("http://{address}"))
            .expect("an address on loopback is an issuer");
        let issuer = Issuer::at(team.clone(), audience);
        let published = Published::default();
        published.lock().certs = issuer.certs();
        let (issuer, task) = (Mutex::new(issuer), Mutex::new(None));
        let server = Self { address, issuer, published, team, task };
        server.resume().await?;
        Ok(server)
    }

    /// The team: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn team(&self) -> &TeamDomain {
        &self.team
    }

    /// Makes a token, or whatever else an [`Issuer`] gives.
    pub fn with<T>(&self, make: impl FnOnce(&Issuer) -> T) -> T {
        make(&self.issuer())
    }

    /// The token of the person with this address.
    #[must_use]
    pub fn user(&self, email: &str) -> String {
        self.issuer().user(email).token()
    }

    /// Makes a new key, which signs from now on, and publishes it.
    pub fn rotate(&self) {
        let mut issuer = self.issuer();
        issuer.rotate();
        self.published.lock().certs = issuer.certs();
    }

    /// Answers so from now on.
    pub fn answer(&self, answer: Answer) {
        self.published.lock().answer = answer;
    }

    /// How often the certs document has been asked for.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.published.lock().requests
    }

    /// Stops listening: from now on connections are refused.
    pub async fn stop(&self) {
        let task = self.task().take();
        if let Some(task) = task {
            task.abort();
            // The listener is closed when the task is gone.
            let _ = task.await;
        }
    }

    /// Listens again, at the same port.
    ///
    /// # Errors
    ///
    /// If the port cannot be listened at.
    pub async fn resume(&self) -> io::Result<()> {
        let listener = TcpListener::bind(self.address).await?;
        let router = Router::new()
            .route("/cdn-cgi/access/certs", get(certs))
            .with_state(self.published.clone());
        let task = tokio::spawn(axum::serve(listener, router).into_future());
        *self.task() = Some(task);
        Ok(())
    }

    fn issuer(&self) -> MutexGuard<'_, Issuer> {
        self.issuer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn task(&self) -> MutexGuard<'_, Option<JoinHandle<io::Result<()>>>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for IssuerServer {
    fn drop(&mut self) {
        if let Some(task) = self.task().take() {
            task.abort();
        }
    }
}

impl fmt::Debug for IssuerServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerServer").field("team", &self.team).finish_non_exhaustive()
    }
}

/// What an [`IssuerServer`] answers.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub enum Answer {
    /// The certs document.
    #[default]
    Certs,
    /// Nothing, ever; the connection stays open.
    Hang,
    /// A page, as a captive portal or an error page is one, with status 200.
    Html,
    /// A body of 1 MiB, with status 200.
    Huge,
    /// A redirect to another address.
    Redirect,
    /// An empty body with status 500.
    ServerError,
}

#[derive(Clone, Default)]
struct Published(Arc<Mutex<Document>>);

#[derive(Default)]
struct Document {
    answer: Answer,
    certs: String,
    requests: u64,
}

impl Published {
    fn lock(&self) -> MutexGuard<'_, Document> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn certs(State(published): State<Published>) -> Response {
    let (answer, certs) = {
        let mut document = published.lock();
        document.requests = document.requests.saturating_add(1);
        (document.answer, document.certs.clone())
    };
    // A connection that stayed open would go on answering after `stop`.
    let close = [(CONNECTION, "close")];
    let json = [(CONTENT_TYPE, "application/json")];
    match answer {
        Answer::Certs => (close, json, certs).into_response(),
        Answer::Hang => pending().await,
        Answer::Html => {
            (close, [(CONTENT_TYPE, "text/html")], "<!doctype html><title>Sign in</title>")
                .into_response()
        }
        Answer::Huge => (close, json, vec![b' '; 1024 * 1024]).into_response(),
        Answer::Redirect => (StatusCode::FOUND, close, [(LOCATION, "/moved")]).into_response(),
        Answer::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, close).into_response(),
    }
}
