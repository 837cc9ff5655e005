use std::future::Future;

use cf_access::{CfAccess, Principal};
use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response, StatusCode};
use kick_hmac::{Delivery, Event, KickHmac};
use proxy_protocol::ClientAddress;
use proxy_protocol::tokio::{Accepted, ProxyListener};
use serde_json::json;
use serve::Outcomes;
use tokio::net::TcpListener;

use crate::answer::{Answer, json, not_found, refuse};
use crate::connections::serve_connections;

/// What answers clients. Clones share it.
#[derive(Clone, Debug)]
pub struct App {
    access: CfAccess,
    kick: KickHmac,
    events: Outcomes,
}

impl App {
    /// Counts the events that it handles here, by what they are.
    #[must_use]
    pub fn new(access: CfAccess, kick: KickHmac, events: Outcomes) -> Self {
        Self { access, kick, events }
    }

    /// Serves clients until this ends, then finishes the requests in flight.
    pub async fn serve(self, listener: ProxyListener<TcpListener>, until: impl Future) {
        let answer = move |accepted: Accepted, request| {
            let app = self.clone();
            async move {
                match accepted.client() {
                    Ok(client) => app.answer(client, request).await,
                    // Only of a listener that observes.
                    Err(error) => json(StatusCode::FORBIDDEN, &json!({ "error": error.code() })),
                }
            }
        };
        serve_connections(listener, MAX_CONNECTIONS, answer, until).await;
    }

    async fn answer(&self, client: &ClientAddress, request: Request<impl Body>) -> Answer {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/whoami") => self.whoami(client, request.headers()).await,
            // Another method than POST is refused there.
            (_, "/kick") => self.kick(client, request).await,
            _ => not_found(),
        }
    }

    async fn whoami(&self, client: &ClientAddress, headers: &HeaderMap) -> Answer {
        let who = match self.access.authenticate(headers).await {
            Ok(who) => who,
            Err(error) => return refuse(error.code(), |body| error.response(body)),
        };
        let client = client.ip();
        let who = match who.principal() {
            Principal::User(user) => json!({ "client": client, "person": user.email() }),
            Principal::ServiceToken(id) => {
                json!({ "client": client, "service_token": id.as_str() })
            }
            // A kind that a later version of the crate may know.
            _ => {
                let error = cf_access::VerifyError::Denied;
                return refuse(error.code(), |body| error.response(body));
            }
        };
        json(StatusCode::OK, &who)
    }

    async fn kick(&self, client: &ClientAddress, request: Request<impl Body>) -> Answer {
        let (delivery, reservation) = match self.kick.authenticate(request).await {
            Ok(proven) => proven,
            // Handled before: 200, and nothing is wrong.
            Err(error @ kick_hmac::VerifyError::Duplicate) => {
                return error.response(Full::default());
            }
            Err(error) => return refuse(error.code(), |body| error.response(body)),
        };
        // Nobody else handles the message now. If this future is dropped, because the client leaves or
        // the handler panics, the reservation is too, and the next delivery of it is handled.
        match self.handle(client, &delivery) {
            Ok(()) => {
                if !reservation.commit().await {
                    tracing::warn!(message_id = %delivery.message_id(), "may be handled once more");
                }
                no_content()
            }
            Err(error) => {
                reservation.release().await;
                refuse(error.code(), |body| error.response(body))
            }
        }
    }

    /// What is done about an event. Kick waits a second for its answer: more work than this is kept, and
    /// done afterwards.
    fn handle(
        &self,
        client: &ClientAddress,
        delivery: &Delivery,
    ) -> Result<(), kick_hmac::VerifyError> {
        let event = match Event::parse(delivery)? {
            Event::ChannelFollowed(_) => "channel_followed",
            Event::ChatMessageSent(_) => "chat_message_sent",
            Event::LivestreamStatusUpdated(_) => "livestream_status_updated",
            Event::Unknown(_) => "unknown",
            _ => "another",
        };
        self.events.counter()(event);
        tracing::info!(event, message_id = %delivery.message_id(), client = %client.ip(), "handled");
        Ok(())
    }
}

fn no_content() -> Answer {
    let mut answer = Response::new(Full::<Bytes>::default());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

/// Each holds a descriptor, and what is read of a request's head and body.
const MAX_CONNECTIONS: usize = 512;
