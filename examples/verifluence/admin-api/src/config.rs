use std::convert::Infallible;
use std::net::SocketAddr;

use cf_access::{Audience, ClientId, TeamDomain};
use database::Storage;
use serve::{ConfigErrors, Environment, Setting, Tunnel};
use tracing::Level;

use crate::{AdminSecret, PanelOrigin};

/// What the operator decides, read from the environment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Whose tokens are believed.
    pub team: TeamDomain,
    /// The applications whose tokens are accepted.
    pub audiences: Vec<Audience>,
    /// The service tokens that may pass. Others may not, whatever Access let in.
    pub service_tokens: Vec<ClientId>,
    /// The one origin whose pages may call this API.
    pub panel: PanelOrigin,
    /// The secret of the time before Access, while both are accepted.
    pub admin_secret: Option<AdminSecret>,
    /// Where everything is kept.
    pub storage: Storage,
    /// From whom requests may come.
    pub tunnel: Tunnel,
    /// Where the API listens.
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
        let service_tokens = environment.optional(&SERVICE_TOKENS, list);
        let panel = environment.required(&PANEL_ORIGIN, str::parse);
        // One that is left over from the time before Access opens nothing by itself.
        let admin_secret = match environment.optional(&ALLOW_ADMIN_SECRET, str::parse) {
            Some(true) => environment
                .required(&ADMIN_SECRET, |secret| Ok::<_, Infallible>(AdminSecret::new(secret))),
            _ => None,
        };
        let storage = Storage::read(&mut environment);
        let tunnel = Tunnel::read(&mut environment);
        let listen = environment.optional(&LISTEN, str::parse);
        let health_listen = environment.optional(&HEALTH_LISTEN, str::parse);
        let log_level = environment.optional(&LOG_LEVEL, str::parse);

        let problems = environment.into_problems();
        match (team, audiences, panel, storage) {
            (Some(team), Some(audiences), Some(panel), Some(storage)) if problems.is_empty() => {
                Ok(Self {
                    team,
                    audiences,
                    service_tokens: service_tokens.unwrap_or_default(),
                    panel,
                    admin_secret,
                    storage,
                    tunnel,
                    listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3002))),
                    health_listen: health_listen
                        .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3003))),
                    log_level: log_level.unwrap_or(Level::INFO),
                })
            }
            _ => Err(ConfigErrors::new(problems)),
        }
    }
}

fn team(text: &str) -> Result<TeamDomain, cf_access::ConfigError> {
    // The issuer of a test. On loopback alone: the crate refuses it elsewhere.
    if text.starts_with("http://") { TeamDomain::custom_issuer(text) } else { text.parse() }
}

fn list<T: std::str::FromStr>(text: &str) -> Result<Vec<T>, T::Err> {
    text.split(',').map(|item| item.trim().parse()).collect()
}

const TEAM_DOMAIN: Setting = Setting {
    name: "CF_ACCESS_TEAM_DOMAIN",
    what: "the Access team, such as `verifluence.cloudflareaccess.com`",
};
const AUDIENCES: Setting = Setting {
    name: "CF_ACCESS_AUD",
    what: "the AUD tags of the Access applications in front of this API, separated by commas",
};
const SERVICE_TOKENS: Setting = Setting {
    name: "CF_ACCESS_SERVICE_TOKENS",
    what: "the client ids of the service tokens that may pass, separated by commas",
};
const PANEL_ORIGIN: Setting = Setting {
    name: "ADMIN_PANEL_ORIGIN",
    what: "the origin of the admin panel, such as `https://admin.verifluence.io`",
};
const ALLOW_ADMIN_SECRET: Setting = Setting {
    name: "ALLOW_ADMIN_SECRET",
    what: "`true` while the secret of the time before Access is still accepted",
};
const ADMIN_SECRET: Setting =
    Setting { name: "ADMIN_SECRET", what: "that secret, if ALLOW_ADMIN_SECRET is `true`" };
const LISTEN: Setting = Setting { name: "LISTEN", what: "where the API listens" };
const HEALTH_LISTEN: Setting =
    Setting { name: "HEALTH_LISTEN", what: "where the probes and the counters listen" };
const LOG_LEVEL: Setting =
    Setting { name: "LOG_LEVEL", what: "one of error, warn, info, debug, trace" };

#[cfg(test)]
mod tests;
