use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};
use proxy_protocol::Network;
use serve::ConfigErrors;
use serve::arguments::without_empty_variable;
use serve::plue::{SignInArguments, SignInAt, SignInSettings};
use siwe_session::Audience;
use thiserror::Error;
use tracing::Level;

/// What the operator decides, read from the arguments and the environment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) health_listen: SocketAddr,
    pub(crate) site: Audience,
    /// `None`: the forge signs people in.
    pub(crate) sign_in: Option<SignInSettings>,
    pub(crate) connecting_ip_from: Vec<Network>,
    pub(crate) mode: Mode,
    pub(crate) drain: Duration,
    /// What is logged.
    pub log_level: Level,
}

#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// On this machine alone: throw-away keys, and a forge of two pages.
    Demo,
    Forge(Box<Forge>),
}

#[derive(Clone, Debug)]
pub(crate) struct Forge {
    pub(crate) upstream: Uri,
    pub(crate) upstream_ca: Option<PathBuf>,
    pub(crate) upstream_identity: Option<(PathBuf, PathBuf)>,
    pub(crate) upstream_name: Option<String>,
    pub(crate) patience: Duration,
    /// The file of the key, its name, and for whom is signed.
    pub(crate) assertion: Option<(PathBuf, String, String)>,
}

impl Config {
    /// Reads the arguments, the program's name first, and for what they leave out the environment.
    /// A variable that is empty counts as one that is not there.
    ///
    /// # Errors
    ///
    /// What is wrong, and how to mend it; also what `--help` and `--version` print.
    pub fn read<A>(arguments: impl IntoIterator<Item = A>) -> Result<Self, clap::Error>
    where
        A: Clone + Into<OsString>,
    {
        let mut command = Arguments::command()
            .mut_arg("origin", |origin| origin.required_unless_present("demo"))
            .mut_args(without_empty_variable);
        let matches = command.try_get_matches_from_mut(arguments)?;
        let checked = Arguments::from_arg_matches(&matches)?.check();
        checked.map_err(|problem| command.error(ErrorKind::ValueValidation, problem))
    }
}

/// The edge of a forge: wallets sign in, and the origin is told who asks.
///
/// Secrets come from the environment, each from the variable or from the file that <NAME>_FILE names:
/// PLUE_SESSION_KEYS (`kid:base64`, the first signs), PLUE_NONCE_SECRETS (base64), REDIS_URL or
/// DATABASE_URL, and PLUE_OLD_SESSIONS_URL. The files of the first two are read again on SIGHUP.
#[derive(Debug, Parser)]
#[command(name = "plue-edge", version, max_term_width = 100)]
struct Arguments {
    /// Where it listens, in plain HTTP: what ends TLS stands before it
    #[arg(long, env = "PLUE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Where /healthz, /readyz and /status answer: keep it inside
    #[arg(
        long,
        env = "PLUE_HEALTH_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8082"
    )]
    health_listen: SocketAddr,

    #[command(flatten)]
    sign_in: SignInArguments,

    /// The networks of what stands before the edge and names the visitor in CF-Connecting-IP, separated
    /// by commas; no others may connect then [default: none, and whoever connects is the visitor]
    #[arg(
        long,
        env = "PLUE_CONNECTING_IP_FROM",
        value_name = "NETWORKS",
        value_delimiter = ',',
        value_parser = network
    )]
    connecting_ip_from: Vec<Network>,

    /// The forge, such as https://origin.plue.dev:8443
    #[arg(long, env = "PLUE_UPSTREAM", value_name = "URL", required_unless_present = "demo")]
    upstream: Option<Uri>,

    /// Who vouches for its certificate, in PEM [default: whom the system trusts]
    #[arg(long, env = "PLUE_UPSTREAM_CA", value_name = "FILE")]
    upstream_ca: Option<PathBuf>,

    /// The certificate that the forge knows the edge by, in PEM
    #[arg(long, env = "PLUE_UPSTREAM_CERT", value_name = "FILE", requires = "upstream_key")]
    upstream_cert: Option<PathBuf>,

    /// Its private key
    #[arg(long, env = "PLUE_UPSTREAM_KEY", value_name = "FILE", requires = "upstream_cert")]
    upstream_key: Option<PathBuf>,

    /// The name that the forge's certificate is for [default: that of its address]
    #[arg(long, env = "PLUE_UPSTREAM_NAME", value_name = "HOST")]
    upstream_name: Option<String>,

    /// For how long the forge may do nothing at all before it is given up
    #[arg(
        long,
        env = "PLUE_UPSTREAM_SECONDS",
        value_name = "SECONDS",
        default_value = "60",
        value_parser = clap::value_parser!(u64).range(1..=3600)
    )]
    upstream_seconds: u64,

    /// An Ed25519 key in PEM: who is signed in is told by a signed assertion as well
    #[arg(long, env = "PLUE_ASSERTION_KEY", value_name = "FILE", requires = "assertion_audience")]
    assertion_key: Option<PathBuf>,

    /// The name (kid) that the forge knows this key by
    #[arg(long, env = "PLUE_ASSERTION_KID", value_name = "NAME", default_value = "edge")]
    assertion_kid: String,

    /// The server that assertions are for, by the name that it checks
    #[arg(long, env = "PLUE_ASSERTION_AUDIENCE", value_name = "NAME", requires = "assertion_key")]
    assertion_audience: Option<String>,

    /// On this machine alone: throw-away keys, http://localhost and the port of --listen as the
    /// site, and a forge of two pages
    #[arg(
        long,
        conflicts_with_all = [
            "origin",
            "upstream",
            "assertion_key",
            "single_process",
            "sign_in",
            "old_sessions",
        ]
    )]
    demo: bool,

    /// How long requests may go on after SIGTERM or SIGINT
    #[arg(
        long,
        env = "PLUE_DRAIN_SECONDS",
        value_name = "SECONDS",
        default_value = "25",
        value_parser = clap::value_parser!(u64).range(0..=3600)
    )]
    drain_seconds: u64,

    /// One of error, warn, info, debug, trace. With debug, each refusal is told with its reason
    #[arg(long, env = "PLUE_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    log_level: Level,
}

