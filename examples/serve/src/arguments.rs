//! For programs that have arguments beside their environment.

use std::env::var_os;
use std::error::Error;
use std::process::ExitCode;

use clap::Arg;
use tracing::Level;

use crate::program::run;

/// As [`crate::main`]. What `--help` prints comes here as an error as well, and ends with status 0.
pub async fn main<C, E: Error + 'static>(
    config: Result<C, clap::Error>,
    log_level: impl FnOnce(&C) -> Level,
    serve: impl AsyncFnOnce(C) -> Result<(), E>,
) -> ExitCode {
    match config {
        Ok(config) => run(log_level(&config), serve(config)).await,
        Err(told) => {
            let _ = told.print();
            u8::try_from(told.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
        }
    }
}

/// Without its variable, where that is empty: orchestrators pass on variables that nobody has set.
#[must_use]
pub fn without_empty_variable(argument: Arg) -> Arg {
    match argument.get_env().and_then(var_os) {
        Some(value) if value.is_empty() => argument.env(None::<&'static str>),
        _ => argument,
    }
}
