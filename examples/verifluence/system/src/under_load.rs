//! All of it under load, for a minute: good requests and hostile ones, while what it stands on is
//! restarted.

mod requests;

use std::env::current_exe;
use std::error::Error;
use std::time::Duration;

use load::{Growth, Mix, Report, judge, resident};
use testkit::haproxy::{Edge, Ingress};
use testkit::port;
use tokio::time::sleep;
use verifluence::{ADMIN_API, API, KICK, Server, System};

use crate::bare;

/// Prints what it finds. An error if anything was not as it must be.
#[expect(clippy::print_stdout, reason = "it is to be read")]
pub(crate) async fn run() -> Result<(), Box<dyn Error>> {
    let mut system = System::start(&current_exe()?, port::reserve()).await?;
    let good = requests::good(&system).await?;
    let mix =
        |once, hostile| Mix { address: system.edge.address(), good: good.clone(), once, hostile };

    println!("{} s of good requests alone, before the same without verification:", SHORT.as_secs());
    let verified = mix(requests::deliveries(&system, FEW), Vec::new()).run(SHORT).await?;
    println!("{verified}");
    let bare =
        without_verification(&system, &mix(requests::deliveries(&system, FEW), Vec::new())).await?;
    println!("{bare}");
    let ratio = verified.per_second() / bare.per_second();
    println!("with verification {ratio:.2} times the throughput of without\n");

    let mix = mix(requests::deliveries(&system, MANY), requests::hostile(&system)?);
    println!("{} s, the issuer and PostgreSQL restarted in between:", LONG.as_secs());
    let (report, memory) = tokio::join!(mix.run(LONG), disturb(&mut system));
    Ok(judge(&verified, &report?, &memory)?)
}

/// The same requests, through the same edge, at servers that ask the same database for the same, and
/// nobody who they are.
async fn without_verification(system: &System, mix: &Mix) -> Result<Report, Box<dyn Error>> {
    let service = bare::start(&system.database.postgres.url()).await?;
    let ingress =
        [API, ADMIN_API, KICK].map(|hostname| Ingress { hostname, service, access: true });
    let edge = Edge::before(port::reserve(), Some(&system.authority), &ingress).await;
    Ok(Mix { address: edge.address(), ..mix.clone() }.run(SHORT).await?)
}

/// Restarts what the servers stand on, and says of each how much memory it had early and late.
async fn disturb(system: &mut System) -> Vec<Growth> {
    sleep(Duration::from_secs(15)).await;
    let early = memory(system);
    sleep(Duration::from_secs(3)).await;
    system.issuer.stop().await;
    sleep(Duration::from_secs(6)).await;
    // It publishes as before.
    let _ = system.issuer.resume().await;
    sleep(Duration::from_secs(3)).await;
    system.database.postgres.stop().await;
    sleep(Duration::from_secs(3)).await;
    system.database.postgres.start_again().await;
    sleep(Duration::from_secs(29)).await;
    let late = memory(system);
    let servers = ["api", "admin-api", "kick-server"].into_iter().zip(early).zip(late);
    servers.map(|((server, early), late)| Growth { server, early, late }).collect()
}

fn memory(system: &System) -> [u64; 3] {
    let of = |server: &Server| server.pid().and_then(resident).unwrap_or_default();
    [&system.api, &system.admin_api, &system.kick_server].map(of)
}

const SHORT: Duration = Duration::from_secs(15);
const LONG: Duration = Duration::from_secs(62);
const FEW: usize = 5_000;
const MANY: usize = 20_000;
