use std::mem;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use testkit::folder::Folder;
use testkit::haproxy::{Edge, Ingress, SendProxy, Spectrum};
use testkit::openssh::OpenSsh;
use testkit::postgres::Postgres;
use testkit::redis::Redis;
use thiserror::Error;
use tokio::time::sleep;

use crate::certificates::NAME;
use crate::{Certificates, Server};

/// All of it. Dropping this stops all of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct System {
    /// Where people sign in: `http://localhost:<port>`.
    pub site: String,
    /// What ends TLS before the edge, and names its visitors. On localhost, browsers need no TLS.
    pub front: Edge,
    /// The edge.
    pub edge: Server,
    /// The origin.
    pub origin: Server,
    /// The load balancer before the origin, which names in a PROXY header who connects.
    pub balancer: Spectrum,
    /// Git over SSH.
    pub git_ssh: Server,
    /// Cloudflare Spectrum, before Git over SSH.
    pub spectrum: Spectrum,
    /// The sshd with the repository.
    pub sshd: OpenSsh,
    /// Used nonces, and ended sessions.
    pub redis: Redis,
    /// The database of the system that was there before, with its sessions.
    pub old_database: Postgres,
    /// Who is believed to be an edge.
    pub certificates: Certificates,
    /// The settings of each server, `<name>.env`, and the secrets that they name.
    pub files: Folder,
    program: PathBuf,
    /// Origins that the edge is still connected to.
    before: Vec<Server>,
}

/// What an operator decides.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is written out")]
pub struct Settings<'a> {
    /// Where people are signed in.
    pub sign_in: SignIn,
    /// Which sessions are taken: `old-only`, `both` or `new-only`.
    pub old_sessions: &'a str,
    /// Whether the origin answers who proves nothing too.
    pub observe: bool,
    /// Whether Redis writes each change to its disk before it answers, so that it may be restarted.
    pub on_disk: bool,
    /// Which header Spectrum writes.
    pub spectrum: SendProxy,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self {
            sign_in: SignIn::Edge,
            old_sessions: "both",
            observe: false,
            on_disk: false,
            spectrum: SendProxy::V1,
        }
    }
}

/// Where people are signed in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum SignIn {
    /// At the edge.
    Edge,
    /// At the origin: the way back.
    Origin,
}

impl System {
    /// Starts it, with a site that listens here. This program is each of the servers, if it is told its
    /// name.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers, or the old database cannot be made.
    ///
    /// # Panics
    ///
    /// If one of the peers is not installed, or one of the processes does not start.
    pub async fn start(
        program: &Path,
        site: SocketAddr,
        settings: Settings<'_>,
    ) -> Result<Self, SystemError> {
        let (redis, sshd, old_database) =
            tokio::join!(redis(settings.on_disk), OpenSsh::start(), old_database());
        let (old_database, certificates) = (old_database?, Certificates::new()?);
        let address = site;
        let site = format!("http://localhost:{}", address.port());

        let files = Folder::new();

        // What both sign in with, so that sessions go on when it is done at the other.
        let session_keys = files.write("session-keys", &format!("throw-away:{}\n", secret()?));
        let nonces = files.write("nonce-secrets", &format!("{}\n", secret()?));
        let wallets = [
            ("PLUE_NONCE_SECRETS_FILE", nonces),
            ("PLUE_OLD_SESSIONS", settings.old_sessions.to_owned()),
            ("PLUE_OLD_SESSIONS_URL", old_database.url()),
            ("PLUE_ORIGIN", site.clone()),
            ("PLUE_SESSION_KEYS_FILE", session_keys),
            ("PLUE_SIGN_IN", settings.sign_in.as_str().to_owned()),
            ("REDIS_URL", redis.url()),
        ];
        let start = async |name: &str, settings: Vec<(&str, String)>| {
            let lines = settings.iter().map(|(name, value)| format!("{name}={value}\n"));
            let file = files.write(&format!("{name}.env"), &lines.collect::<String>());
            Server::start(program, name, &file).await
        };

        let pin = certificates.edge_pin().ok_or(SystemError::Pin)?.to_string();
        let mut of_origin = vec![
            ("PLUE_CA", certificates.path("ca.crt")),
            ("PLUE_CRL", certificates.path("ca.crl")),
            ("PLUE_HOSTS", NAME.to_owned()),
            ("PLUE_PROXY_FROM", BALANCER.to_owned()),
            // Where the edge is.
            ("PLUE_ALLOW_SOURCES", BALANCER.to_owned()),
            ("PLUE_TLS_CERT", certificates.path("origin.crt")),
            ("PLUE_TLS_KEY", certificates.path("origin.key")),
            ("PLUE_OBSERVE", settings.observe.to_string()),
        ];
        match settings.sign_in {
            SignIn::Edge => of_origin.push(("PLUE_USER_EDGES", pin)),
            SignIn::Origin => of_origin.extend(wallets.clone()),
        }
        let origin = start("origin", of_origin).await;
        let balancer = Spectrum::start(SendProxy::V2, origin.listen).await;

        let mut of_edge = vec![
            ("PLUE_CONNECTING_IP_FROM", Edge::TUNNEL.to_string()),
            ("PLUE_UPSTREAM", format!("https://{}", balancer.address())),
            ("PLUE_UPSTREAM_CA", certificates.path("servers.crt")),
            ("PLUE_UPSTREAM_CERT", certificates.path("certs/edge.crt")),
            ("PLUE_UPSTREAM_KEY", certificates.path("certs/edge.key")),
            ("PLUE_UPSTREAM_NAME", NAME.to_owned()),
        ];
        of_edge.extend(wallets);
        let edge = start("edge", of_edge).await;
        let ingress = Ingress { hostname: HOST, service: edge.listen, access: false };
        let front = Edge::before(address, None, &[ingress]).await;

        let of_git = vec![
            ("SSHD", sshd.address.to_string()),
            ("SPECTRUM_NETWORKS", BALANCER.to_owned()),
            // Everybody here has an address on loopback, which is none of the Internet.
            ("ALLOW_SOURCES", "127.0.0.0/8".to_owned()),
        ];
        let git_ssh = start("git-ssh", of_git).await;
        let spectrum = Spectrum::start(settings.spectrum, git_ssh.listen).await;
        Ok(Self {
            site,
            front,
            edge,
            origin,
            balancer,
            git_ssh,
            spectrum,
            sshd,
            redis,
            old_database,
            certificates,
            files,
            program: program.to_owned(),
            before: Vec::new(),
        })
    }

