use crate::Config;
use crate::client_network::ClientNetwork;
use crate::places::{Full, Place, Places};
use crate::rate::Rate;

/// Whether a client may begin a session.
#[derive(Debug)]
pub(crate) struct Admission {
    rate: Rate,
    places: Places,
}

impl Admission {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            rate: Rate::per_minute(config.connections_per_minute),
            places: Places::new(config.max_sessions, config.max_sessions_per_client),
        }
    }

    /// The place that a session has for as long as it goes on.
    pub(crate) fn admit(&mut self, client: ClientNetwork) -> Result<Place, Refusal> {
        if !self.rate.admit(client) {
            return Err(Refusal::RateLimited);
        }
        self.places.take(client).map_err(|full| match full {
            Full::All => Refusal::TooManySessions,
            Full::OfClient => Refusal::TooManySessionsOfClient,
        })
    }
}

/// Why a client whose address is known does not get a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// It has begun too many connections within a minute.
    RateLimited,
    /// Nothing answers where sshd should.
    SshdUnavailable,
    /// As many sessions as may are going on.
    TooManySessions,
    /// As many sessions of this client as may are going on.
    TooManySessionsOfClient,
}

impl Refusal {
    /// A stable name for logs and alerts.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::RateLimited => "rate_limited",
            Self::SshdUnavailable => "sshd_unavailable",
            Self::TooManySessions => "too_many_sessions",
            Self::TooManySessionsOfClient => "too_many_sessions_of_client",
        }
    }
}
