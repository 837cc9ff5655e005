use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proxy_protocol::ConfigError as VisitorsError;
use serve::plue::{SignIn, SignInError};
use serve::wallets::Secrets;
use serve::{Draining, Outcomes, Signals, hangup, reload_on};
use siwe_session::{AssertionSigner, ConfigError};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::assertion::{Assertion, AssertionError};
use crate::config::{Forge, Mode};
use crate::health::Health;
use crate::{Config, Upstream, UpstreamError, demo, guard, relay, router, visitors};

/// Serves until `SIGTERM` or `SIGINT`, then finishes the requests in flight.
///
/// # Errors
///
/// If it cannot begin, or requests were still in flight when the time for that was over.
pub async fn run(config: Config) -> Result<(), RunError> {
    let mut signals = Signals::register().map_err(RunError::Signals)?;
    let hangup = hangup().map_err(RunError::Signals)?;
    let parts = match &config.mode {
        Mode::Demo => Parts::demo(&config).await?,
        Mode::Forge(forge) => Parts::forge(&config, forge)?,
    };
    let (outcomes, draining, since) = (Outcomes::default(), Draining::new(), Instant::now());
    let visitors = visitors(config.connecting_ip_from.clone(), &outcomes)?;
    let mut health = Health {
        siwe: None,
        draining: draining.clone(),
        logins: Outcomes::default(),
        sessions: Outcomes::default(),
        visitors: outcomes,
        since,
    };
    let mut secrets = None;
    let app = match &config.sign_in {
        None => relay(parts.upstream),
        Some(settings) => {
            let SignIn { siwe, secrets: read, logins, sessions, .. } = settings.open().await?;
            let mut siwe = guard(siwe)?;
            if let Some(signer) = parts.signer {
                siwe = siwe.assertion(signer);
            }
            let siwe = siwe.build()?;
            let app = router(&siwe, parts.upstream);
            (secrets, health.siwe) = (Some(read), Some(siwe));
            (health.logins, health.sessions) = (logins, sessions);
            app
        }
    };
    // Asked first, and for every path.
    let app = app.layer(visitors).into_make_service_with_connect_info::<SocketAddr>();

    let listener = listen(config.listen, "--listen").await?;
    let health_listener = listen(config.health_listen, "--health-listen").await?;
    if matches!(config.mode, Mode::Demo) {
        tracing::warn!("a demo, with keys that end with it: {}/login/", config.site.as_str());
    }
    if config.sign_in.is_none() {
        tracing::warn!("PLUE_SIGN_IN: the forge signs people in, and nothing is guarded here");
    }
    tracing::info!(listen = %config.listen, health = %config.health_listen, "listening");
    let health = health.router();
    let health = tokio::spawn(async { axum::serve(health_listener, health).await });
    let assertion = parts.assertion;
    tokio::spawn(reload_on(hangup, move || reload(secrets.as_ref(), assertion.as_ref())));
    let begun = draining.clone().begun();
    let served =
        tokio::spawn(async { axum::serve(listener, app).with_graceful_shutdown(begun).await });

    signals.wait().await;
    tracing::info!("draining");
    draining.begin();
    let drained = timeout(config.drain, served).await;
    health.abort();
    drained.map(|_| ()).map_err(|_| RunError::Drain(config.drain))
}

/// What differs between a demo and a forge.
struct Parts {
    upstream: Upstream,
    assertion: Option<Assertion>,
    signer: Option<AssertionSigner>,
}

impl Parts {
    async fn demo(config: &Config) -> Result<Self, RunError> {
        let url = demo::start().await.map_err(RunError::Demo)?;
        Ok(Self {
            upstream: Upstream::builder(&url, &config.site).build()?,
            assertion: None,
            signer: None,
        })
    }

    fn forge(config: &Config, forge: &Forge) -> Result<Self, RunError> {
        let mut upstream =
            Upstream::builder(&forge.upstream, &config.site).patience(forge.patience);
        if let Some(path) = &forge.upstream_ca {
            upstream = upstream.ca(read(path)?);
        }
        if let Some((certificate, key)) = &forge.upstream_identity {
            upstream = upstream.client_certificate(read(certificate)?, read(key)?);
        }
        if let Some(name) = &forge.upstream_name {
            upstream = upstream.name(name);
        }
        if config.sign_in.is_none() {
            upstream = upstream.signs_in();
        }
        let (assertion, signer) = match &forge.assertion {
            Some((path, kid, audience)) => {
                let assertion = Assertion::read(path.clone(), kid.clone())?;
                let signer = assertion.signer(audience)?;
                (Some(assertion), Some(signer))
            }
            None => (None, None),
        };
        Ok(Self { upstream: upstream.build()?, assertion, signer })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, RunError> {
    fs::read(path).map_err(|source| RunError::File { path: path.to_owned(), source })
}

async fn listen(address: SocketAddr, setting: &'static str) -> Result<TcpListener, RunError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| RunError::Listen { address, setting, source })
}

/// All of it, or nothing.
fn reload(secrets: Option<&Secrets>, assertion: Option<&Assertion>) -> Result<(), RunError> {
    let key = assertion.map(Assertion::read_again).transpose()?;
    if let Some(secrets) = secrets {
        secrets.reload().map_err(SignInError::Secrets)?;
    }
    if let Some((assertion, key)) = assertion.zip(key) {
        assertion.replace(key)?;
    }
    Ok(())
}

/// Why the server ended otherwise than asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The key of assertions is missing or wrong.
    #[error(transparent)]
    Assertion(#[from] AssertionError),
    /// The forge of the demo cannot be served.
    #[error("the forge of the demo cannot be served")]
    Demo(#[source] io::Error),
    /// Requests were in flight when the time to finish them was over.
    #[error("requests were cut off after {} seconds (--drain-seconds)", .0.as_secs())]
    Drain(Duration),
    /// A file is missing.
    #[error("{} cannot be read", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An address cannot be listened at.
    #[error("cannot listen at {address} ({setting})")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The argument that names it.
        setting: &'static str,
        /// Why.
        source: io::Error,
    },
    /// Wallets cannot sign in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The system does not tell of signals.
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
    /// Sessions cannot be set up.
    #[error(transparent)]
    Siwe(#[from] ConfigError),
    /// The forge cannot be set up.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// What stands before the edge cannot be that.
    #[error("--connecting-ip-from: {0}")]
    Visitors(#[from] VisitorsError),
}
