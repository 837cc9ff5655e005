use serve::{Environment, Setting};

use crate::{Database, DatabaseError, Store, check};

/// Where a server keeps what it must: of the two, the operator writes one out.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever reads this decides between the two")]
pub enum Storage {
    /// In the database that all servers share.
    Postgres(Database),
    /// In this process's memory, until it ends.
    SingleProcess,
}

impl Storage {
    /// Reads `DATABASE_URL` or `SINGLE_PROCESS`.
    pub fn read<F: Fn(&str) -> Option<String>>(environment: &mut Environment<F>) -> Option<Self> {
        if !environment.exclusive(&DATABASE_URL, &SINGLE_PROCESS) {
            return None;
        }
        if environment.is_set(&SINGLE_PROCESS) {
            return environment.required(&SINGLE_PROCESS, |text| match text {
                "true" => Ok(Self::SingleProcess),
                _ => Err("expected `true`"),
            });
        }
        environment.required(&DATABASE_URL, str::parse).map(Self::Postgres)
    }

    /// The database, if there is one, when it has been found to be as it must.
    ///
    /// # Errors
    ///
    /// As of [`check`].
    pub async fn open(&self) -> Result<Option<Store>, DatabaseError> {
        match self {
            Self::Postgres(database) => {
                check(database).await?;
                Ok(Some(Store::new(database)))
            }
            Self::SingleProcess => Ok(None),
        }
    }
}

const DATABASE_URL: Setting = Setting {
    name: "DATABASE_URL",
    what: "the PostgreSQL database, with this server's own user; or SINGLE_PROCESS",
};
const SINGLE_PROCESS: Setting = Setting {
    name: "SINGLE_PROCESS",
    what: "`true` if one process alone serves, which keeps everything in memory until it ends",
};
