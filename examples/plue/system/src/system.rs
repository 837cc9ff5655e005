use std::net::SocketAddr;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use testkit::haproxy::{Edge, Ingress, SendProxy, Spectrum};
use testkit::openssh::OpenSsh;
use testkit::port;
use testkit::postgres::Postgres;
use testkit::redis::Redis;
use thiserror::Error;

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
    /// Used nonces, and ended sessions: on its disk, so that it may be restarted.
    pub redis: Redis,
    /// The database of the system that was there before, with its sessions.
    pub old_database: Postgres,
    /// Who is believed to be an edge.
    pub certificates: Certificates,
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
    /// Which header Spectrum writes.
    pub spectrum: SendProxy,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self {
            sign_in: SignIn::Edge,
            old_sessions: "both",
            observe: false,
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
            tokio::join!(Redis::with_appendonly(), OpenSsh::start(), old_database());
        let (old_database, certificates) = (old_database?, Certificates::new());
        let address = site;
        let site = format!("http://localhost:{}", address.port());

        // What both sign in with, so that sessions go on when it is done at the other.
        let session_keys = format!("throw-away:{}", secret()?);
        let (nonces, redis_url, old_url) = (secret()?, redis.url(), old_database.url());
        let wallets = [
            ("PLUE_NONCE_SECRETS", nonces.as_str()),
            ("PLUE_OLD_SESSIONS", settings.old_sessions),
            ("PLUE_OLD_SESSIONS_URL", &old_url),
            ("PLUE_ORIGIN", &site),
            ("PLUE_SESSION_KEYS", &session_keys),
            ("PLUE_SIGN_IN", settings.sign_in.as_str()),
            ("REDIS_URL", &redis_url),
        ];

        let (listen, operator) = (port::reserve(), port::reserve());
        let files = ["ca.crt", "origin.crt", "origin.key"].map(|name| certificates.path(name));
        let [ca, certificate, key] = &files;
        let pin = certificates.edge_pin().ok_or(SystemError::Pin)?.to_string();
        let mut origin = vec![
            ("PLUE_LISTEN", listen.to_string()),
            ("PLUE_HEALTH_LISTEN", operator.to_string()),
            ("PLUE_CA", ca.clone()),
            ("PLUE_HOSTS", NAME.to_owned()),
            ("PLUE_PROXY_FROM", BALANCER.to_owned()),
            // Where the edge is.
            ("PLUE_ALLOW_SOURCES", BALANCER.to_owned()),
            ("PLUE_TLS_CERT", certificate.clone()),
            ("PLUE_TLS_KEY", key.clone()),
            ("PLUE_OBSERVE", settings.observe.to_string()),
        ];
        match settings.sign_in {
            SignIn::Edge => origin.push(("PLUE_USER_EDGES", pin)),
            SignIn::Origin => {
                origin.extend(wallets.map(|(name, value)| (name, value.to_owned())));
            }
        }
        let origin: Vec<_> = origin.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let origin = Server::start(program, "origin", listen, Some(operator), &origin).await;
        let balancer = Spectrum::start(SendProxy::V2, listen).await;

        let (listen, operator) = (port::reserve(), port::reserve());
        let files = ["ca.crt", "edge.crt", "edge.key"].map(|name| certificates.path(name));
        let [ca, certificate, key] = &files;
        let addresses = [listen, operator].map(|address| address.to_string());
        let tunnel = Edge::TUNNEL.to_string();
        let upstream = format!("https://{}", balancer.address());
        let of_edge = [
            ("PLUE_LISTEN", addresses[0].as_str()),
            ("PLUE_HEALTH_LISTEN", &addresses[1]),
            ("PLUE_CONNECTING_IP_FROM", &tunnel),
            ("PLUE_UPSTREAM", &upstream),
            ("PLUE_UPSTREAM_CA", ca),
            ("PLUE_UPSTREAM_CERT", certificate),
            ("PLUE_UPSTREAM_KEY", key),
            ("PLUE_UPSTREAM_NAME", NAME),
        ];
        let of_edge = [&wallets[..], &of_edge].concat();
        let edge = Server::start(program, "edge", listen, Some(operator), &of_edge).await;
        let ingress = Ingress { hostname: "localhost", service: listen, access: false };
        let front = Edge::before(address, None, &[ingress]).await;

        let listen = port::reserve();
        let addresses = [listen.to_string(), sshd.address.to_string()];
        let of_git = [
            ("LISTEN", addresses[0].as_str()),
            ("SSHD", &addresses[1]),
            ("SPECTRUM_NETWORKS", BALANCER),
            // Everybody here has an address on loopback, which is none of the Internet.
            ("ALLOW_SOURCES", "127.0.0.0/8"),
        ];
        let git_ssh = Server::start(program, "git-ssh", listen, None, &of_git).await;
        let spectrum = Spectrum::start(settings.spectrum, listen).await;
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
        })
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
