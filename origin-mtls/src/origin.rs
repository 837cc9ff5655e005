use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use arc_swap::{ArcSwap, Guard};
use rustls::server::{ServerConfig, ServerConnection};

use crate::connection::EdgeConnection;
use crate::rustls::{EdgeVerifier, Protocols, server_config};
use crate::server_certificate::ServerCertificate;
use crate::status::{OriginStatus, Seen};
use crate::{ConfigError, EdgeIdentity, OriginPullPolicy, VerifyError};

/// Serves TLS to your own Cloudflare zone, and to nobody else.
///
/// What it accepts is a generation: a policy, a server's certificate, and a configuration of rustls
/// with no sessions in it. [`reload`](Self::reload) puts another one in its place, in whole.
///
/// Cloning shares one value.
#[derive(Clone, Debug)]
pub struct OriginMtls(Arc<Shared>);

struct Shared {
    current: ArcSwap<Generation>,
    next: AtomicU64,
    settings: Settings,
    seen: Seen,
}

/// What no reload changes.
struct Settings {
    protocols: Protocols,
    is_observing: bool,
    limits: Limits,
    on_outcome: Option<Box<dyn Fn(&'static str) + Send + Sync>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) deadline: Duration,
    pub(crate) pending: usize,
    pub(crate) pending_per_peer: usize,
}

/// What is accepted, as of one reload.
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) verifier: Arc<EdgeVerifier>,
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) server_not_after: Option<SystemTime>,
    pub(crate) since: SystemTime,
}

impl OriginMtls {
    /// Starts from what cannot be left out: whose client certificates are accepted, and the
    /// certificate that this server shows.
    pub fn builder(policy: OriginPullPolicy, certificate: ServerCertificate) -> OriginMtlsBuilder {
        OriginMtlsBuilder {
            policy,
            certificate,
            settings: Settings {
                protocols: Protocols::default(),
                is_observing: false,
                limits: Limits {
                    deadline: DEFAULT_DEADLINE,
                    pending: DEFAULT_PENDING,
                    pending_per_peer: DEFAULT_PENDING_PER_PEER,
                },
                on_outcome: None,
            },
        }
    }

    /// Accepts by this policy from now on, and shows this certificate.
    ///
    /// New connections are held to it at once, and those that stand with their next request or, under
    /// another protocol than HTTP, with the next byte. A session from before is worth nothing, since
    /// there are none. What a [`builder`](Self::builder) sets besides stays.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Provider`], and everything is as it was.
    pub fn reload(
        &self,
        policy: OriginPullPolicy,
        certificate: &ServerCertificate,
    ) -> Result<(), ConfigError> {
        let shared = &*self.0;
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let generation = Generation::new(number, policy, certificate, &shared.settings)?;
        shared.current.store(Arc::new(generation));
        #[cfg(feature = "tracing")]
        tracing::info!(generation = number, "accepts by another policy from now on");
        Ok(())
    }

    /// How it is doing, for a health endpoint, a gauge or a log.
    #[must_use]
    pub fn status(&self) -> OriginStatus {
        OriginStatus::of(&self.current(), &self.0.seen)
    }

    /// The configuration of rustls for connections of now, for a server that drives rustls by itself.
    /// Take it for each connection anew, or a [`reload`](Self::reload) passes it by.
    #[must_use]
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current().config)
    }

    /// The connection whose handshake is done, for a server that drives rustls by itself. Of one that
    /// has failed [`VerifyError::of_rustls`] tells why.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Handshake`] if it is not done, and what the client's certificate is refused
    /// with. Under [`observe`](OriginMtlsBuilder::observe) that is told by
    /// [`EdgeConnection::identity`].
    pub fn established(&self, tls: &ServerConnection) -> Result<EdgeConnection, VerifyError> {
        let connection = self.settle(tls, None);
        if let Err(error) = &connection {
            self.report(*error, None);
        }
        connection
    }

    /// Leaves it to the caller to tell of what is refused.
    pub(crate) fn settle(
        &self,
        tls: &ServerConnection,
        peer: Option<IpAddr>,
    ) -> Result<EdgeConnection, VerifyError> {
        if tls.is_handshaking() {
            return Err(VerifyError::Handshake);
        }
        let now = now();
        let chain = tls.peer_certificates().unwrap_or_default();
        let generation = self.current();
        let identity = generation.verify(chain, now);
        match &identity {
            Ok(identity) => {
                self.tell(ACCEPTED);
                self.0.seen.note(identity, &generation, now);
            }
            Err(error) if !self.is_observing() => return Err(*error),
            Err(error) => self.report(*error, peer),
        }
        Ok(EdgeConnection::new(self.clone(), chain, generation.number, identity))
    }

    pub(crate) fn current(&self) -> Guard<Arc<Generation>> {
        self.0.current.load()
    }

    pub(crate) fn is_observing(&self) -> bool {
        self.0.settings.is_observing
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn limits(&self) -> Limits {
        self.0.settings.limits
    }

    /// Lets whoever listens know of a refusal. The peer's address is for the log, and stands in no
    /// error: it is the connection's own, and nothing that was sent.
    pub(crate) fn report(&self, error: VerifyError, peer: Option<IpAddr>) {
        // Probes that connect and leave are no news.
        #[cfg(feature = "tracing")]
        if error != VerifyError::Closed {
            let peer = peer.map(tracing::field::display);
            tracing::debug!(code = error.code(), hint = error.hint(), peer, "not proven: {error}");
        }
        #[cfg(not(feature = "tracing"))]
        let _ = peer;
        self.tell(error.code());
    }

    pub(crate) fn tell(&self, outcome: &'static str) {
        if let Some(on_outcome) = &self.0.settings.on_outcome {
            on_outcome(outcome);
        }
    }
}

