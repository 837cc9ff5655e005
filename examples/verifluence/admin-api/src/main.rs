//! Reads the environment, then serves until it is asked to end.

use std::process::ExitCode;

use admin_api::{Config, run};

#[tokio::main]
async fn main() -> ExitCode {
    serve::main(Config::read(serve::variable), |config| config.log_level, run).await
}
