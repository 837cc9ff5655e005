use std::env::var_os;
use std::error::Error;
use std::process::ExitCode;

use tracing::Level;

use crate::ConfigErrors;

/// What a program does with its configuration: logs to its output, and runs. Status 0 if that ends well,
/// 1 if not, and 2 if the configuration was wrong.
pub async fn main<C, E: Error + 'static>(
    config: Result<C, ConfigErrors>,
    log_level: impl FnOnce(&C) -> Level,
    run: impl AsyncFnOnce(C) -> Result<(), E>,
) -> ExitCode {
    let config = match config {
        Ok(config) => config,
        Err(problems) => {
            complain(&problems);
            return ExitCode::from(WRONG_CONFIGURATION);
        }
    };
    tracing_subscriber::fmt().with_max_level(log_level(&config)).with_ansi(false).init();
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, "ended");
            ExitCode::FAILURE
        }
    }
}

/// A variable of this process. What is not Unicode is kept, and found wrong where it is parsed.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    Some(var_os(name)?.to_string_lossy().into_owned())
}

#[expect(clippy::print_stderr, reason = "how to log is part of what could not be read")]
fn complain(problems: &ConfigErrors) {
    eprintln!("{problems}");
}

const WRONG_CONFIGURATION: u8 = 2;
