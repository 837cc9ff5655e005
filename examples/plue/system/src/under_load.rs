//! All of it under load, for a minute: good requests and hostile ones, while what it stands on is
//! restarted.

mod requests;

use std::env::current_exe;
use std::error::Error;
use std::time::Duration;

use load::{Growth, Mix, judge, resident};
use plue::{Server, Settings, System};
use testkit::haproxy::{Edge, Ingress};
use testkit::pki::CertificateAuthority;
use testkit::port;
use tokio::time::sleep;

/// Prints what it finds. An error if anything was not as it must be.
#[expect(clippy::print_stdout, reason = "it is to be read")]
pub(crate) async fn run() -> Result<(), Box<dyn Error>> {
    let settings = Settings { on_disk: true, ..Settings::default() };
    let mut system = System::start(&current_exe()?, port::reserve(), settings).await?;
    // What ends TLS before the edge.
    let ingress = [Ingress { hostname: "localhost", service: system.edge.listen, access: false }];
    let before = Edge::before(port::reserve(), Some(&CertificateAuthority::new()), &ingress).await;
    let people = requests::People::sign_in(&system).await?;
    let mix = |good, once, hostile| Mix { address: before.address(), good, once, hostile };

    println!(
        "{} s each, of the origin's page for everybody, and of who is signed in:",
        SHORT.as_secs()
    );
    let public = mix(vec![people.public()], Vec::new(), Vec::new()).run(SHORT).await?;
    println!("{public}");
    let signed_in = mix(vec![people.signed_in()], Vec::new(), Vec::new()).run(SHORT).await?;
    println!("{signed_in}");
    let ratio = signed_in.per_second() / public.per_second();
    println!("with verification {ratio:.2} times the throughput of without\n");

    let sign_ins = people.sign_ins(&system, SIGN_INS).await?;
    let mix = mix(people.good(), sign_ins, people.hostile(&system).await?);
    println!("{} s, Redis and PostgreSQL restarted in between:", LONG.as_secs());
    let (report, memory) = tokio::join!(mix.run(LONG), disturb(&mut system));
    Ok(judge(&signed_in, &report?, &memory)?)
}

/// Restarts what the servers stand on, and says of each how much memory it had early and late.
async fn disturb(system: &mut System) -> Vec<Growth> {
    sleep(Duration::from_secs(15)).await;
    let early = memory(system);
    sleep(Duration::from_secs(3)).await;
    system.redis.stop().await;
    sleep(Duration::from_secs(3)).await;
    system.redis.start_again().await;
    sleep(Duration::from_secs(6)).await;
    system.old_database.stop().await;
    sleep(Duration::from_secs(3)).await;
    system.old_database.start_again().await;
    sleep(Duration::from_secs(30)).await;
    let late = memory(system);
    let servers = ["edge", "origin"].into_iter().zip(early).zip(late);
    servers.map(|((server, early), late)| Growth { server, early, late }).collect()
}

fn memory(system: &System) -> [u64; 2] {
    let of = |server: &Server| server.pid().and_then(resident).unwrap_or_default();
    [&system.edge, &system.origin].map(of)
}

const SHORT: Duration = Duration::from_secs(15);
const LONG: Duration = Duration::from_secs(62);
const SIGN_INS: usize = 30_000;
