//! Reads arguments and environment, then serves until it is asked to end.

use std::env::args_os;
use std::process::ExitCode;

use edge::{Config, run};

#[tokio::main]
async fn main() -> ExitCode {
    serve::arguments::main(Config::read(args_os()), |config| config.log_level, run).await
}
