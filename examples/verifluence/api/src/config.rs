use std::net::SocketAddr;

use database::Storage;
use serve::{ConfigErrors, Environment, Setting, Source, Tunnel};
use siwe_session::{Audience, ConfigError};
use tracing::Level;

/// What the operator decides, read from the environment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The origins of the front end: wallets sign in to these, and their pages may call.
    pub web: Vec<Audience>,
    /// The keys of sessions.
    pub session_keys: Source,
    /// The secrets that seal nonces.
    pub nonce_secrets: Source,
    /// Where everything is kept.
    pub storage: Storage,
    /// From whom requests may come.
    pub tunnel: Tunnel,
    /// The wallets that may not sign in.
    pub denied: Option<Source>,
    /// The wallets whose role is that of the staff.
    pub staff: Option<Source>,
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
        let chains = environment.optional(&CHAINS, chains).unwrap_or_else(|| vec![1]);
        let web = environment.required(&WEB_ORIGINS, |text| origins(text, &chains));
        let session_keys = environment.required_source(&SESSION_KEYS);
        let nonce_secrets = environment.required_source(&NONCE_SECRETS);
        let storage = Storage::read(&mut environment);
        let tunnel = Tunnel::read(&mut environment);
        let denied = environment.source(&DENIED_WALLETS);
        let staff = environment.source(&STAFF_WALLETS);
        let listen = environment.optional(&LISTEN, str::parse);
        let health_listen = environment.optional(&HEALTH_LISTEN, str::parse);
        let log_level = environment.optional(&LOG_LEVEL, str::parse);

        let problems = environment.into_problems();
        match (web, session_keys, nonce_secrets, storage) {
            (Some(web), Some(session_keys), Some(nonce_secrets), Some(storage))
                if problems.is_empty() =>
            {
                Ok(Self {
                    web,
                    session_keys,
                    nonce_secrets,
                    storage,
                    tunnel,
                    denied,
                    staff,
                    listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3004))),
                    health_listen: health_listen
                        .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3005))),
                    log_level: log_level.unwrap_or(Level::INFO),
                })
            }
            _ => Err(ConfigErrors::new(problems)),
        }
    }
}

fn chains(text: &str) -> Result<Vec<u64>, std::num::ParseIntError> {
    text.split(',').map(|chain| chain.trim().parse()).collect()
}

fn origins(text: &str, chains: &[u64]) -> Result<Vec<Audience>, ConfigError> {
    let audience =
        |origin: &str| Ok(Audience::origin(origin.trim())?.chains(chains.iter().copied()));
    text.split(',').map(audience).collect()
}

const WEB_ORIGINS: Setting = Setting {
    name: "WEB_ORIGINS",
    what: "the origins of the front end, such as `https://app.verifluence.io`, separated by commas",
};
const CHAINS: Setting = Setting {
    name: "CHAINS",
    what: "the chains that a wallet may sign in on, by their EIP-155 numbers, separated by commas",
};
const SESSION_KEYS: Setting = Setting {
    name: "SESSION_KEYS",
    what: "the keys of sessions, `kid:base64`, of which the first signs",
};
const NONCE_SECRETS: Setting =
    Setting { name: "NONCE_SECRETS", what: "the secrets that seal nonces, in base64" };
const DENIED_WALLETS: Setting =
    Setting { name: "DENIED_WALLETS", what: "the addresses of wallets that may not sign in" };
const STAFF_WALLETS: Setting =
    Setting { name: "STAFF_WALLETS", what: "the addresses of wallets of the staff" };
const LISTEN: Setting = Setting { name: "LISTEN", what: "where the API listens" };
const HEALTH_LISTEN: Setting =
    Setting { name: "HEALTH_LISTEN", what: "where the probes and the counters listen" };
const LOG_LEVEL: Setting =
    Setting { name: "LOG_LEVEL", what: "one of error, warn, info, debug, trace" };
