use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::source::Sources;
use crate::{ClientAddress, ConfigError, Decision, Networks, Progress, Trust, VerifyError, parse};

/// Takes the client's address from those who may tell it, and refuses everybody else.
///
/// Cloning shares one value.
#[derive(Clone, Debug)]
pub struct ProxyProtocol(Arc<Shared>);

struct Shared {
    trust: Trust,
    sources: Sources,
    allow_any_peer: bool,
    limits: Limits,
    on_outcome: Option<Box<dyn Fn(&'static str) + Send + Sync>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) deadline: Duration,
    pub(crate) pending: usize,
    pub(crate) pending_per_peer: usize,
}

/// What a connection's first bytes prove.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no third possibility")]
pub enum Verified {
    /// Who the client is.
    Complete {
        /// The client's address.
        client: ClientAddress,
        /// How many bytes were the header's; what follows belongs to the application.
        consumed: usize,
    },
    /// The peer must send a header, and it is not whole yet.
    Incomplete {
        /// How many bytes the header has still to come, at least.
        need: NonZeroUsize,
    },
}

impl ProxyProtocol {
    /// Starts from what cannot be left out: who may connect, and who of them sends a header.
    pub fn builder(trust: Trust) -> ProxyProtocolBuilder {
        ProxyProtocolBuilder(Shared {
            trust,
            sources: Sources::default(),
            allow_any_peer: false,
            limits: Limits {
                deadline: DEFAULT_DEADLINE,
                pending: DEFAULT_PENDING,
                pending_per_peer: DEFAULT_PENDING_PER_PEER,
            },
            on_outcome: None,
        })
    }

    /// Tells the client's address by the peer's, and by what has been received from it until now. It
    /// neither waits nor reads anything: call it again with more after
    /// [`Incomplete`](Verified::Incomplete). Ask with no bytes first, before reading any.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Denied`], [`VerifyError::Header`], [`VerifyError::SpecialSource`] and
    /// [`VerifyError::OwnSource`].
    pub fn verify(&self, peer: SocketAddr, received: &[u8]) -> Result<Verified, VerifyError> {
        let verified = self.check(peer, received);
        match &verified {
            Ok(Verified::Incomplete { .. }) => {}
            Ok(Verified::Complete { .. }) => self.tell(ACCEPTED),
            Err(error) => self.report(*error, Some(peer.ip())),
        }
        verified
    }

    /// What is done with this peer.
    #[must_use]
    pub fn decide(&self, peer: IpAddr) -> Decision {
        self.0.trust.decide(peer)
    }

    pub(crate) fn check(&self, peer: SocketAddr, received: &[u8]) -> Result<Verified, VerifyError> {
        match self.decide(peer.ip()) {
            Decision::Deny => Err(VerifyError::Denied),
            Decision::Direct => {
                Ok(Verified::Complete { client: ClientAddress::direct(peer), consumed: 0 })
            }
            Decision::Require => self.read(peer, received),
        }
    }

    fn read(&self, peer: SocketAddr, received: &[u8]) -> Result<Verified, VerifyError> {
        match parse(received)? {
            Progress::Complete { header, consumed } => {
                let bytes = received.get(..consumed).unwrap_or_default();
                let client = ClientAddress::by_header(peer, &header, bytes);
                if header.source().is_some() {
                    self.check_source(client.ip())?;
                }
                Ok(Verified::Complete { client, consumed })
            }
            Progress::Incomplete { need } => Ok(Verified::Incomplete { need }),
        }
    }

