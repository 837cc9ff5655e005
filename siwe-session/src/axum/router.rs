use axum::Router;
use axum::body::HttpBody;
use axum::extract::State;
use axum::routing::{get, post};
use axum_core::body::Body;
use axum_core::extract::Request;
use axum_core::response::Response;
use http::HeaderMap;
use http_body_util::{BodyExt, Limited};

use crate::arrival::Carries;
use crate::endpoints::{self, MAX_BODY, SignIn, Transport};
use crate::{BrowserBinding, SessionError, SignInError, SiweSession};

type Answer = Result<http::Response<String>, Refusal>;

struct Refusal {
    error: SignInError,
    /// Whether who counts has heard of it.
    is_told: bool,
}

impl Refusal {
    fn told(error: impl Into<SignInError>) -> Self {
        Self { error: error.into(), is_told: true }
    }
}

impl<E: Into<SignInError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self { error: error.into(), is_told: false }
    }
}

impl SiweSession {
    /// The endpoints `/nonce`, `/verify`, `/refresh`, `/logout` and `/session`, as [`endpoints`] has them,
    /// for `.nest("/api/auth", siwe.router())`: where it stands, the layer is told by
    /// [`mounted_at`](crate::SiweSessionBuilder::mounted_at).
    ///
    /// axum takes other paths under it to your own fallback, and `/api/auth/` too.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route("/nonce", get(nonce))
            .route("/verify", post(verify))
            .route("/refresh", post(refresh))
            .route("/logout", post(logout))
            .route("/session", get(session))
            .with_state(self.clone())
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), SignInError> {
        endpoints::check_origin(headers, self.login().verifier())
    }
}

async fn nonce(State(siwe): State<SiweSession>, request: Request) -> Response {
    let answer = || {
        let headers = request.headers();
        siwe.check_origin(headers)?;
        let verifier = siwe.login().verifier();
        let audience = endpoints::audience(verifier, request.uri().query())?;
        // One that is malformed is replaced.
        let binding = match BrowserBinding::from_headers(headers) {
            Ok(Some(binding)) => binding,
            Ok(None) | Err(_) => siwe.login().new_binding()?,
        };
        let nonce = siwe.login().nonce(audience, Some(&binding))?;
        Ok(endpoints::nonce(verifier, audience, &nonce, &binding, headers, siwe.now()))
    };
    respond(&siwe, answer())
}

async fn verify(State(siwe): State<SiweSession>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answer = async {
        let headers = &parts.headers;
        siwe.check_origin(headers)?;
        let sign_in = SignIn::read(headers, &read(headers, body).await?)?;
        let binding = BrowserBinding::from_headers(headers)?;
        let SignIn { message, signature, session: transport } = sign_in;
        let signed_in = siwe.sign_in(&message, &signature, binding.as_ref()).await;
        let (session, token) = signed_in.map_err(Refusal::told)?;
        Ok(endpoints::session(&session, Some((&token, transport)), siwe.now()))
    };
    respond(&siwe, answer.await)
}

async fn refresh(State(siwe): State<SiweSession>, headers: HeaderMap) -> Response {
    let answer = async {
        siwe.check_origin(&headers)?;
        let (carries, session) = siwe.decide(&headers).await;
        let session = session.map_err(Refusal::told)?;
        if session.is_old() {
            // It is for the old system to renew.
            return Err(SessionError::Missing.into());
        }
        let (session, token) = siwe.renew(&session)?;
        let transport = match carries {
            Carries::Bearer => Transport::Token,
            Carries::Cookie | Carries::Nothing => Transport::Cookie,
        };
        Ok(endpoints::session(&session, Some((&token, transport)), siwe.now()))
    };
    respond(&siwe, answer.await)
}

async fn logout(State(siwe): State<SiweSession>, headers: HeaderMap) -> Response {
    let answer = async {
        siwe.check_origin(&headers)?;
        match siwe.authenticate(&headers).await {
            Ok(session) => siwe.end(&session).await?,
            // Whether there is one to end is not known.
            Err(SessionError::StoreUnavailable) => {
                return Err(Refusal::told(SessionError::StoreUnavailable));
            }
            Err(_) => {}
        }
        Ok(endpoints::signed_out())
    };
    respond(&siwe, answer.await)
}

async fn session(State(siwe): State<SiweSession>, headers: HeaderMap) -> Response {
    let answer = async {
        siwe.check_origin(&headers)?;
        let session = siwe.authenticate(&headers).await.map_err(Refusal::told)?;
        Ok(endpoints::session(&session, None, siwe.now()))
    };
    respond(&siwe, answer.await)
}

/// The body, read to its end at most as far as it may be long; of one that says that it is longer, nothing.
async fn read(headers: &HeaderMap, body: Body) -> Result<bytes::Bytes, SignInError> {
    endpoints::check_media_type(headers)?;
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > MAX_BODY {
        return Err(SignInError::TooLarge);
    }
    let body = Limited::new(body, MAX_BODY).collect().await;
    body.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            SignInError::TooLarge
        } else {
            SignInError::MalformedBody
        }
    })
}

fn respond(siwe: &SiweSession, answer: Answer) -> Response {
    let response = answer.unwrap_or_else(|Refusal { error, is_told }| {
        endpoints::refused(if is_told { error } else { siwe.refused(error) })
    });
    response.map(Body::from)
}