impl Arguments {
    fn check(self) -> Result<Config, Wrong> {
        let demo_origin = format!("http://localhost:{}", self.listen.port());
        let site = self.sign_in.site(&demo_origin).map_err(Wrong::Origin)?;
        if self.demo && !(self.listen.ip().is_loopback() && self.health_listen.ip().is_loopback()) {
            return Err(Wrong::NotLoopback);
        }
        let sign_in = if self.demo {
            Some(SignInSettings::throw_away(site.clone(), self.sign_in.max_age()))
        } else if self.sign_in.sign_in == SignInAt::Edge {
            Some(self.sign_in.settings(site.clone())?)
        } else {
            None
        };
        Ok(Config {
            listen: self.listen,
            health_listen: self.health_listen,
            connecting_ip_from: self.connecting_ip_from.clone(),
            drain: Duration::from_secs(self.drain_seconds),
            log_level: self.log_level,
            mode: self.upstream.clone().map_or(Mode::Demo, |upstream| {
                Mode::Forge(Box::new(self.forge(upstream, sign_in.is_some())))
            }),
            site,
            sign_in,
        })
    }

    fn forge(self, upstream: Uri, tells: bool) -> Forge {
        let key = self.assertion_key.zip(self.assertion_audience).filter(|_| tells);
        Forge {
            upstream,
            upstream_ca: self.upstream_ca,
            upstream_identity: self.upstream_cert.zip(self.upstream_key),
            upstream_name: self.upstream_name,
            patience: Duration::from_secs(self.upstream_seconds),
            assertion: key.map(|(path, audience)| (path, self.assertion_kid, audience)),
        }
    }
}

/// What is wrong with settings that are each right.
#[derive(Debug, Error)]
enum Wrong {
    #[error(transparent)]
    Environment(#[from] ConfigErrors),
    #[error("--demo is for this machine alone; let --listen and --health-listen be on loopback")]
    NotLoopback,
    #[error("--origin: {0}")]
    Origin(siwe_session::ConfigError),
}

fn network(text: &str) -> Result<Network, proxy_protocol::ConfigError> {
    text.trim().parse()
}