    pub(crate) fn check_source(&self, source: IpAddr) -> Result<(), VerifyError> {
        self.0.sources.check(source)
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn limits(&self) -> Limits {
        self.0.limits
    }

    /// Lets whoever listens know of a refusal. The peer's address is for the log, and stands in no
    /// error: it is the connection's own, and nothing that was sent.
    pub(crate) fn report(&self, error: VerifyError, peer: Option<IpAddr>) {
        // Probes that connect and leave are no news.
        #[cfg(feature = "tracing")]
        if error != VerifyError::Closed {
            let peer = peer.map(tracing::field::display);
            tracing::debug!(code = error.code(), peer, "not proven: {error}");
        }
        #[cfg(not(feature = "tracing"))]
        let _ = peer;
        self.tell(error.code());
    }

    pub(crate) fn tell(&self, outcome: &'static str) {
        if let Some(on_outcome) = &self.0.on_outcome {
            on_outcome(outcome);
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("trust", &self.trust)
            .field("sources", &self.sources)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Makes a [`ProxyProtocol`]. The defaults are the strict choice.
#[derive(Debug)]
#[must_use]
pub struct ProxyProtocolBuilder(Shared);

impl ProxyProtocolBuilder {
    /// Takes the header of any peer, if [`Trust::require`] names `0.0.0.0/0` or `::/0`.
    ///
    /// # Security
    ///
    /// Whoever reaches the port chooses the address that they are known by. Only where nothing but a
    /// proxy can reach it.
    pub fn allow_any_peer(mut self) -> Self {
        self.0.allow_any_peer = true;
        self
    }

    /// Lets a proxy name clients of these networks, though no address on the Internet is in them:
    /// those of an internal load balancer's clients, or [`loopback`](crate::loopback) for tests.
    /// Default: none, so that nobody passes for this machine or one beside it.
    pub fn allow_sources(mut self, networks: impl Into<Networks>) -> Self {
        self.0.sources.allowed.push(networks.into());
        self
    }

    /// This server's own public addresses, which no client has. Default: none are known.
    pub fn own_addresses(mut self, networks: impl Into<Networks>) -> Self {
        self.0.sources.own.push(networks.into());
        self
    }

    /// How long a header may take from the moment when a connection is accepted, however many pieces
    /// it comes in. Default: 5 seconds; at least 3, since a lost segment needs so long to come again
    /// (section 2), and at most 60.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.0.limits.deadline = deadline;
        self
    }

    /// How many connections of a listener may wait for their header at once. When so many do, no
    /// other is accepted: they wait in the system's backlog. Default: 1024.
    pub fn max_pending(mut self, connections: usize) -> Self {
        self.0.limits.pending = connections;
        self
    }

    /// How many of them may be of one peer, which for IPv6 is a /64; others of it are closed. A peer is
    /// a proxy, whose clients share this bound. Default: 256.
    pub fn max_pending_per_peer(mut self, connections: usize) -> Self {
        self.0.limits.pending_per_peer = connections;
        self
    }

    /// Calls this with the code of every decision: `accepted`, or [`VerifyError::code`] of a
    /// refusal. For counters; it runs on the connection's path, and for layers on the request's.
    /// Under `observe` it hears what would be refused.
    pub fn on_outcome(mut self, on_outcome: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        self.0.on_outcome = Some(Box::new(on_outcome));
        self
    }

    /// Checks the configuration.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::NoNetwork`] if no network is required to send a header.
    /// 2. [`ConfigError::AnyPeer`] if all addresses of a family are, and
    ///    [`allow_any_peer`](Self::allow_any_peer) was not called.
    /// 3. [`ConfigError::Conflict`] if a network is in both.
    /// 4. [`ConfigError::Deadline`] if it is under 3 or over 60 seconds.
    /// 5. [`ConfigError::Limits`] if a bound is 0, or that of one peer larger than that of all.
    pub fn build(self) -> Result<ProxyProtocol, ConfigError> {
        let Self(shared) = self;
        shared.trust.check(shared.allow_any_peer)?;
        let Limits { deadline, pending, pending_per_peer } = shared.limits;
        if !(LEAST_DEADLINE..=MOST_DEADLINE).contains(&deadline) {
            return Err(ConfigError::Deadline);
        }
        if pending_per_peer == 0 || pending_per_peer > pending {
            return Err(ConfigError::Limits);
        }
        Ok(ProxyProtocol(Arc::new(shared)))
    }
}

pub(crate) const ACCEPTED: &str = "accepted";

const DEFAULT_DEADLINE: Duration = Duration::from_secs(5);
const LEAST_DEADLINE: Duration = Duration::from_secs(3);
const MOST_DEADLINE: Duration = Duration::from_secs(60);
const DEFAULT_PENDING: usize = 1024;
const DEFAULT_PENDING_PER_PEER: usize = 256;
