use std::env::var_os;
use std::time::Duration;

use clap::{Args, ValueEnum};
use siwe_session::{Audience, ConfigError, MigrationStep};

use super::SignInSettings;
use crate::wallets::NonceStorage;
use crate::{ConfigErrors, Environment, Setting, Source};

/// How wallets sign in, as the arguments and the environment of either server have it.
#[derive(Args, Clone, Debug)]
#[non_exhaustive]
pub struct SignInArguments {
    /// Where wallets sign in; to roll back, say `origin` to both servers
    #[arg(long, env = "PLUE_SIGN_IN", value_name = "WHERE", default_value = "edge")]
    pub sign_in: SignInAt,

    /// The site as browsers name it, such as `https://plue.dev`; http on localhost alone
    #[arg(long, env = "PLUE_ORIGIN", value_name = "ORIGIN")]
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

    /// Keep in memory which nonces were used: for one process, until it ends. Not with REDIS_URL
    /// and DATABASE_URL
    #[arg(long)]
    single_process: bool,

    /// Which sessions are taken while old ones are replaced [default: both, with
    /// PLUE_OLD_SESSIONS_URL]
    #[arg(long, env = "PLUE_OLD_SESSIONS", value_name = "STEP")]
    old_sessions: Option<Step>,
}

/// Where wallets sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum SignInAt {
    /// At the edge, which tells the origin who they are
    Edge,
    /// At the origin, and the edge passes everything on
    Origin,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Step {
    /// Old ones, and nobody begins a new one
    OldOnly,
    /// Old ones and new ones
    Both,
    /// New ones
    NewOnly,
}

impl SignInArguments {
    /// How long somebody may take to sign in.
    #[must_use]
    pub fn max_age(&self) -> Duration {
        Duration::from_secs(self.sign_in_seconds)
    }

    /// What wallets sign in to. If nothing is said of it, this.
    ///
    /// # Errors
    ///
    /// If it is no origin.
    pub fn site(&self, otherwise: &str) -> Result<Audience, ConfigError> {
        let origin = self.origin.as_deref().unwrap_or(otherwise);
        Ok(Audience::origin(origin)?.chains(self.chains.iter().copied()))
    }

    /// All that it takes to sign in to this site, with what the environment says.
    ///
    /// # Errors
    ///
    /// All that is missing or wrong in the environment, at once.
    pub fn settings(&self, site: Audience) -> Result<SignInSettings, ConfigErrors> {
        // What is not Unicode is kept, and found wrong where it is parsed.
        let mut environment =
            Environment::new(|name| Some(var_os(name)?.to_string_lossy().into_owned()));
        let mut source = |setting| required(&mut environment, setting);
        let (keys, nonces) = (source(&SESSION_KEYS), source(&NONCE_SECRETS));
        let storage = storage(&mut environment, self.single_process);
        let database = environment.optional(&OLD_SESSIONS_URL, str::parse);
        let step = self.old_sessions.unwrap_or(Step::Both);
        // When the last step is done, the database may be gone.
        if !environment.is_set(&OLD_SESSIONS_URL)
            && matches!(self.old_sessions, Some(Step::OldOnly | Step::Both))
        {
            environment.missing(&OLD_SESSIONS_URL);
        }
        let problems = environment.into_problems();
        match (keys, nonces, storage) {
            (Some(keys), Some(nonces), Some(storage)) if problems.is_empty() => {
                Ok(SignInSettings {
                    site,
                    max_age: self.max_age(),
                    secrets: Some((keys, nonces)),
                    storage,
                    old: database.map(|database| (database, step.into())),
                })
            }
            _ => Err(ConfigErrors::new(problems)),
        }
    }
}

impl From<Step> for MigrationStep {
    fn from(step: Step) -> Self {
        match step {
            Step::OldOnly => Self::OldOnly,
            Step::Both => Self::Both,
            Step::NewOnly => Self::NewOnly,
        }
    }
}

fn required<F: Fn(&str) -> Option<String>>(
    environment: &mut Environment<F>,
    setting: &Setting,
) -> Option<Source> {
    if !environment.is_set(setting) {
        environment.missing(setting);
    }
    environment.source(setting)
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
const OLD_SESSIONS_URL: Setting = Setting {
    name: "PLUE_OLD_SESSIONS_URL",
    what: "the PostgreSQL database with the sessions that were there before",
};
