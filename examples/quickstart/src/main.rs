//! Starts, on loopback, a stand-in for the edge and an origin that uses the crates as a service
//! would; sends good and hostile requests through real sockets; and prints what came back.
//!
//! `cargo run --release -p quickstart` ends by itself, with status 1 if any answer is not the one
//! that must come. With `-- --serve` the servers stay, and `curl` lines to paste are printed.

mod cf_access;
mod kick_hmac;
mod origin_mtls;
mod proxy_protocol;
mod siwe_session;
mod table;

use std::error::Error;
use std::process::ExitCode;

use table::Table;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let serve = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--serve") => true,
        Some(other) => return Err(format!("unknown argument {other}; there is --serve").into()),
    };
    let access = cf_access::attacks::Scene::start().await?;
    let proxy = proxy_protocol::attacks::Scene::start().await?;
    let edge = origin_mtls::attacks::Scene::start().await?;
    let webhook = kick_hmac::attacks::Scene::start().await?;
    let wallets = siwe_session::attacks::Scene::start().await?;
    if serve {
        access.print_curl();
        proxy.print_curl();
        edge.print_curl()?;
        webhook.print_curl();
        wallets.print_curl().await?;
        tokio::signal::ctrl_c().await?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::default();
    access.play(&mut table).await?;
    proxy.play(&mut table).await?;
    edge.play(&mut table).await?;
    webhook.play(&mut table).await?;
    wallets.play(&mut table).await?;
    Ok(table.finish())
}