impl Generation {
    fn new(
        number: u64,
        policy: OriginPullPolicy,
        certificate: &ServerCertificate,
        settings: &Settings,
    ) -> Result<Self, ConfigError> {
        let verifier =
            EdgeVerifier::with_mode(policy, &certificate.provider, settings.is_observing);
        let verifier = Arc::new(verifier);
        let config = server_config(Arc::clone(&verifier), certificate, &settings.protocols)?;
        let server_not_after = certificate.not_after;
        Ok(Self { number, verifier, config: Arc::new(config), server_not_after, since: now() })
    }

    pub(crate) fn policy(&self) -> &OriginPullPolicy {
        self.verifier.policy()
    }

    pub(crate) fn verify(
        &self,
        chain: &[rustls::pki_types::CertificateDer<'_>],
        now: SystemTime,
    ) -> Result<EdgeIdentity, VerifyError> {
        match chain.split_first() {
            Some((leaf, intermediates)) => self.verifier.verify(leaf, intermediates, now),
            None => Err(VerifyError::NoCertificate),
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.current.load();
        f.debug_struct("Shared")
            .field("generation", &current.number)
            .field("policy", current.policy())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("protocols", &self.protocols)
            .field("is_observing", &self.is_observing)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Makes an [`OriginMtls`]. The defaults are the strict choice.
#[derive(Debug)]
#[must_use]
pub struct OriginMtlsBuilder {
    policy: OriginPullPolicy,
    certificate: ServerCertificate,
    settings: Settings,
}

impl OriginMtlsBuilder {
    /// Lets every connection pass, to see who would be refused before they are: for the time in which
    /// Authenticated Origin Pulls are being switched on, with [`on_outcome`](Self::on_outcome).
    ///
    /// No proof is made from a failure: what asks for an [`EdgeIdentity`] refuses. A certificate whose
    /// key the client does not prove to have is refused all the same.
    pub fn observe(mut self) -> Self {
        self.settings.is_observing = true;
        self
    }

    /// Speaks TLS 1.2 as well, in which whoever listens on the way sees the client's certificate.
    /// Cloudflare speaks 1.3. Default: 1.3 alone.
    #[cfg(feature = "tls12")]
    pub fn allow_tls12(mut self) -> Self {
        self.settings.protocols.versions = crate::rustls::TLS13_AND_TLS12;
        self
    }

    /// The protocols to agree on in the handshake (ALPN), the best one first: `b"h2"` and
    /// `b"http/1.1"` for a server that speaks both. Default: none, which is HTTP/1.1.
    pub fn alpn_protocols(mut self, protocols: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.settings.protocols.alpn = protocols.into_iter().collect();
        self
    }

    /// How long a handshake may take, from the moment when the connection is accepted. Default: 10
    /// seconds; 1 to 60.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.limits.deadline = deadline;
        self
    }

    /// How many connections of a listener may be in their handshake at once. When so many are, no
    /// other is accepted: they wait in the system's backlog. Default: 1024.
    pub fn max_pending(mut self, connections: usize) -> Self {
        self.settings.limits.pending = connections;
        self
    }

    /// How many of them may be of one peer, which for IPv6 is a /64; others of it are closed. A peer
    /// is a server of Cloudflare's, whose visitors share this bound. Default: 256.
    pub fn max_pending_per_peer(mut self, connections: usize) -> Self {
        self.settings.limits.pending_per_peer = connections;
        self
    }

    /// Calls this with the code of every decision: `accepted` for a connection, or
    /// [`VerifyError::code`] of a refusal, of a connection or a request. For counters; it runs on the
    /// path of what it tells of. Under [`observe`](Self::observe) it hears what would be refused.
    pub fn on_outcome(mut self, on_outcome: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        self.settings.on_outcome = Some(Box::new(on_outcome));
        self
    }

    /// Checks the configuration.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::Limits`] if the deadline is under 1 or over 60 seconds, a bound is 0, or that
    ///    of one peer larger than that of all.
    /// 2. [`ConfigError::Provider`] if the provider supports none of the TLS versions.
    pub fn build(self) -> Result<OriginMtls, ConfigError> {
        let Self { policy, certificate, settings } = self;
        let Limits { deadline, pending, pending_per_peer } = settings.limits;
        let is_deadline = (LEAST_DEADLINE..=MOST_DEADLINE).contains(&deadline);
        if !is_deadline || pending_per_peer == 0 || pending_per_peer > pending {
            return Err(ConfigError::Limits);
        }
        let generation = Generation::new(1, policy, &certificate, &settings)?;
        Ok(OriginMtls(Arc::new(Shared {
            current: ArcSwap::from_pointee(generation),
            next: AtomicU64::new(2),
            settings,
            seen: Seen::default(),
        })))
    }
}

#[expect(clippy::disallowed_methods, reason = "an edge: a certificate is verified when it comes")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

pub(crate) const ACCEPTED: &str = "accepted";

const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);
const LEAST_DEADLINE: Duration = Duration::from_secs(1);
const MOST_DEADLINE: Duration = Duration::from_secs(60);
const DEFAULT_PENDING: usize = 1024;
const DEFAULT_PENDING_PER_PEER: usize = 256;
