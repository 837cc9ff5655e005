//! Cloudflare Access's certs address on loopback, until Ctrl-C: prints the variables that a service
//! needs to believe it, and tokens to send there.

use std::error::Error;

use testkit::issuer::IssuerServer;

const AUDIENCE: &str = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";
const CLIENT_ID: &str = "e367826f93b8d71185e03fe518aff3b4.access";

#[tokio::main]
#[expect(clippy::print_stdout, reason = "these lines are to be pasted")]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = IssuerServer::start(AUDIENCE.parse()?).await?;
    let client_id = CLIENT_ID.parse()?;
    let service_token = issuer.with(|issuer| issuer.service_token(&client_id).token());
    println!("export CF_ACCESS_TEAM_DOMAIN={}", issuer.team());
    println!("export CF_ACCESS_AUD={AUDIENCE}");
    println!("export CF_ACCESS_SERVICE_TOKENS={CLIENT_ID}");
    println!("export PERSON={}", issuer.user("alice@verifluence.io"));
    println!("export STRANGER={}", issuer.user("mallory@example.com"));
    println!("export MACHINE={service_token}");
    tokio::signal::ctrl_c().await?;
    Ok(())
}
