use std::env::var_os;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};
use origin_mtls::{HostPattern, SpkiPin};
use proxy_protocol::Network;
use serve::ConfigErrors;
use serve::arguments::without_empty_variable;
use serve::plue::{SignInArguments, SignInAt};
use thiserror::Error;
use tracing::Level;

use crate::material::{Demands, Files};
use crate::users::{SignedIn, UserKey};

/// What the operator decides, read from the arguments and the environment.
///
/// There is no setting that answers without mutual TLS.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) health_listen: SocketAddr,
    pub(crate) source: Source,
    pub(crate) demands: Demands,
    pub(crate) signed_in: SignedIn,
    pub(crate) observe: bool,
    pub(crate) allow_tls12: bool,
    pub(crate) proxy_from: Vec<Network>,
    pub(crate) allow_sources: Vec<Network>,
    pub(crate) poll: Duration,
    pub(crate) drain: Duration,
    /// What is logged.
    pub log_level: Level,
}

/// Where certificates come from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    /// A throw-away authority, whose client's files are written into this folder.
    Ephemeral(PathBuf),
    Files(Files),
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
            .mut_arg("origin", |origin| origin.required_if_eq("sign_in", "origin"))
            .mut_args(without_empty_variable);
        let matches = command.try_get_matches_from_mut(arguments)?;
        let checked = match var_os(DEV_MODE) {
            Some(value) if !value.is_empty() => Err(Problem::DevMode),
            _ => Arguments::from_arg_matches(&matches)?.check(),
        };
        checked.map_err(|problem| command.error(ErrorKind::ValueValidation, problem))
    }
}

/// Answers its own Cloudflare zone, over mutual TLS, and nobody else.
///
/// With --sign-in origin, secrets come from the environment, each from the variable or from the file that
/// <NAME>_FILE names: PLUE_SESSION_KEYS (`kid:base64`, the first signs), PLUE_NONCE_SECRETS (base64),
/// REDIS_URL or DATABASE_URL, and PLUE_OLD_SESSIONS_URL. The files of the first two are read again on
/// SIGHUP.
#[derive(Debug, Parser)]
#[command(name = "plue-origin", version, max_term_width = 100)]
struct Arguments {
    /// Where Cloudflare connects to
    #[arg(long, env = "PLUE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,

    /// Where /healthz, /readyz and /status answer, in plain HTTP: keep it inside
    #[arg(
        long,
        env = "PLUE_HEALTH_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8081"
    )]
    health_listen: SocketAddr,

    /// The certificates of your authorities: one, or two while you rotate
    #[arg(long, env = "PLUE_CA", value_name = "FILE", default_value = "/etc/plue/certs/ca.crt")]
    ca: PathBuf,

    /// Their revocation lists [default: none, and nothing is revoked]
    #[arg(long, env = "PLUE_CRL", value_name = "FILE")]
    crl: Option<PathBuf>,

    /// This server's certificate, with its intermediates behind it
    #[arg(
        long,
        env = "PLUE_TLS_CERT",
        value_name = "FILE",
        default_value = "/etc/plue/tls/tls.crt"
    )]
    tls_cert: PathBuf,

    /// Its private key
    #[arg(
        long,
        env = "PLUE_TLS_KEY",
        value_name = "FILE",
        default_value = "/etc/plue/tls/tls.key"
    )]
    tls_key: PathBuf,

    /// On this machine alone: makes a throw-away authority, writes ca.crt, client.crt and
    /// client.key for curl into this folder, and holds clients to them. Not with --ca, --crl,
    /// --tls-cert, --tls-key, --pins and --user-edges
    #[arg(
        long,
        value_name = "FOLDER",
        conflicts_with_all = ["ca", "crl", "tls_cert", "tls_key", "pins", "user_edges"]
    )]
    ephemeral: Option<PathBuf>,

    /// The hosts that are served, separated by commas; requests for others are answered with 421
    #[arg(
        long,
        env = "PLUE_HOSTS",
        value_name = "HOSTS",
        value_delimiter = ',',
        default_values = ["plue.dev", "*.plue.dev"],
        value_parser = host
    )]
    hosts: Vec<HostPattern>,

    /// The only client keys that are accepted, `sha256/…`, separated by commas [default: all that
    /// the authorities have certified]
    #[arg(
        long,
        env = "PLUE_PINS",
        value_name = "PINS",
        value_delimiter = ',',
        value_parser = pin
    )]
    pins: Vec<SpkiPin>,

    /// The client keys of edges that sign people in, `sha256/…`, separated by commas: over their
    /// connections X-Plue-User-Address is believed [default: none]
    #[arg(
        long,
        env = "PLUE_USER_EDGES",
        value_name = "PINS",
        value_delimiter = ',',
        value_parser = pin,
        conflicts_with = "user_assertion_key"
    )]
    user_edges: Vec<SpkiPin>,

    /// The public half, in PEM, of the Ed25519 key that an edge signs with: X-Plue-User-Assertion is
    /// believed. Not with --user-edges [default: none]
    #[arg(
        long,
        env = "PLUE_USER_ASSERTION_KEY",
        value_name = "FILE",
        requires = "user_assertion_audience"
    )]
    user_assertion_key: Option<PathBuf>,

    /// The name (kid) that assertions have this key by; of two keys in the file, one after the other, two
    /// names, separated by commas
    #[arg(
        long,
        env = "PLUE_USER_ASSERTION_KID",
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "edge"
    )]
    user_assertion_kid: Vec<String>,

    /// The name of this server in assertions
    #[arg(
        long,
        env = "PLUE_USER_ASSERTION_AUDIENCE",
        value_name = "NAME",
        requires = "user_assertion_key"
    )]
    user_assertion_audience: Option<String>,

    #[command(flatten)]
    sign_in: SignInArguments,

    /// Hold certificates to RFC 5280 and more, as the tool of this repository makes them
    #[arg(long, env = "PLUE_STRICT")]
    strict: bool,

    /// Answer also who proves nothing, and tell of it: for a roll-out. What needs the proof refuses
    #[arg(long, env = "PLUE_OBSERVE")]
    observe: bool,

    /// Speak TLS 1.2 too, in which the client's certificate is seen on the way
    #[arg(long, env = "PLUE_ALLOW_TLS12")]
    allow_tls12: bool,

    /// The networks of a load balancer in front that writes a PROXY header, separated by commas; no
    /// others may connect then [default: none, and there is no header]
    #[arg(
        long,
        env = "PLUE_PROXY_FROM",
        value_name = "NETWORKS",
        value_delimiter = ',',
        value_parser = network
    )]
    proxy_from: Vec<Network>,

    /// Networks that a PROXY header may name though none on the Internet has them, separated by commas:
    /// those of an edge beside this server
    #[arg(
        long,
        env = "PLUE_ALLOW_SOURCES",
        value_name = "NETWORKS",
        value_delimiter = ',',
        value_parser = network,
        requires = "proxy_from"
    )]
    allow_source: Vec<Network>,

    /// How often the files are looked at
    #[arg(
        long,
        env = "PLUE_POLL_SECONDS",
        value_name = "SECONDS",
        default_value = "5",
        value_parser = poll
    )]
    poll_seconds: Duration,

    /// How long requests may go on after SIGTERM or SIGINT
    #[arg(long, env = "PLUE_DRAIN_SECONDS", value_name = "SECONDS", default_value = "25")]
    drain_seconds: u64,

    /// What is logged: error, warn, info, debug or trace
    #[arg(long, env = "PLUE_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    log_level: Level,
}

