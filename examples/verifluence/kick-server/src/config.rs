use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use database::Database;
use kick_hmac::{Broadcasters, Campaigns};
use serve::{ConfigErrors, Environment, Setting, Tunnel};
use tracing::Level;

use crate::Signer;

/// What the operator decides, read from the environment.
#[derive(Debug)]
#[non_exhaustive]
pub struct Config {
    /// Who signs.
    pub signer: Signer,
    /// Whose events are kept.
    pub broadcasters: Broadcasters,
    /// Whose Drops claims are kept; none if there is nothing here.
    pub campaigns: Option<Campaigns>,
    /// Where they are kept.
    pub storage: Storage,
    /// For how long.
    pub keep_for: Duration,
    /// From whom they may come.
    pub tunnel: Tunnel,
    /// Where Kick's deliveries come.
    pub listen: SocketAddr,
    /// Where the operator looks.
    pub admin_listen: SocketAddr,
    /// What is logged.
    pub log_level: Level,
}

/// Where events are kept.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever reads this decides between the two")]
pub enum Storage {
    /// In a file in this folder: for one process.
    Folder(PathBuf),
    /// In PostgreSQL: for any number of processes.
    Postgres(Database),
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
        let signer = signer(&mut environment);
        let broadcasters = environment.required(&BROADCASTERS, broadcasters);
        let campaigns = environment.optional(&DROPS_CAMPAIGNS, campaigns);
        let storage = storage(&mut environment);
        let keep_for = environment.optional(&KEEP_DAYS, days);
        let tunnel = Tunnel::read(&mut environment);
        let listen = environment.optional(&LISTEN, str::parse);
        let admin_listen = environment.optional(&ADMIN_LISTEN, str::parse);
        let log_level = environment.optional(&LOG_LEVEL, str::parse);

        let problems = environment.into_problems();
        match (signer, broadcasters, storage) {
            (Some(signer), Some(broadcasters), Some(storage)) if problems.is_empty() => Ok(Self {
                signer,
                broadcasters,
                campaigns,
                storage,
                keep_for: keep_for.unwrap_or(DEFAULT_KEEP),
                tunnel,
                listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000))),
                admin_listen: admin_listen
                    .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3001))),
                log_level: log_level.unwrap_or(Level::INFO),
            }),
            _ => Err(ConfigErrors::new(problems)),
        }
    }
}

fn signer<F: Fn(&str) -> Option<String>>(environment: &mut Environment<F>) -> Option<Signer> {
    if !environment.exclusive(&PUBLIC_KEY_FILE, &RELAY_SECRET_FILE) {
        return None;
    }
    if environment.is_set(&PUBLIC_KEY_FILE) {
        environment.path(&PUBLIC_KEY_FILE, Signer::public_key)
    } else if environment.is_set(&RELAY_SECRET_FILE) {
        environment.path(&RELAY_SECRET_FILE, Signer::relay)
    } else {
        Some(Signer::published())
    }
}

fn storage<F: Fn(&str) -> Option<String>>(environment: &mut Environment<F>) -> Option<Storage> {
    if !environment.exclusive(&DATA, &DATABASE_URL) {
        return None;
    }
    if environment.is_set(&DATABASE_URL) {
        return environment.optional(&DATABASE_URL, str::parse).map(Storage::Postgres);
    }
    let folder = environment.required(&DATA, |path| Ok::<_, Infallible>(PathBuf::from(path)));
    folder.map(Storage::Folder)
}

/// The word is written out, so that nobody keeps everybody's events for want of a list.
fn broadcasters(text: &str) -> Result<Broadcasters, &'static str> {
    if text == ANY {
        return Ok(Broadcasters::any());
    }
    let ids: Result<Vec<u64>, _> = text.split(',').map(|id| id.trim().parse()).collect();
    ids.map(Broadcasters::only).map_err(|_| "expected user ids separated by commas, or `any`")
}

fn campaigns(text: &str) -> Result<Campaigns, &'static str> {
    if text == ANY {
        return Ok(Campaigns::any());
    }
    let ids: Vec<_> = text.split(',').map(str::trim).collect();
    if ids.contains(&"") || ids.contains(&ANY) {
        return Err("expected campaign ids separated by commas, or `any`");
    }
    Ok(Campaigns::only(ids))
}

fn days(text: &str) -> Result<Duration, &'static str> {
    match text.parse() {
        Ok(days @ 1..=36_500) => Ok(DAY.saturating_mul(days)),
        _ => Err("expected a number of days from 1 to 36500"),
    }
}

const ANY: &str = "any";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DEFAULT_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

const PUBLIC_KEY_FILE: Setting = Setting {
    name: "KICK_PUBLIC_KEY_FILE",
    what: "the path of a PEM file with the public key of who signs, in the place of Kick's own",
};
const RELAY_SECRET_FILE: Setting = Setting {
    name: "KICK_RELAY_SECRET_FILE",
    what: "the path of a file with the secret that a relay signs with, in base64; during a rotation two \
           lines",
};
const BROADCASTERS: Setting = Setting {
    name: "KICK_BROADCASTERS",
    what: "the user ids of the broadcasters whose events are kept, separated by commas; or `any`",
};
const DROPS_CAMPAIGNS: Setting = Setting {
    name: "KICK_DROPS_CAMPAIGNS",
    what: "the ids of the campaigns whose Drops claims are kept, separated by commas; or `any`",
};
const DATA: Setting = Setting {
    name: "KICK_DATA",
    what: "the folder that events are kept in; without DATABASE_URL it is required",
};
const DATABASE_URL: Setting =
    Setting { name: "DATABASE_URL", what: "the PostgreSQL database that events are kept in" };
const KEEP_DAYS: Setting =
    Setting { name: "KICK_KEEP_DAYS", what: "for how many days events are kept" };
const LISTEN: Setting = Setting { name: "LISTEN", what: "where Kick's deliveries come" };
const ADMIN_LISTEN: Setting =
    Setting { name: "ADMIN_LISTEN", what: "where the probes, the counters and the events are" };
const LOG_LEVEL: Setting =
    Setting { name: "LOG_LEVEL", what: "one of error, warn, info, debug, trace" };

#[cfg(test)]
mod tests;
