mod sshd;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};
use proxy_protocol::{ConfigError, Network, Networks, ProxyProtocol, Trust, cloudflare, loopback};
use serve::arguments::without_empty_variable;
use thiserror::Error;
use tracing::Level;

pub use self::sshd::{SshdAddress, SshdAddressError};

/// What the operator decides, read from the arguments and the environment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where clients and Spectrum connect to.
    pub listen: SocketAddr,
    /// Where sshd listens.
    pub sshd: SshdAddress,
    /// Who may connect, and who of them sends a header.
    pub proxy: ProxyProtocol,
    /// Whether who may not connect is handed to sshd all the same, and logged.
    pub observe: bool,
    /// How many connections a client may begin in a minute.
    pub connections_per_minute: NonZeroU32,
    /// How many sessions there may be at once.
    pub max_sessions: NonZeroUsize,
    /// How many of them may be of one client.
    pub max_sessions_per_client: NonZeroUsize,
    /// How long sessions may go on when the service is asked to end.
    pub drain: Duration,
    /// What is logged.
    pub log_level: Level,
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
        Arguments::from_arg_matches(&matches)?
            .check()
            .map_err(|problem| command.error(ErrorKind::ValueValidation, problem))
    }
}

/// Takes port 22 behind Cloudflare Spectrum, and hands it to an sshd on loopback.
#[derive(Debug, Parser)]
#[command(name = "plue-git-ssh", version, max_term_width = 100)]
struct Arguments {
    /// Where clients and Spectrum connect to
    #[arg(long, env = "LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:2222")]
    listen: SocketAddr,

    /// Where sshd listens, on loopback: to it, everybody comes from there
    #[arg(long, env = "SSHD", value_name = "ADDRESS", default_value = "127.0.0.1:2022")]
    sshd: SshdAddress,

    /// The networks that must send a header, separated by commas [default: Cloudflare's]
    #[arg(
        long,
        env = "SPECTRUM_NETWORKS",
        value_name = "NETWORKS",
        value_delimiter = ',',
        value_parser = network
    )]
    spectrum: Vec<Network>,

    /// The networks whose clients connect without a header [default: loopback]
    #[arg(
        long,
        env = "DIRECT_NETWORKS",
        value_name = "NETWORKS",
        value_delimiter = ',',
        value_parser = network
    )]
    direct: Vec<Network>,

    /// This server's public addresses, which no client has
    #[arg(
        long,
        env = "OWN_ADDRESSES",
        value_name = "NETWORKS",
        value_delimiter = ',',
        value_parser = network
    )]
    own_address: Vec<Network>,

    /// Networks that a header may name though none on the Internet has them, for tests
    #[arg(
        long,
        env = "ALLOW_SOURCES",
        value_name = "NETWORKS",
        value_delimiter = ',',
        value_parser = network
    )]
    allow_source: Vec<Network>,

    /// Hand who may not connect to sshd all the same, and log it: for a roll-out
    #[arg(long, env = "OBSERVE")]
    observe: bool,

    /// How many connections a client may begin in a minute, which for IPv6 is a /64
    #[arg(long, env = "CONNECTIONS_PER_MINUTE", value_name = "NUMBER", default_value = "60")]
    connections_per_minute: NonZeroU32,

    /// How many sessions there may be at once
    #[arg(long, env = "MAX_SESSIONS", value_name = "NUMBER", default_value = "512")]
    max_sessions: NonZeroUsize,

    /// How many of them may be of one client, which for IPv6 is a /64
    #[arg(long, env = "MAX_SESSIONS_PER_CLIENT", value_name = "NUMBER", default_value = "32")]
    max_sessions_per_client: NonZeroUsize,

    /// How long sessions may go on after SIGTERM or SIGINT
    #[arg(long, env = "DRAIN_SECONDS", value_name = "SECONDS", default_value = "25")]
    drain_seconds: u64,

    /// What is logged: error, warn, info, debug or trace
    #[arg(long, env = "LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    log_level: Level,
}

impl Arguments {
    fn check(self) -> Result<Config, Problem> {
        if self.sshd.is_reached_at(self.listen) {
            return Err(Problem::Itself);
        }
        Ok(Config {
            listen: self.listen,
            sshd: self.sshd,
            proxy: proxy(self.spectrum, self.direct, self.own_address, self.allow_source)?,
            observe: self.observe,
            connections_per_minute: self.connections_per_minute,
            max_sessions: self.max_sessions,
            max_sessions_per_client: self.max_sessions_per_client,
            drain: Duration::from_secs(self.drain_seconds),
            log_level: self.log_level,
        })
    }
}

fn proxy(
    spectrum: Vec<Network>,
    direct: Vec<Network>,
    own_addresses: Vec<Network>,
    allowed_sources: Vec<Network>,
) -> Result<ProxyProtocol, Problem> {
    let or = |named: Vec<Network>, default: fn() -> Networks| {
        if named.is_empty() { default() } else { named.into() }
    };
    ProxyProtocol::builder(Trust::require(or(spectrum, cloudflare)).direct(or(direct, loopback)))
        .own_addresses(own_addresses)
        .allow_sources(allowed_sources)
        .max_pending(MAX_PENDING)
        .build()
        .map_err(|error| match error {
            ConfigError::AnyPeer => Problem::AnyPeer,
            ConfigError::Conflict => Problem::Conflict,
            other => Problem::Proxy(other),
        })
}

/// What is wrong with settings that are each right.
#[derive(Debug, Error)]
enum Problem {
    #[error(
        "--spectrum names every address, so anyone could claim any address; \
         name the networks of your proxies"
    )]
    AnyPeer,
    #[error("a network is in --spectrum and in --direct; leave it in one of them")]
    Conflict,
    #[error("--sshd is where this service itself listens; have sshd listen at another port")]
    Itself,
    #[error(transparent)]
    Proxy(ConfigError),
}

fn network(text: &str) -> Result<Network, ConfigError> {
    text.trim().parse()
}

/// How many connections may wait for their header at once.
pub(crate) const MAX_PENDING: usize = 1024;

#[cfg(test)]
mod tests;
