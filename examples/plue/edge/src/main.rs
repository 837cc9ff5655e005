//! Reads arguments and environment, then serves until it is asked to end.

use std::env::args_os;
use std::process::ExitCode;

use edge::{Config, run};

#[tokio::main]
async fn main() -> ExitCode {
    let config = match Config::read(args_os()) {
        Ok(config) => config,
        // What `--help` prints comes here as well, with status 0.
        Err(told) => {
            let _ = told.print();
            return u8::try_from(told.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    tracing_subscriber::fmt().with_max_level(config.log_level).with_ansi(false).init();
    match run(config).await {
        Ok(()) => {
            tracing::info!("ended");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "ended");
            ExitCode::FAILURE
        }
    }
}
