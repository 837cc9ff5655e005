use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What has been decided since the start. `Display` is the text form that Prometheus reads.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    decisions: BTreeMap<&'static str, u64>,
    secret_uses: u64,
}

impl Metrics {
    /// A decision of cf-access, by its code: `accepted`, or that of a refusal.
    pub(crate) fn count_decision(&self, code: &'static str) {
        let mut counts = self.lock();
        let count = counts.decisions.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    /// A request that passed by the old secret.
    pub(crate) fn count_secret_use(&self) {
        let mut counts = self.lock();
        counts.secret_uses = counts.secret_uses.saturating_add(1);
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.lock();
        writeln!(f, "# HELP cf_access_decisions_total Decisions on requests, by code.")?;
        writeln!(f, "# TYPE cf_access_decisions_total counter")?;
        for (code, count) in &counts.decisions {
            writeln!(f, "cf_access_decisions_total{{code=\"{code}\"}} {count}")?;
        }
        writeln!(f, "# HELP admin_secret_uses_total Requests that passed by ADMIN_SECRET.")?;
        writeln!(f, "# TYPE admin_secret_uses_total counter")?;
        writeln!(f, "admin_secret_uses_total {}", counts.secret_uses)
    }
}
