use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What has happened since the start. `Display` is the text form that Prometheus reads.
#[derive(Debug)]
pub struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    outcomes: BTreeMap<&'static str, u64>,
    /// By kind, and by what became of them.
    events: BTreeMap<(&'static str, &'static str), u64>,
    peers: BTreeMap<&'static str, u64>,
    failures: BTreeMap<&'static str, u64>,
    reloads: BTreeMap<&'static str, u64>,
}

impl Metrics {
    /// A decision of kick-hmac, by its code, and how the handling ended.
    pub(crate) fn count_outcome(&self, code: &'static str) {
        count(&mut self.lock().outcomes, code);
    }

    /// A decision of proxy-protocol on whom a request comes from, by its code.
    pub(crate) fn count_peer(&self, code: &'static str) {
        count(&mut self.lock().peers, code);
    }

    /// An event of this kind that was kept: `new`, or `before`.
    pub(crate) fn count_event(&self, kind: &'static str, kept: &'static str) {
        count(&mut self.lock().events, (kind, kept));
    }

    /// An event that could not be kept: `error`, or `timeout`.
    pub(crate) fn count_failure(&self, why: &'static str) {
        count(&mut self.lock().failures, why);
    }

    /// A reading of the key file: `used`, or `refused`.
    pub(crate) fn count_reload(&self, result: &'static str) {
        count(&mut self.lock().reloads, result);
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Metrics {
    /// What somebody is woken by is there from the start: an increase from nothing at all is none.
    fn default() -> Self {
        let at_zero = |labels: &[&'static str]| labels.iter().map(|label| (*label, 0)).collect();
        Self(Mutex::new(Counts {
            outcomes: at_zero(&OUTCOMES),
            events: BTreeMap::from([(("malformed", "new"), 0), (("unknown", "new"), 0)]),
            peers: at_zero(&PEERS),
            failures: at_zero(&["error", "timeout"]),
            reloads: at_zero(&["refused", "used"]),
        }))
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, label: K) {
    let count = counts.entry(label).or_default();
    *count = count.saturating_add(1);
}

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.lock();
        let head = |f: &mut fmt::Formatter<'_>, name: &str, help: &str| {
            write!(f, "# HELP {name} {help}\n# TYPE {name} counter\n")
        };
        for (name, help, label, counts) in [
            (
                "kick_hmac_outcomes_total",
                "Decisions on deliveries, and their ends, by code.",
                "code",
                &counts.outcomes,
            ),
            (
                "proxy_protocol_outcomes_total",
                "Decisions on whom requests come from, by code.",
                "code",
                &counts.peers,
            ),
            (
                "kick_event_failures_total",
                "Events that could not be kept, answered with 503.",
                "why",
                &counts.failures,
            ),
            (
                "kick_key_reloads_total",
                "Readings of the key file on SIGHUP.",
                "result",
                &counts.reloads,
            ),
        ] {
            head(f, name, help)?;
            for (value, count) in counts {
                writeln!(f, "{name}{{{label}=\"{value}\"}} {count}")?;
            }
        }
        head(f, "kick_events_total", "Events in the store: new ones, and those kept before.")?;
        for ((kind, kept), count) in &counts.events {
            writeln!(f, "kick_events_total{{kind=\"{kind}\",kept=\"{kept}\"}} {count}")?;
        }
        Ok(())
    }
}

const OUTCOMES: [&str; 9] = [
    "accepted",
    "bad_signature",
    "committed",
    "duplicate",
    "no_valid_secret",
    "not_committed",
    "released",
    "store_unavailable",
    "wrong_broadcaster",
];

const PEERS: [&str; 3] = ["accepted", "denied", "missing"];
