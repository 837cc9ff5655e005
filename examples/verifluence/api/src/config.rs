use std::net::SocketAddr;

use serve::wallets::NonceStorage;
use serve::{ConfigErrors, Environment, Setting, Source};
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
    /// Where it is kept which nonces were used.
    pub storage: NonceStorage,
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
        let session_keys = required_source(&mut environment, &SESSION_KEYS);
        let nonce_secrets = required_source(&mut environment, &NONCE_SECRETS);
        let storage = storage(&mut environment);
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

fn required_source<F: Fn(&str) -> Option<String>>(
    environment: &mut Environment<F>,
    setting: &Setting,
) -> Option<Source> {
    if !environment.is_set(setting) {
        environment.missing(setting);
    }
    environment.source(setting)
}

/// Memory is a choice that is written out: two processes with a memory each take a nonce twice.
fn storage<F: Fn(&str) -> Option<String>>(
    environment: &mut Environment<F>,
) -> Option<NonceStorage> {
    let mut alone = true;
    for (setting, other) in [
        (&REDIS_URL, &DATABASE_URL),
        (&REDIS_URL, &SINGLE_PROCESS),
        (&DATABASE_URL, &SINGLE_PROCESS),
    ] {
        alone &= environment.exclusive(setting, other);
    }
    if !alone {
        return None;
    }
    if environment.is_set(&REDIS_URL) {
        return environment.optional(&REDIS_URL, NonceStorage::redis);
    }
    if environment.is_set(&SINGLE_PROCESS) {
        return environment.required(&SINGLE_PROCESS, |text| match text {
            "true" => Ok(NonceStorage::SingleProcess),
            _ => Err("expected `true`"),
        });
    }
    environment.required(&DATABASE_URL, NonceStorage::postgres)
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
const REDIS_URL: Setting =
    Setting { name: "REDIS_URL", what: "the Redis that keeps which nonces were used" };
const DATABASE_URL: Setting = Setting {
    name: "DATABASE_URL",
    what: "the PostgreSQL database that keeps which nonces were used; or REDIS_URL, or \
           SINGLE_PROCESS",
};
const SINGLE_PROCESS: Setting = Setting {
    name: "SINGLE_PROCESS",
    what: "`true` if one process alone serves, which keeps that in memory until it ends",
};
const DENIED_WALLETS: Setting =
    Setting { name: "DENIED_WALLETS", what: "the addresses of wallets that may not sign in" };
const STAFF_WALLETS: Setting =
    Setting { name: "STAFF_WALLETS", what: "the addresses of wallets of the staff" };
const LISTEN: Setting = Setting { name: "LISTEN", what: "where the API listens" };
const HEALTH_LISTEN: Setting =
    Setting { name: "HEALTH_LISTEN", what: "where the probes and the counters listen" };
const LOG_LEVEL: Setting =
    Setting { name: "LOG_LEVEL", what: "one of error, warn, info, debug, trace" };
