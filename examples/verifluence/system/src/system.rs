use std::mem;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use database::testing::Migrated;
use kick_hmac::testing::KickSigner;
use testkit::folder::Folder;
use testkit::haproxy::{Edge, Ingress};
use testkit::issuer::IssuerServer;
use testkit::pki::CertificateAuthority;
use thiserror::Error;
use tokio::time::sleep;

use crate::Server;

/// All of it. Dropping this stops all of it.
#[derive(Debug)]
pub struct System {
    /// The public API.
    pub api: Server,
    /// The admin API.
    pub admin_api: Server,
    /// The receiver of Kick's webhooks.
    pub kick_server: Server,
    /// Cloudflare's edge, and the Tunnel.
    pub edge: Edge,
    /// Cloudflare Access.
    pub issuer: Arc<IssuerServer>,
    /// Kick.
    pub kick: Arc<KickSigner>,
    /// The database.
    pub database: Migrated,
    /// Who vouches for the edge.
    pub authority: CertificateAuthority,
    /// The settings of each server, `<name>.env`, and what they name.
    pub files: Folder,
    program: PathBuf,
}

impl System {
    /// Starts it, with an edge that listens here. This program is each of the servers, if it is told its
    /// name.
    ///
    /// # Errors
    ///
    /// If the issuer cannot listen.
    ///
    /// # Panics
    ///
    /// If PostgreSQL or HAProxy is not installed, the database cannot be migrated, or one of the processes does not start.
    pub async fn start(program: &Path, edge: SocketAddr) -> Result<Self, SystemError> {
        let audience = AUDIENCE.parse()?;
        let (database, issuer) = tokio::join!(Migrated::start(), IssuerServer::start(audience));
        let issuer = issuer.map_err(SystemError::Issuer)?;
        let (files, kick) = (Folder::new(), KickSigner::new());
        let kick_key = files.write("kick.pem", &kick.pem());
        let tunnel = Edge::TUNNEL.to_string();

        let session_keys = files.write("session-keys", &format!("throw-away:{}\n", secret()?));
        let nonces = files.write("nonce-secrets", &format!("{}\n", secret()?));
        let url = database.url("api");
        let api = [
            ("DATABASE_URL", url.as_str()),
            ("LOG_LEVEL", LOG_LEVEL),
            ("NONCE_SECRETS_FILE", &nonces),
            ("SESSION_KEYS_FILE", &session_keys),
            ("TUNNEL_FROM", &tunnel),
            ("WEB_ORIGINS", WEB),
        ];
        let url = database.url("admin");
        let admin_api = [
            ("ADMIN_PANEL_ORIGIN", PANEL),
            ("CF_ACCESS_AUD", AUDIENCE),
            ("CF_ACCESS_SERVICE_TOKENS", SERVICE_TOKEN),
            ("CF_ACCESS_TEAM_DOMAIN", issuer.team().issuer()),
            ("DATABASE_URL", &url),
            ("LOG_LEVEL", LOG_LEVEL),
            ("TUNNEL_FROM", &tunnel),
        ];
        let url = database.url("kick");
        let kick_server = [
            ("DATABASE_URL", url.as_str()),
            ("KICK_BROADCASTERS", BROADCASTER),
            ("KICK_PUBLIC_KEY_FILE", &kick_key),
            ("LOG_LEVEL", LOG_LEVEL),
            ("TUNNEL_FROM", &tunnel),
        ];
        let [api, admin_api, kick_server] =
            [("api", &api[..]), ("admin-api", &admin_api), ("kick-server", &kick_server)].map(
                |(name, settings)| {
                    let lines = settings.iter().map(|(name, value)| format!("{name}={value}\n"));
                    files.write(&format!("{name}.env"), &lines.collect::<String>())
                },
            );
        let (api, admin_api, kick_server) = tokio::join!(
            Server::start(program, "api", "HEALTH_LISTEN", &api),
            Server::start(program, "admin-api", "HEALTH_LISTEN", &admin_api),
            Server::start(program, "kick-server", "ADMIN_LISTEN", &kick_server),
        );

        let authority = CertificateAuthority::new();
        let rules = ingress(&api, &admin_api, &kick_server);
        let edge = Edge::before(edge, Some(&authority), &rules).await;
        Ok(Self {
            api,
            admin_api,
            kick_server,
            edge,
            issuer: Arc::new(issuer),
            kick: Arc::new(kick),
            database,
            authority,
            files,
            program: program.to_owned(),
        })
    }

    /// Starts another instance of the public API, to which nothing leads.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn another_api(&self) -> Server {
        let settings = self.files.path("api.env");
        Server::start(&self.program, "api", "HEALTH_LISTEN", &settings).await
    }

    /// Restarts a server as its operator does, so that nobody is refused: starts another one with the
    /// settings that are in its file now, lets requests come there when this says that it is ready, and
    /// ends the one before when it has answered what it was asked.
    ///
    /// # Panics
    ///
    /// If there is no server of this name, and as [`start`](Self::start).
    pub async fn restart(&mut self, name: &str, until_ready: impl AsyncFn(&Server)) {
        let (server, host, operator) = match name {
            "api" => (&mut self.api, API, "HEALTH_LISTEN"),
            "admin-api" => (&mut self.admin_api, ADMIN_API, "HEALTH_LISTEN"),
            "kick-server" => (&mut self.kick_server, KICK, "ADMIN_LISTEN"),
            other => unreachable!("no server is called {other}"),
        };
        let settings = self.files.path(&format!("{name}.env"));
        let new = Server::start(&self.program, name, operator, &settings).await;
        until_ready(&new).await;
        self.edge.point(host, new.listen).await;
        sleep(MOMENT).await;
        mem::replace(server, new).end().await;
    }

    /// Kills the daemon of the tunnel, as if it had crashed, and starts it again.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn restart_tunnel(&mut self) {
        self.edge.kill().await;
        let rules = ingress(&self.api, &self.admin_api, &self.kick_server);
        self.edge = Edge::before(self.edge.address(), Some(&self.authority), &rules).await;
    }
}

fn ingress(api: &Server, admin_api: &Server, kick_server: &Server) -> [Ingress<'static>; 3] {
    let rules = [(API, api, false), (ADMIN_API, admin_api, true), (KICK, kick_server, false)];
    rules.map(|(hostname, server, access)| Ingress { hostname, service: server.listen, access })
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
    /// The audience is none.
    #[error(transparent)]
    Access(#[from] cf_access::ConfigError),
    /// The issuer cannot listen.
    #[error("the issuer cannot listen")]
    Issuer(#[source] std::io::Error),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandom,
}

/// The public API's host.
pub const API: &str = "api.verifluence.io";
/// The admin API's host.
pub const ADMIN_API: &str = "admin-api.verifluence.io";
/// The host that Kick sends to.
pub const KICK: &str = "kick.verifluence.io";
/// The origin of the front end, whose people sign in to the public API.
pub const WEB: &str = "https://app.verifluence.io";
/// The origin of the admin panel.
pub const PANEL: &str = "https://admin.verifluence.io";
/// The AUD tag of the Access application.
pub const AUDIENCE: &str = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";
/// The client id of the one service token that may pass.
pub const SERVICE_TOKEN: &str = "e367826f93b8d71185e03fe518aff3b4.access";

/// What was sent to a server before it was taken out has been read by then.
const MOMENT: Duration = Duration::from_secs(1);
const BROADCASTER: &str = "7";
const LOG_LEVEL: &str = "info";
