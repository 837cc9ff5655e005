use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use origin_mtls::axum::with_edge_identity;
use origin_mtls::{ConfigError, OriginMtls, SpkiPin};
use proxy_protocol::axum::Proofs;
use proxy_protocol::handshakes::Incoming;
use proxy_protocol::{ProxyProtocol, Trust};
use rustls::crypto::aws_lc_rs;
use serve::plue::{SignIn, SignInError};
use serve::{Draining, Outcomes, Signals, hangup, reload_on};
use siwe_session::IdentityTrust;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::config::Source;
use crate::health::Health;
use crate::material::Material;
use crate::reload::{Reloads, Watcher};
use crate::users::{SignedIn, UserKey, Users};
use crate::{Config, EphemeralError, FileError, app, ephemeral};

/// Serves until `SIGTERM` or `SIGINT`, then finishes the requests in flight.
///
/// # Errors
///
/// If it cannot begin, or requests were still in flight when the time for that was over.
pub async fn run(config: Config) -> Result<(), RunError> {
    let mut signals = Signals::register().map_err(RunError::Signals)?;
    let (connections, visitors, proxy) =
        (Outcomes::default(), Outcomes::default(), Outcomes::default());
    let reloads = Reloads::default();
    let (origin, trust) = origin(&config, &connections, &reloads)?;
    let (identities, mut logins, mut sessions) =
        (Outcomes::default(), Outcomes::default(), Outcomes::default());
    let users = match &config.signed_in {
        SignedIn::ByEdges(_) | SignedIn::ByAssertion { .. } => {
            Users::Edge(trust.on_outcome(identities.counter()))
        }
        SignedIn::Here(settings) => {
            let SignIn { siwe, secrets, logins: of_logins, sessions: of_sessions, .. } =
                settings.open().await?;
            (logins, sessions) = (of_logins, of_sessions);
            let hangup = hangup().map_err(RunError::Signals)?;
            tokio::spawn(reload_on(hangup, move || secrets.reload()));
            Users::Here(siwe.routes(app::public()).build().map_err(SignInError::Siwe)?)
        }
    };
    let health = Health {
        origin: origin.clone(),
        observe: config.observe,
        users,
        reloads,
        draining: Draining::new(),
        connections,
        visitors,
        proxy,
        identities,
        logins,
        sessions,
    };

    let visitors = app::visitors(&health.visitors).map_err(RunError::Proxy)?;
    let app = app::router(&origin, &visitors, &health.users);
    let draining = health.draining.clone();
    let tcp = listen(config.listen, "--listen").await?;
    let mut served: Pin<Box<dyn Future<Output = io::Result<()>> + Send>> =
        if config.proxy_from.is_empty() {
            Box::pin(serve(origin, tcp, app, draining.clone()))
        } else {
            // PROXY, then TLS.
            let proxy = ProxyProtocol::builder(Trust::require(config.proxy_from))
                .allow_sources(config.allow_sources)
                .on_outcome(health.proxy.counter())
                .build()
                .map_err(RunError::Proxy)?;
            Box::pin(serve(origin, proxy.listener(tcp), app, draining.clone()))
        };
    let health_listener = listen(config.health_listen, "--health-listen").await?;
    let health = health.router();
    let health = tokio::spawn(async { axum::serve(health_listener, health).await });
    if config.observe {
        tracing::warn!("PLUE_OBSERVE: who proves nothing is answered too; unset it when none do");
    }
    tracing::info!(listen = %config.listen, health = %config.health_listen, "listening");

    tokio::select! {
        ended = &mut served => return ended.map_err(RunError::Serve),
        () = signals.wait() => {}
    }
    tracing::info!("draining");
    draining.begin();
    let drained = timeout(config.drain, served).await;
    health.abort();
    drained.map_err(|_| RunError::Drain(config.drain))?.map_err(RunError::Serve)
}

/// Whom to accept, and whom to believe who is signed in, read once, and from then on whenever it changes.
fn origin(
    config: &Config,
    connections: &Outcomes,
    reloads: &Reloads,
) -> Result<(OriginMtls, IdentityTrust), RunError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    match &config.source {
        Source::Ephemeral(folder) => {
            let (mut material, own) = ephemeral::make(folder, &config.demands, &provider)?;
            let key = config.signed_in.key();
            material.user_keys = key.map(UserKey::read_once).transpose()?.unwrap_or_default();
            let curl = ephemeral::curl(folder);
            tracing::warn!(
                "a throw-away authority: {curl} https://localhost:{}/",
                config.listen.port()
            );
            build(config, material, own, connections)
        }
        Source::Files(files) => {
            let contents = files.read()?;
            let material = files.material(&contents, &config.demands, &provider)?;
            let (origin, trust) = build(config, material, None, connections)?;
            let watcher = Watcher::new(
                files.clone(),
                contents,
                config.demands.clone(),
                provider,
                origin.clone(),
                trust.clone(),
                reloads.clone(),
            );
            let hangup = hangup().map_err(RunError::Signals)?;
            tokio::spawn(watcher.watch(config.poll, hangup));
            Ok((origin, trust))
        }
    }
}

fn build(
    config: &Config,
    material: Material,
    own: Option<SpkiPin>,
    connections: &Outcomes,
) -> Result<(OriginMtls, IdentityTrust), RunError> {
    let trust = config.signed_in.trust(material.user_keys, own).map_err(RunError::Users)?;
    let mut builder = OriginMtls::builder(material.policy, material.certificate)
        .alpn_protocols([b"h2".to_vec(), b"http/1.1".to_vec()])
        .on_outcome(connections.counter());
    if config.observe {
        builder = builder.observe();
    }
    if config.allow_tls12 {
        builder = builder.allow_tls12();
    }
    Ok((builder.build().map_err(RunError::Origin)?, trust))
}

async fn listen(address: SocketAddr, setting: &'static str) -> Result<TcpListener, RunError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| RunError::Listen { address, setting, source })
}

async fn serve<I>(
    origin: OriginMtls,
    incoming: I,
    app: Router,
    draining: Draining,
) -> io::Result<()>
where
    I: Incoming<Io: AsyncRead + AsyncWrite + Unpin, Address: Proofs + Debug>,
{
    axum::serve(origin.listener(incoming), with_edge_identity(app))
        .with_graceful_shutdown(draining.begun())
        .await
}

/// Why the server ended otherwise than asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// Requests were in flight when the time to finish them was over.
    #[error("requests were cut off after {} seconds (--drain-seconds)", .0.as_secs())]
    Drain(Duration),
    /// No throw-away authority could be set up.
    #[error(transparent)]
    Ephemeral(#[from] EphemeralError),
    /// A file is missing or wrong.
    #[error("{0}; on your own machine, `--ephemeral FOLDER` makes certificates")]
    Files(FileError),
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
    /// TLS cannot be set up.
    #[error(transparent)]
    Origin(ConfigError),
    /// The networks of the load balancer cannot be those.
    #[error("--proxy-from: {0}")]
    Proxy(proxy_protocol::ConfigError),
    /// The server has ended by itself.
    #[error("the server has ended by itself")]
    Serve(#[source] io::Error),
    /// Wallets cannot sign in here.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The system does not tell of signals.
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
    /// Assertions cannot be verified like this.
    #[error("--user-assertion-audience: {0}")]
    Users(siwe_session::ConfigError),
}

impl From<FileError> for RunError {
    fn from(error: FileError) -> Self {
        Self::Files(error)
    }
}
