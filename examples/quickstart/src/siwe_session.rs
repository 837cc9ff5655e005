//! siwe-session in an origin: what a service adds to sign wallets in, and to know whose requests are whose.

pub(crate) mod attacks;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONNECTION};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve;
use siwe_session::{
    Audience, ConfigError, IdentityHeader, KeyRing, LoginVerifier, NonceKeys, Nonces, Routes,
    Session, SessionError, SignInError, SiweLogin, SiweSession,
};
use tokio::net::TcpListener;

/// Tells the services behind who is signed in.
const WHO: &str = "x-plue-user-address";

/// For which site, with which keys, and what of it anybody may see.
fn configure(site: Audience, seals: NonceKeys, keys: KeyRing) -> Result<SiweSession, ConfigError> {
    let login = LoginVerifier::builder(site, seals);
    let login = SiweLogin::builder(login, Nonces::single_process());
    SiweSession::builder(login, keys)
        .routes(Routes::protected().public("/").public("/{owner}/{repo}"))
        .identity_header(IdentityHeader::new(WHO)?)
        .build()
}

/// The service: its routes and the endpoints of a sign-in, behind the proof.
fn router(siwe: &SiweSession) -> Router {
    Router::new()
        .route("/", get(front_page))
        .route("/{owner}/{repo}", get(repository).post(repository))
        .route("/settings/keys", get(keys).post(keys))
        .nest("/api/auth", siwe.router())
        .layer(siwe.layer())
        .layer(map_response(show_code))
}

/// For caches to store, as far as it is nobody's own.
async fn front_page(session: Option<Session>) -> impl IntoResponse {
    let who = session.map_or_else(|| NOBODY.to_owned(), |session| session.address().to_string());
    ([(CACHE_CONTROL, "public, max-age=60")], who)
}

async fn keys(session: Session) -> String {
    session.address().to_string()
}

/// Who it is, as a service would be told behind one more proxy, which takes away what `Connection` names,
/// and behind CGI, which knows `-` and `_` as one.
async fn repository(headers: HeaderMap) -> String {
    let options = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let options: Vec<_> = options.flat_map(|value| value.split(',')).map(str::trim).collect();
    let told: Vec<_> = headers
        .iter()
        .filter(|(name, _)| name.as_str().replace('_', "-") == WHO)
        .filter(|(name, _)| {
            !options.iter().any(|option| option.eq_ignore_ascii_case(name.as_str()))
        })
        .map(|(_, value)| value.to_str().unwrap_or("?"))
        .collect();
    if told.is_empty() { NOBODY.to_owned() } else { told.join(", ") }
}

/// The code is for the service's log; here it is sent as well, so that the table can show it.
async fn show_code(mut response: Response) -> Response {
    let of_layer = response.extensions().get().map(SessionError::code);
    let of_endpoint = response.extensions().get().map(SignInError::code);
    if let Some(code) = of_endpoint.or(of_layer) {
        response.headers_mut().insert("x-code", HeaderValue::from_static(code));
    }
    response
}

async fn run(listener: TcpListener, siwe: SiweSession) -> std::io::Result<()> {
    serve(listener, router(&siwe)).await
}

const NOBODY: &str = "nobody";
