use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serve::Outcomes;

/// What has been decided since the start. `Display` is the text form that Prometheus reads.
#[derive(Debug, Default)]
pub struct Metrics {
    pub(crate) decisions: Outcomes,
    pub(crate) peers: Outcomes,
    secret_uses: AtomicU64,
}

impl Metrics {
    /// A request that passed by the old secret.
    pub(crate) fn count_secret_use(&self) {
        self.secret_uses.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, help, outcomes) in [
            ("cf_access_decisions_total", "Decisions on requests, by code.", &self.decisions),
            (
                "proxy_protocol_outcomes_total",
                "Decisions on whom requests come from, by code.",
                &self.peers,
            ),
        ] {
            writeln!(f, "# HELP {name} {help}\n# TYPE {name} counter")?;
            for (code, count) in outcomes.counts() {
                writeln!(f, "{name}{{code=\"{code}\"}} {count}")?;
            }
        }
        writeln!(f, "# HELP admin_secret_uses_total Requests that passed by ADMIN_SECRET.")?;
        writeln!(f, "# TYPE admin_secret_uses_total counter")?;
        writeln!(f, "admin_secret_uses_total {}", self.secret_uses.load(Ordering::Relaxed))
    }
}
