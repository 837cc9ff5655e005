use std::sync::Arc;

use cf_access::{Audience, CfAccess, ClientId, ConfigError, Policy, TeamKeys};

use crate::Metrics;

/// Who may pass: staff and the named service tokens, as Cloudflare Access proves them.
#[derive(Clone, Debug)]
pub struct Gate {
    pub(crate) access: CfAccess,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) staff: Policy,
}

impl Gate {
    /// With these keys, for these applications.
    ///
    /// # Errors
    ///
    /// If there is no audience.
    pub fn build(
        keys: TeamKeys,
        audiences: impl IntoIterator<Item = Audience>,
        service_tokens: impl IntoIterator<Item = ClientId>,
    ) -> Result<Self, ConfigError> {
        let staff = Policy::email_domain(STAFF_DOMAIN)?;
        let policy =
            service_tokens.into_iter().map(Policy::service_token).fold(staff.clone(), Policy::or);
        let metrics = Arc::new(Metrics::default());
        let access = CfAccess::builder(keys, audiences)
            .policy(policy)
            .on_outcome(metrics.decisions.counter())
            .build()?;
        Ok(Self { access, metrics, staff })
    }
}

const STAFF_DOMAIN: &str = "verifluence.io";