    /// Restarts a server as its operator does, so that nobody is refused: starts another one with the
    /// settings that are in its file now, sends there who connects from then on, and ends the one before when
    /// it has answered what it was asked. The edge keeps its connections to an origin: such a one ends when the
    /// edge has been restarted too.
    ///
    /// # Panics
    ///
    /// If there is no server of this name, and as [`start`](Self::start).
    pub async fn restart(&mut self, name: &str) {
        let new =
            Server::start(&self.program, name, &self.files.path(&format!("{name}.env"))).await;
        match name {
            "edge" => {
                self.front.point(HOST, new.listen).await;
                sleep(MOMENT).await;
                mem::replace(&mut self.edge, new).end().await;
                for origin in self.before.drain(..) {
                    origin.end().await;
                }
            }
            "origin" => {
                self.balancer.point(new.listen).await;
                self.before.push(mem::replace(&mut self.origin, new));
            }
            "git-ssh" => {
                self.spectrum.point(new.listen).await;
                sleep(MOMENT).await;
                mem::replace(&mut self.git_ssh, new).end().await;
            }
            other => unreachable!("no server is called {other}"),
        }
    }
}

impl SignIn {
    fn as_str(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Origin => "origin",
        }
    }
}

async fn redis(on_disk: bool) -> Redis {
    if on_disk { Redis::with_appendonly().await } else { Redis::start().await }
}

/// With the one table that is read of it.
async fn old_database() -> Result<Postgres, SystemError> {
    let postgres = Postgres::start().await;
    let mut connection = sqlx::Connection::connect(&postgres.url()).await?;
    let connected: &mut sqlx::PgConnection = &mut connection;
    sqlx::raw_sql(OLD_SESSIONS).execute(connected).await?;
    Ok(postgres)
}

fn secret() -> Result<String, SystemError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| SystemError::NoRandom)?;
    Ok(STANDARD.encode(random))
}

/// Why it does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SystemError {
    /// There are no certificates.
    #[error("certificates cannot be made")]
    Certificates(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The old database cannot be made.
    #[error("the old database cannot be made")]
    Database(#[from] sqlx::Error),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandom,
    /// The edge's certificate has no key that can be pinned.
    #[error("the edge's certificate has no key")]
    Pin,
}

/// Where HAProxy connects from.
const BALANCER: &str = "127.0.0.1";

const OLD_SESSIONS: &str = "\
CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    address text NOT NULL,
    chain_id bigint NOT NULL,
    expires_at timestamptz NOT NULL
);
";

/// What was sent to a server before it was taken out has been read by then.
const MOMENT: Duration = Duration::from_secs(1);

/// The host of the site.
const HOST: &str = "localhost";