impl Arguments {
    fn check(self) -> Result<Config, Problem> {
        let is_on_loopback =
            self.listen.ip().is_loopback() && self.health_listen.ip().is_loopback();
        let mut hosts = self.hosts;
        let assertion = self.user_assertion_key.zip(self.user_assertion_audience);
        let signed_in = match (self.sign_in.sign_in, assertion) {
            // What is believed of an edge may stay set: a roll-back is one variable.
            (SignInAt::Origin, _) => {
                let site = self.sign_in.site("").map_err(Problem::Origin)?;
                SignedIn::Here(Box::new(self.sign_in.settings(site)?))
            }
            (SignInAt::Edge, Some((path, audience))) => {
                let key = UserKey { path, kids: self.user_assertion_kid };
                SignedIn::ByAssertion { key, audience }
            }
            (SignInAt::Edge, None) => SignedIn::ByEdges(self.user_edges),
        };
        let source = match self.ephemeral {
            Some(_) if !is_on_loopback => return Err(Problem::NotLoopback),
            Some(folder) => {
                // What the server's certificate is for, then.
                hosts.extend("localhost".parse().ok());
                Source::Ephemeral(folder)
            }
            None => Source::Files(Files {
                ca: self.ca,
                crl: self.crl,
                tls_cert: self.tls_cert,
                tls_key: self.tls_key,
                user_key: signed_in.key().cloned(),
            }),
        };
        Ok(Config {
            listen: self.listen,
            health_listen: self.health_listen,
            source,
            demands: Demands { hosts, pins: self.pins, is_strict: self.strict },
            signed_in,
            observe: self.observe,
            allow_tls12: self.allow_tls12,
            proxy_from: self.proxy_from,
            allow_sources: self.allow_source,
            poll: self.poll_seconds,
            drain: Duration::from_secs(self.drain_seconds),
            log_level: self.log_level,
        })
    }
}

/// What is wrong with settings that are each right.
#[derive(Debug, Error)]
enum Problem {
    #[error(
        "PLUE_DEV_MODE is set, and nothing here turns mutual TLS off; unset it, and on your own \
         machine run with `--ephemeral FOLDER`, which makes certificates for you and for curl"
    )]
    DevMode,
    #[error(transparent)]
    Environment(#[from] ConfigErrors),
    #[error(
        "--ephemeral is for this machine alone; let --listen and --health-listen be on loopback, \
         such as 127.0.0.1:8443"
    )]
    NotLoopback,
    #[error("--origin: {0}")]
    Origin(siwe_session::ConfigError),
}

fn host(text: &str) -> Result<HostPattern, origin_mtls::ConfigError> {
    text.trim().parse()
}

fn pin(text: &str) -> Result<SpkiPin, origin_mtls::ConfigError> {
    text.trim().parse()
}

fn network(text: &str) -> Result<Network, proxy_protocol::ConfigError> {
    text.trim().parse()
}

fn poll(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|poll| (LEAST_POLL..=MOST_POLL).contains(poll)).ok_or("0.05 to 3600 seconds")
}

/// What the owners' document has in the place of `--ephemeral`. One variable that is left over in a
/// deployment would have turned off who may connect; here it is found out.
const DEV_MODE: &str = "PLUE_DEV_MODE";

const LEAST_POLL: Duration = Duration::from_millis(50);
const MOST_POLL: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests;
