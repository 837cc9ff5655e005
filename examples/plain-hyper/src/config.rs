use std::net::SocketAddr;
use std::str::FromStr;

use cf_access::{Audience, TeamDomain};
use kick_hmac::{Broadcasters, KickKeys, KickPublicKey};
use proxy_protocol::{ConfigError, Network, Networks, ProxyProtocol, Trust, cloudflare, loopback};
use serve::{ConfigErrors, Environment, Setting};
use tracing::Level;

/// What the operator decides, read from the environment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Whose tokens are believed.
    pub team: TeamDomain,
    /// The applications whose tokens are accepted.
    pub audiences: Vec<Audience>,
    /// Whose events are handled.
    pub broadcasters: Broadcasters,
    /// Who signs them.
    pub kick_keys: KickKeys,
    /// Who may connect, and who of them sends a PROXY header.
    pub trust: Trust,
    /// Where clients are served.
    pub listen: SocketAddr,
    /// Where the probes and the counters listen.
    pub health_listen: SocketAddr,
    /// What is logged.
    pub log_level: Level,
}

impl Config {
    /// Reads the variables through this function, each by its name, or from the file that
    /// `<NAME>_FILE` names. A variable that is empty counts as one that is not there.
    ///
    /// # Errors
    ///
    /// All that is missing or wrong, at once.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        let mut environment = Environment::new(variable);
        let team = environment.required(&TEAM_DOMAIN, team);
        let audiences = environment.required(&AUDIENCES, list);
        let broadcasters = environment.required(&BROADCASTERS, broadcasters);
        let kick_key = environment.optional(&KICK_PUBLIC_KEY, |pem| KickPublicKey::from_pem(pem));
        let trust = environment.optional(&PROXY_FROM, |text| trust(list::<Network>(text)?));
        let listen = environment.optional(&LISTEN, str::parse);
        let health_listen = environment.optional(&HEALTH_LISTEN, str::parse);
        let log_level = environment.optional(&LOG_LEVEL, str::parse);

        let problems = environment.into_problems();
        match (team, audiences, broadcasters) {
            (Some(team), Some(audiences), Some(broadcasters)) if problems.is_empty() => Ok(Self {
                team,
                audiences,
                broadcasters,
                kick_keys: kick_key.map_or_else(KickKeys::published, KickKeys::new),
                trust: trust.unwrap_or_else(|| Trust::require(cloudflare()).direct(loopback())),
                listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3006))),
                health_listen: health_listen
                    .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3007))),
                log_level: log_level.unwrap_or(Level::INFO),
            }),
            _ => Err(ConfigErrors::new(problems)),
        }
    }
}

fn team(text: &str) -> Result<TeamDomain, cf_access::ConfigError> {
    // The issuer of a test. On loopback alone: the crate refuses it elsewhere.
    if text.starts_with("http://") { TeamDomain::custom_issuer(text) } else { text.parse() }
}

/// The word is written out, so that nobody takes everybody's events for want of a list.
fn broadcasters(text: &str) -> Result<Broadcasters, &'static str> {
    if text == "any" {
        return Ok(Broadcasters::any());
    }
    list(text)
        .map(Broadcasters::only)
        .map_err(|_| "expected user ids separated by commas, or `any`")
}

/// What may not stand together is told here, by the variable's name.
fn trust(networks: Vec<Network>) -> Result<Trust, ConfigError> {
    let trust = Trust::require(networks.into_iter().collect::<Networks>()).direct(loopback());
    ProxyProtocol::builder(trust.clone()).build().map(|_| trust)
}

fn list<T: FromStr>(text: &str) -> Result<Vec<T>, T::Err> {
    text.split(',').map(|item| item.trim().parse()).collect()
}

const TEAM_DOMAIN: Setting = Setting {
    name: "CF_ACCESS_TEAM_DOMAIN",
    what: "the Access team, such as `verifluence.cloudflareaccess.com`",
};
const AUDIENCES: Setting = Setting {
    name: "CF_ACCESS_AUD",
    what: "the AUD tags of the Access applications in front of this server, separated by commas",
};
const BROADCASTERS: Setting = Setting {
    name: "KICK_BROADCASTERS",
    what: "the user ids of the broadcasters whose events are handled, separated by commas; or `any`",
};
const KICK_PUBLIC_KEY: Setting = Setting {
    name: "KICK_PUBLIC_KEY",
    what: "the public key of who signs, in PEM, in the place of Kick's own",
};
const PROXY_FROM: Setting = Setting {
    name: "PROXY_FROM",
    what: "the networks of the proxies, which must send a PROXY header, separated by commas",
};
const LISTEN: Setting = Setting { name: "LISTEN", what: "where clients are served" };
const HEALTH_LISTEN: Setting =
    Setting { name: "HEALTH_LISTEN", what: "where the probes and the counters listen" };
const LOG_LEVEL: Setting =
    Setting { name: "LOG_LEVEL", what: "one of error, warn, info, debug, trace" };
