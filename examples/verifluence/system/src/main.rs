//! Verifluence on this machine: `verifluence` starts all of it, until Ctrl-C, and `verifluence load` puts it
//! under load. Told the name of one of the servers, it is that server, as the whole starts it.

mod bare;
mod tour;
mod under_load;

use std::env::{args, current_exe};
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use serve::{Signals, variable};
use testkit::folder::Folder;
use verifluence::System;

#[tokio::main]
async fn main() -> ExitCode {
    match args().nth(1).as_deref() {
        None => match whole().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&error.to_string()),
        },
        Some("api") => {
            serve::main(api::Config::read(variable), |config| config.log_level, api::run).await
        }
        Some("admin-api") => {
            let config = admin_api::Config::read(variable);
            serve::main(config, |config| config.log_level, admin_api::run).await
        }
        Some("kick-server") => {
            let config = kick_server::Config::read(variable);
            serve::main(config, |config| config.log_level, kick_server::run).await
        }
        Some("load") => match under_load::run().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&error.to_string()),
        },
        Some(_) => complain("usage: verifluence [load | api | admin-api | kick-server]"),
    }
}

async fn whole() -> Result<(), Box<dyn Error>> {
    let edge = match variable("LISTEN") {
        Some(address) => address.parse()?,
        None => SocketAddr::from(([127, 0, 0, 1], 8440)),
    };
    let mut signals = Signals::register()?;
    let system = System::start(&current_exe()?, edge).await?;
    let folder = Folder::new();
    tour::print(&system, &folder);
    signals.wait().await;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "it is for who has started it")]
fn complain(what: &str) -> ExitCode {
    eprintln!("{what}");
    ExitCode::FAILURE
}
