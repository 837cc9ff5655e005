//! Plue on this machine: `plue` starts all of it, until Ctrl-C, and `plue load` puts it under load. Told the
//! name of one of the servers, it is that server, as the whole starts it.

mod tour;
mod under_load;

use std::env::{args_os, current_exe};
use std::error::Error;
use std::ffi::OsString;
use std::io::stdout;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;
use plue::{Settings, System};
use serve::{Signals, arguments, variable};

#[tokio::main]
async fn main() -> ExitCode {
    let mut words = args_os();
    let (program, name) = (words.next(), words.next());
    // As it would have been called by its own name.
    let given: Vec<OsString> = program.into_iter().chain(words).collect();
    match name.as_deref().map(|name| name.to_str()) {
        None => match whole().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&error.to_string()),
        },
        Some(Some("edge")) => {
            arguments::main(edge::Config::read(given), |config| config.log_level, edge::run).await
        }
        Some(Some("origin")) => {
            arguments::main(origin::Config::read(given), |config| config.log_level, origin::run)
                .await
        }
        Some(Some("git-ssh")) => {
            arguments::main(git_ssh::Config::read(given), |config| config.log_level, git_ssh::run)
                .await
        }
        // The tool, beside what it has made.
        Some(Some("mtls-certs")) => match mtls_certs(given) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&error.to_string()),
        },
        Some(Some("load")) => match under_load::run().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&error.to_string()),
        },
        Some(_) => complain("usage: plue [load | edge | origin | git-ssh | mtls-certs]"),
    }
}

async fn whole() -> Result<(), Box<dyn Error>> {
    let site = match variable("LISTEN") {
        Some(address) => address.parse()?,
        None => SocketAddr::from(([127, 0, 0, 1], 8080)),
    };
    let mut signals = Signals::register()?;
    let system = System::start(&current_exe()?, site, Settings::default()).await?;
    tour::print(&system);
    signals.wait().await;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "certificates are valid from now on")]
fn mtls_certs(given: Vec<OsString>) -> Result<(), Box<dyn Error>> {
    let arguments = mtls_certs::Arguments::try_parse_from(given)?;
    Ok(mtls_certs::run(arguments, SystemTime::now(), &mut stdout().lock())?)
}

#[expect(clippy::print_stderr, reason = "it is for who has started it")]
fn complain(what: &str) -> ExitCode {
    eprintln!("{what}");
    ExitCode::FAILURE
}
