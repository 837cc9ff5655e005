//! Migrates the database that `DATABASE_URL` names, as its owner.

use std::process::ExitCode;

use database::{Database, migrate};
use serve::{ConfigErrors, Environment, Setting, variable};
use tracing::Level;

#[tokio::main]
async fn main() -> ExitCode {
    let run = async |database: Database| {
        migrate(&database).await?;
        tracing::info!("the database is migrated");
        Ok::<_, database::DatabaseError>(())
    };
    serve::main(read(), |_| Level::INFO, run).await
}

fn read() -> Result<Database, ConfigErrors> {
    let mut environment = Environment::new(variable);
    let database = environment.required(&DATABASE_URL, str::parse);
    database.ok_or_else(|| ConfigErrors::new(environment.into_problems()))
}

const DATABASE_URL: Setting = Setting {
    name: "DATABASE_URL",
    what: "the PostgreSQL database, with the user that owns it and may make roles",
};
