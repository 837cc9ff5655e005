use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// What wrk has seen.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// For how long it sent, in seconds.
    pub seconds: f64,
    /// What good requests were answered with, by kind.
    pub good: BTreeMap<String, Answers>,
    /// What hostile requests were answered with, by kind.
    pub hostile: BTreeMap<String, Answers>,
    /// Connections that could not be made or broke off, and requests that were not answered in time.
    pub errors: BTreeMap<String, u64>,
    /// How long half of the requests took at most, in milliseconds.
    pub median: f64,
    /// How long 99 of a hundred took at most, in milliseconds.
    pub p99: f64,
}

/// How many answers there were of each status.
pub type Answers = BTreeMap<u16, u64>;

impl Report {
    /// How many requests were answered in a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        count(&self.good, |_| true) as f64 / self.seconds
    }

    /// How much of the requests was hostile.
    #[must_use]
    pub fn hostile_share(&self) -> f64 {
        let hostile = count(&self.hostile, |_| true) as f64;
        hostile / (hostile + count(&self.good, |_| true) as f64)
    }

    /// What must not have been: a hostile request that was accepted, a good one that was neither answered
    /// as it must be nor told to come again, any other answer that says that a server is at fault.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let hostile = self.hostile.iter().flat_map(|(kind, answers)| {
            let faulty = answers.iter().filter(|(status, _)| !is_refusal(**status));
            faulty.map(move |(status, count)| format!("hostile: {kind}: {count} × {status}"))
        });
        let good = self.good.iter().flat_map(|(kind, answers)| {
            let faulty = answers.iter().filter(|(status, _)| !is_answer(**status));
            faulty.map(move |(status, count)| format!("good: {kind}: {count} × {status}"))
        });
        let errors = self.errors.iter().filter(|(_, count)| **count > 0);
        let errors = errors.map(|(what, count)| format!("{what}: {count}"));
        hostile.chain(good).chain(errors).collect()
    }

    /// The same where nothing was down, and nobody had to be told to come again.
    #[must_use]
    pub fn faults_in_calm(&self) -> Vec<String> {
        let unavailable = Some(self.unavailable()).filter(|count| *count > 0);
        let unavailable = unavailable.map(|count| format!("told to come again: {count}"));
        self.faults().into_iter().chain(unavailable).collect()
    }

    /// How many good requests were told to come again.
    #[must_use]
    pub fn unavailable(&self) -> u64 {
        count(&self.good, |status| status == UNAVAILABLE)
    }
}

fn count(kinds: &BTreeMap<String, Answers>, is_counted: impl Fn(u16) -> bool) -> u64 {
    let answers = kinds.values().flatten().filter(|(status, _)| is_counted(**status));
    answers.map(|(_, count)| count).sum()
}

/// During an outage a server may say 503, and nothing else that says that it is at fault.
fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) || status == UNAVAILABLE
}

fn is_answer(status: u16) -> bool {
    (200..300).contains(&status) || status == UNAVAILABLE
}

const UNAVAILABLE: u16 = 503;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:.0} good requests a second for {:.0} s, {:.1} % hostile beside them; median {:.1} ms, 99 % {:.1} ms",
            self.per_second(),
            self.seconds,
            self.hostile_share() * 100.0,
            self.median,
            self.p99,
        )?;
        for (what, kinds) in [("good", &self.good), ("hostile", &self.hostile)] {
            for (kind, answers) in kinds {
                write!(f, "  {what:8}{kind:32}")?;
                for (status, count) in answers {
                    write!(f, " {status} × {count}")?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// With these answers to good requests, to hostile ones, and so many that broke off.
    fn report(good: &[u16], hostile: &[u16], broken: u64) -> Report {
        let answers = |statuses: &[u16]| Answers::from_iter(statuses.iter().map(|it| (*it, 1)));
        let report = json!({
            "seconds": 1.0, "median": 1.0, "p99": 1.0, "errors": { "read": broken },
            "good": { "it": answers(good) }, "hostile": { "it": answers(hostile) },
        });
        serde_json::from_value(report).unwrap()
    }

    #[test]
    fn what_is_answered_as_it_must_be_is_no_fault() {
        let report = report(&[200, 204, 503], &[400, 401, 403, 404, 410, 503], 0);
        assert_eq!(report.faults(), [""; 0]);
        // But where nothing was down, nobody had to be told to come again.
        assert_eq!(report.faults_in_calm(), ["told to come again: 1"]);
    }

    #[test]
    fn a_hostile_request_that_is_accepted_is_a_fault_and_so_is_any_other_error() {
        for status in [200, 204, 302, 500, 502, 504] {
            assert_eq!(report(&[200], &[401, status], 0).faults().len(), 1, "{status}");
        }
        for status in [302, 400, 401, 403, 500, 502, 504] {
            assert_eq!(report(&[200, status], &[401], 0).faults().len(), 1, "{status}");
        }
        assert_eq!(report(&[200], &[401], 3).faults(), ["read: 3"]);
    }
}
