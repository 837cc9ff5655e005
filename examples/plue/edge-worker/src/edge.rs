//! What becomes of a request: an endpoint, the page, the forge, or a refusal.

use forge::page::{AT, File, PAGE, files};
use forge::{AUTH, refuse};
use http::header::{HeaderMap, HeaderValue, LOCATION};
use http::{Method, Response, StatusCode};
use siwe_session::Session;
use siwe_session::gate::finish;
use worker::Env;

use crate::arrival::Arrival;
use crate::endpoints::{Endpoint, not_allowed};
use crate::host::now;
use crate::reply::{Body, Reply, empty};
use crate::sessions::Carries;
use crate::settings::Settings;
use crate::store::Store;

pub(crate) struct Edge<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) store: Store<'a>,
    pub(crate) env: &'a Env,
}

impl<'a> Edge<'a> {
    pub(crate) fn new(settings: &'a Settings, env: &'a Env) -> Self {
        Self { settings, store: Store::new(env), env }
    }

    pub(crate) async fn answer(&self, arrival: Arrival) -> Reply {
        if let Some(endpoint) = Endpoint::at(arrival.uri.path()) {
            let mut reply = self.endpoint(endpoint, arrival).await;
            finish(&mut reply, true, || None);
            return reply;
        }
        self.guarded(arrival).await
    }

    /// With a session, or where none is needed.
    async fn guarded(&self, mut arrival: Arrival) -> Reply {
        let Settings { routes, tokens, .. } = self.settings;
        let (carries, decision) = self.decide(&arrival.method, &arrival.headers, now()).await;
        let session = match decision {
            Ok(session) => Some(session),
            Err(_) if routes.is_public(&arrival.method, &arrival.uri, &arrival.headers) => None,
            Err(error) => return refuse(error),
        };
        if let Some(session) = &session {
            self.name_user(&mut arrival.headers, session);
        }
        let mut reply = self.route(arrival, session.is_some()).await;
        let now = now();
        let due =
            session.filter(|session| carries == Carries::Cookie && tokens.is_due(session, now));
        finish(&mut reply, carries != Carries::Nothing, || {
            let (session, token) = tokens.renew(&due?, now).ok()?;
            Some(session.set_cookie(&token, now))
        });
        reply
    }

    fn name_user(&self, headers: &mut HeaderMap, session: &Session) {
        self.settings.address.set(headers, session.address());
        if let Some(assertion) = &self.settings.assertion {
            assertion.set(headers, session, now());
        }
    }

    async fn route(&self, arrival: Arrival, is_personal: bool) -> Reply {
        let path = arrival.uri.path();
        if path.strip_prefix(AUTH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return empty(StatusCode::NOT_FOUND);
        }
        let file = files().find(|file| file.path == path);
        if file.is_none() && path != AT {
            return self.forward(arrival, is_personal).await;
        }
        if ![Method::GET, Method::HEAD].contains(&arrival.method) {
            return not_allowed(&[Method::GET, Method::HEAD]);
        }
        file.map_or_else(to_page, page)
    }
}

fn page(file: &File) -> Reply {
    let mut reply = Response::new(Body::Text(file.content.to_owned()));
    for (name, value) in file.headers() {
        reply.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    reply
}

fn to_page() -> Reply {
    let mut reply = empty(StatusCode::PERMANENT_REDIRECT);
    reply.headers_mut().insert(LOCATION, HeaderValue::from_static(PAGE));
    reply
}
