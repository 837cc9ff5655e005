use std::env::var_os;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use clap::error::ErrorKind;
use clap::{Arg, CommandFactory, FromArgMatches, Parser};
use serve::wallets::NonceStorage;
use serve::{ConfigErrors, Environment, Setting, Source};
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
    pub(crate) sign_in: Duration,
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
    pub(crate) session_keys: Source,
    pub(crate) nonce_secrets: Source,
    pub(crate) storage: NonceStorage,
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
        let mut command = Arguments::command().mut_args(without_empty_variable);
        let matches = command.try_get_matches_from_mut(arguments)?;
        let checked = Arguments::from_arg_matches(&matches)?.check();
        checked.map_err(|problem| command.error(ErrorKind::ValueValidation, problem))
    }
}

/// The edge of a forge: wallets sign in, and the origin is told who asks.
///
/// Secrets come from the environment, each from the variable or from the file that <NAME>_FILE names:
/// PLUE_SESSION_KEYS (`kid:base64`, the first signs), PLUE_NONCE_SECRETS (base64), and REDIS_URL or
/// DATABASE_URL. The files of the first two are read again on SIGHUP.
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

    /// The site as browsers name it, such as https://plue.dev; http on localhost alone
    #[arg(long, env = "PLUE_ORIGIN", value_name = "ORIGIN", required_unless_present = "demo")]
    origin: Option<String>,

    /// The chains that a wallet may sign in on, by their EIP-155 numbers, separated by commas
    #[arg(
        long,
        env = "PLUE_CHAINS",
        value_name = "CHAINS",
        value_delimiter = ',',
        default_value = "1"
    )]
    chains: Vec<u64>,

    /// How long somebody may take to sign in
    #[arg(
        long,
        env = "PLUE_SIGN_IN_SECONDS",
        value_name = "SECONDS",
        default_value = "600",
        value_parser = clap::value_parser!(u64).range(1..=3600)
    )]
    sign_in_seconds: u64,

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

    /// Keep in memory which nonces were used: for one process, until it ends. Not with REDIS_URL
    /// and DATABASE_URL
    #[arg(long)]
    single_process: bool,

    /// On this machine alone: throw-away keys, http://localhost and the port of --listen as the
    /// site, and a forge of two pages
    #[arg(
        long,
        conflicts_with_all = ["origin", "upstream", "assertion_key", "single_process"]
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
        let origin = self.origin.as_deref().unwrap_or(&demo_origin);
        let site = Audience::origin(origin).map_err(Wrong::Origin)?.chains(self.chains.clone());
        if self.demo && !(self.listen.ip().is_loopback() && self.health_listen.ip().is_loopback()) {
            return Err(Wrong::NotLoopback);
        }
        Ok(Config {
            listen: self.listen,
            health_listen: self.health_listen,
            site,
            sign_in: Duration::from_secs(self.sign_in_seconds),
            drain: Duration::from_secs(self.drain_seconds),
            log_level: self.log_level,
            mode: if self.demo { Mode::Demo } else { Mode::Forge(Box::new(self.forge()?)) },
        })
    }

    fn forge(self) -> Result<Forge, Wrong> {
        // What is not Unicode is kept, and found wrong where it is parsed.
        let mut environment =
            Environment::new(|name| Some(var_os(name)?.to_string_lossy().into_owned()));
        let mut source = |setting| {
            let before = environment.is_set(setting);
            let source = environment.source(setting);
            if !before {
                environment.missing(setting);
            }
            source
        };
        let (session_keys, nonce_secrets) = (source(&SESSION_KEYS), source(&NONCE_SECRETS));
        let storage = storage(&mut environment, self.single_process);
        let problems = environment.into_problems();
        let (Some(session_keys), Some(nonce_secrets), Some(storage), Some(upstream), true) =
            (session_keys, nonce_secrets, storage, self.upstream, problems.is_empty())
        else {
            return Err(Wrong::Environment(ConfigErrors::new(problems)));
        };
        let key = self.assertion_key.zip(self.assertion_audience);
        Ok(Forge {
            session_keys,
            nonce_secrets,
            storage,
            upstream,
            upstream_ca: self.upstream_ca,
            upstream_identity: self.upstream_cert.zip(self.upstream_key),
            upstream_name: self.upstream_name,
            patience: Duration::from_secs(self.upstream_seconds),
            assertion: key.map(|(path, audience)| (path, self.assertion_kid, audience)),
        })
    }
}

fn storage<F: Fn(&str) -> Option<String>>(
    environment: &mut Environment<F>,
    single_process: bool,
) -> Option<NonceStorage> {
    if !environment.exclusive(&REDIS_URL, &DATABASE_URL) {
        return None;
    }
    let is_shared = [&REDIS_URL, &DATABASE_URL].into_iter().find(|it| environment.is_set(it));
    match (is_shared, single_process) {
        (Some(setting), true) => {
            environment.wrong(setting, &"it is set, and so is --single-process; keep one");
            None
        }
        (None, true) => Some(NonceStorage::SingleProcess),
        (_, false) if environment.is_set(&REDIS_URL) => {
            environment.optional(&REDIS_URL, NonceStorage::redis)
        }
        (_, false) => environment.required(&DATABASE_URL, NonceStorage::postgres),
    }
}

/// What is wrong with settings that are each right.
#[derive(Debug, Error)]
enum Wrong {
    #[error(transparent)]
    Environment(ConfigErrors),
    #[error("--demo is for this machine alone; let --listen and --health-listen be on loopback")]
    NotLoopback,
    #[error("--origin: {0}")]
    Origin(siwe_session::ConfigError),
}

/// Orchestrators pass on variables that nobody has set.
fn without_empty_variable(argument: Arg) -> Arg {
    match argument.get_env().and_then(var_os) {
        Some(value) if value.is_empty() => argument.env(None::<&'static str>),
        _ => argument,
    }
}

const SESSION_KEYS: Setting = Setting {
    name: "PLUE_SESSION_KEYS",
    what: "the keys of sessions, `kid:base64`, of which the first signs",
};
const NONCE_SECRETS: Setting =
    Setting { name: "PLUE_NONCE_SECRETS", what: "the secrets that seal nonces, in base64" };
const REDIS_URL: Setting =
    Setting { name: "REDIS_URL", what: "the Redis that keeps which nonces were used" };
const DATABASE_URL: Setting = Setting {
    name: "DATABASE_URL",
    what: "the PostgreSQL database that keeps which nonces were used; or REDIS_URL, or for one \
           process --single-process",
};
