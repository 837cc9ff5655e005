use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use forge::{AUTH, SecretError, USER_ADDRESS, USER_ASSERTION, edge_routes};
use http::{HeaderValue, Uri};
use siwe_session::{
    AssertionSigner, Audience, ConfigError, IdentityHeader, KeyRing, LoginVerifier, NonceKeys,
    RouteTable, SessionKey, SessionTokens,
};
use thiserror::Error;
use worker::Env;

/// What the operator decides: the secrets and the variables of the Worker.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) verifier: LoginVerifier,
    pub(crate) tokens: SessionTokens,
    pub(crate) routes: RouteTable,
    pub(crate) address: IdentityHeader,
    pub(crate) assertion: Option<AssertionSigner>,
    /// Where requests go: scheme and authority.
    pub(crate) upstream: String,
    pub(crate) host: HeaderValue,
    pub(crate) proto: HeaderValue,
}

impl Settings {
    /// Reads them once: another deployment is another instance.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>, SettingError> {
        thread_local! {
            static SETTINGS: OnceCell<Rc<Settings>> = const { OnceCell::new() };
        }
        SETTINGS.with(|settings| {
            if let Some(settings) = settings.get() {
                return Ok(Rc::clone(settings));
            }
            let read = Rc::new(Self::read(|name| text(env, name))?);
            Ok(Rc::clone(settings.get_or_init(|| read)))
        })
    }

    fn read(find: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let required = |name| find(name).ok_or(SettingError::Missing(name));
        let site = audience(&required(ORIGIN)?, find(CHAINS).as_deref())?;
        let keys = forge::session_keys(&required(SESSION_KEYS)?);
        let keys = keys.map_err(|error| SettingError::Secret(SESSION_KEYS, error))?;
        let keys = KeyRing::new(keys).map_err(|error| SettingError::Wrong(SESSION_KEYS, error))?;
        let nonces = forge::nonce_secrets(&required(NONCE_SECRETS)?);
        let nonces = nonces.map_err(|error| SettingError::Secret(NONCE_SECRETS, error))?;
        let nonces =
            NonceKeys::new(nonces).map_err(|error| SettingError::Wrong(NONCE_SECRETS, error))?;

        let mut verifier = LoginVerifier::builder(site.clone(), nonces);
        if let Some(seconds) = find(SIGN_IN_SECONDS) {
            let seconds = seconds.parse().map_err(|_| SettingError::Number(SIGN_IN_SECONDS))?;
            verifier = verifier.max_age(Duration::from_secs(seconds));
        }
        let verifier =
            verifier.build().map_err(|error| SettingError::Wrong(SIGN_IN_SECONDS, error))?;
        let tokens = SessionTokens::builder(keys, verifier.audiences()).build();
        let upstream = upstream(&find(UPSTREAM).unwrap_or_else(|| site.as_str().to_owned()))?;
        let (proto, host) = site.as_str().split_once("://").ok_or(SettingError::Missing(ORIGIN))?;
        Ok(Self {
            tokens: tokens.map_err(|error| SettingError::Wrong(ORIGIN, error))?,
            routes: edge_routes().build().map_err(|error| SettingError::Wrong(AUTH, error))?,
            address: identity(USER_ADDRESS)?,
            assertion: assertion(&find)?,
            upstream,
            host: HeaderValue::try_from(host).map_err(|_| SettingError::Missing(ORIGIN))?,
            proto: HeaderValue::try_from(proto).map_err(|_| SettingError::Missing(ORIGIN))?,
            verifier,
        })
    }
}

/// A secret or a variable: a Worker has both in one place. One that is empty counts as one that is not
/// there.
fn text(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}

fn audience(origin: &str, chains: Option<&str>) -> Result<Audience, SettingError> {
    let chains = chains.unwrap_or("1").split(',').map(|chain| chain.trim().parse());
    let chains: Result<Vec<u64>, _> = chains.collect();
    let audience = Audience::origin(origin).map_err(|error| SettingError::Wrong(ORIGIN, error))?;
    Ok(audience.chains(chains.map_err(|_| SettingError::Number(CHAINS))?))
}

fn identity(name: &'static str) -> Result<IdentityHeader, SettingError> {
    IdentityHeader::new(name).map_err(|error| SettingError::Wrong(name, error))
}

fn assertion(
    find: impl Fn(&str) -> Option<String>,
) -> Result<Option<AssertionSigner>, SettingError> {
    let (pem, audience) = match (find(ASSERTION_KEY), find(ASSERTION_AUDIENCE)) {
        (None, None) => return Ok(None),
        (Some(pem), Some(audience)) => (pem, audience),
        (None, Some(_)) => return Err(SettingError::Missing(ASSERTION_KEY)),
        (Some(_), None) => return Err(SettingError::Missing(ASSERTION_AUDIENCE)),
    };
    let kid = find(ASSERTION_KID).unwrap_or_else(|| "edge".to_owned());
    let key = SessionKey::eddsa_from_pem(&kid, &pem);
    let ring = key.and_then(|key| KeyRing::new([key]));
    let ring = ring.map_err(|error| SettingError::Wrong(ASSERTION_KEY, error))?;
    let signer = AssertionSigner::new(identity(USER_ASSERTION)?, ring, &audience);
    signer.map(Some).map_err(|error| SettingError::Wrong(ASSERTION_AUDIENCE, error))
}

/// Scheme and authority, to which a path is added.
fn upstream(url: &str) -> Result<String, SettingError> {
    let uri: Uri = url.parse().map_err(|_| SettingError::Upstream)?;
    let is_root = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme @ ("http" | "https")), Some(authority))
            if is_root && !authority.as_str().contains('@') =>
        {
            Ok(format!("{scheme}://{authority}"))
        }
        _ => Err(SettingError::Upstream),
    }
}

/// What is wrong with a setting. No secret is shown.
#[derive(Debug, Error)]
pub(crate) enum SettingError {
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("{0} is no number")]
    Number(&'static str),
    #[error("{0}: {1}")]
    Secret(&'static str, SecretError),
    #[error("{UPSTREAM}: expected `https://host` or `http://host`, and no path")]
    Upstream,
    #[error("{0}: {1}")]
    Wrong(&'static str, ConfigError),
}

const ORIGIN: &str = "PLUE_ORIGIN";
const CHAINS: &str = "PLUE_CHAINS";
const SIGN_IN_SECONDS: &str = "PLUE_SIGN_IN_SECONDS";
const SESSION_KEYS: &str = "PLUE_SESSION_KEYS";
const NONCE_SECRETS: &str = "PLUE_NONCE_SECRETS";
const UPSTREAM: &str = "PLUE_UPSTREAM";
const ASSERTION_KEY: &str = "PLUE_ASSERTION_KEY";
const ASSERTION_KID: &str = "PLUE_ASSERTION_KID";
const ASSERTION_AUDIENCE: &str = "PLUE_ASSERTION_AUDIENCE";
