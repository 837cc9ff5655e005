//! The endpoints of a sign-in, as `siwe_session::endpoints` has them.

use std::time::SystemTime;

use http::header::{ALLOW, HeaderValue};
use http::{HeaderMap, Method, Response, StatusCode};
use siwe_session::endpoints::{self, SignIn, Transport, check_origin};
use siwe_session::{BrowserBinding, Claims, Login, SessionError, SignInError, VerifyError};

use crate::arrival::Arrival;
use crate::edge::Edge;
use crate::host::{now, random};
use crate::reply::{Body, Reply, empty};
use crate::sessions::Carries;

type Answer = Result<Response<String>, SignInError>;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Endpoint {
    Nonce,
    Verify,
    Refresh,
    Logout,
    Session,
}

impl Endpoint {
    /// By what follows where they are mounted.
    pub(crate) fn at(path: &str) -> Option<Self> {
        match path.strip_prefix(forge::AUTH)? {
            "/nonce" => Some(Self::Nonce),
            "/verify" => Some(Self::Verify),
            "/refresh" => Some(Self::Refresh),
            "/logout" => Some(Self::Logout),
            "/session" => Some(Self::Session),
            _ => None,
        }
    }

    fn allows(self) -> &'static [Method] {
        match self {
            Self::Nonce | Self::Session => &[Method::GET, Method::HEAD],
            Self::Verify | Self::Refresh | Self::Logout => &[Method::POST],
        }
    }
}

impl Edge<'_> {
    pub(crate) async fn endpoint(&self, endpoint: Endpoint, mut arrival: Arrival) -> Reply {
        if !endpoint.allows().contains(&arrival.method) {
            return not_allowed(endpoint.allows());
        }
        if let Err(error) = check_origin(&arrival.headers, &self.settings.verifier) {
            return endpoints::refused(error).map(Body::Text);
        }
        let answer = match endpoint {
            Endpoint::Nonce => self.nonce(&arrival),
            Endpoint::Verify => self.verify(&mut arrival).await,
            Endpoint::Refresh => self.refresh(&arrival.headers).await,
            Endpoint::Logout => self.logout(&arrival.headers).await,
            Endpoint::Session => self.session(&arrival.headers).await,
        };
        answer.unwrap_or_else(endpoints::refused).map(Body::Text)
    }

    fn nonce(&self, arrival: &Arrival) -> Answer {
        let (verifier, now) = (&self.settings.verifier, now());
        let audience = endpoints::audience(verifier, arrival.uri.query())?;
        // One that is malformed is replaced.
        let binding = match BrowserBinding::from_headers(&arrival.headers) {
            Ok(Some(binding)) => binding,
            Ok(None) | Err(_) => BrowserBinding::new(random()?),
        };
        let nonce = verifier.nonce(audience, Some(&binding), random()?, now);
        Ok(endpoints::nonce(verifier, audience, &nonce, &binding, &arrival.headers, now))
    }

    async fn verify(&self, arrival: &mut Arrival) -> Answer {
        let body = arrival.bytes().await?;
        let SignIn { message, signature, session: transport, .. } =
            SignIn::read(&arrival.headers, &body)?;
        let binding = BrowserBinding::from_headers(&arrival.headers)?;
        let login = self.login(&message, &signature, binding.as_ref(), now()).await?;
        let now = now();
        let tokens = &self.settings.tokens;
        let (session, token) = tokens.issue(&login, Claims::new(), random()?, now)?;
        Ok(endpoints::session(&session, Some((&token, transport)), now))
    }

    async fn login(
        &self,
        message: &str,
        signature: &str,
        binding: Option<&BrowserBinding>,
        now: SystemTime,
    ) -> Result<Login, VerifyError> {
        let checked = self.settings.verifier.check(message, &signature.parse()?, binding, now)?;
        let put = self.store.put_if_absent(checked.burn_key(), checked.keep_for()).await;
        let was_put = put.map_err(|_| VerifyError::StoreUnavailable)?;
        checked.consume(was_put)?.verify()?.login()
    }

    async fn refresh(&self, headers: &HeaderMap) -> Answer {
        let now = now();
        let (carries, session) = self.authenticate(headers, now).await;
        let (session, token) = self.settings.tokens.renew(&session?, now)?;
        let transport = match carries {
            Carries::Bearer => Transport::Token,
            Carries::Cookie | Carries::Nothing => Transport::Cookie,
        };
        Ok(endpoints::session(&session, Some((&token, transport)), now))
    }

    async fn logout(&self, headers: &HeaderMap) -> Answer {
        let now = now();
        match self.authenticate(headers, now).await.1 {
            Ok(session) => {
                let keep_for = self.settings.tokens.keep_for(&session, now);
                let put = self.store.put_if_absent(session.id().burn_key(), keep_for).await;
                put.map_err(|_| SessionError::StoreUnavailable)?;
            }
            // Whether there is one to end is not known.
            Err(SessionError::StoreUnavailable) => {
                return Err(SessionError::StoreUnavailable.into());
            }
            Err(_) => {}
        }
        Ok(endpoints::signed_out())
    }

    async fn session(&self, headers: &HeaderMap) -> Answer {
        let now = now();
        let session = self.authenticate(headers, now).await.1?;
        Ok(endpoints::session(&session, None, now))
    }
}

pub(crate) fn not_allowed(methods: &[Method]) -> Reply {
    let names: Vec<_> = methods.iter().map(Method::as_str).collect();
    let mut reply = empty(StatusCode::METHOD_NOT_ALLOWED);
    if let Ok(names) = HeaderValue::try_from(names.join(",")) {
        reply.headers_mut().insert(ALLOW, names);
    }
    reply
}
