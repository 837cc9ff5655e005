//! Reads the environment, then serves until it is asked to end.

use std::env::var_os;
use std::process::ExitCode;

use api::{Config, run};

#[tokio::main]
async fn main() -> ExitCode {
    // What is not Unicode is kept, and found wrong where it is parsed.
    let config = Config::read(|name| Some(var_os(name)?.to_string_lossy().into_owned()));
    let config = match config {
        Ok(config) => config,
        Err(problems) => {
            complain(&problems);
            return ExitCode::from(WRONG_CONFIGURATION);
        }
    };
    tracing_subscriber::fmt().with_max_level(config.log_level).with_ansi(false).init();
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "ended");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "how to log is part of what could not be read")]
fn complain(problems: &api::ConfigErrors) {
    eprintln!("{problems}");
}

const WRONG_CONFIGURATION: u8 = 2;
