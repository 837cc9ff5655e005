use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many decisions there were of each code. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct Outcomes(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Outcomes {
    /// What a builder's `on_outcome` takes.
    pub fn counter(&self) -> impl Fn(&'static str) + Send + Sync + 'static {
        let counts = Arc::clone(&self.0);
        move |code| {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(code).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// How many there were since the start.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
