use std::env::var_os;
use std::error::Error;
use std::process::ExitCode;

use tracing::Level;

use crate::ConfigErrors;

/// What a program does with its configuration: logs to its output, and serves. Status 0 if that ends well,
/// 1 if not, and 2 if the configuration was wrong.
pub async fn main<C, E: Error + 'static>(
    config: Result<C, ConfigErrors>,
    log_level: impl FnOnce(&C) -> Level,
    serve: impl AsyncFnOnce(C) -> Result<(), E>,
) -> ExitCode {
    match config {
        Ok(config) => run(log_level(&config), serve(config)).await,
        Err(problems) => {
            complain(&problems);
            ExitCode::from(WRONG_CONFIGURATION)
        }
    }
}

/// A variable of this process. What is not Unicode is kept, and found wrong where it is parsed.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    Some(var_os(name)?.to_string_lossy().into_owned())
}

pub(crate) async fn run<E: Error + 'static>(
    log_level: Level,
    served: impl Future<Output = Result<(), E>>,
) -> ExitCode {
    tracing_subscriber::fmt().with_max_level(log_level).with_ansi(false).init();
    match served.await {
        Ok(()) => {
            tracing::info!("ended");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, "ended");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "how to log is part of what could not be read")]
fn complain(problems: &ConfigErrors) {
    eprintln!("{problems}");
}

const WRONG_CONFIGURATION: u8 = 2;
