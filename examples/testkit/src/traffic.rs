//! Good requests, all the time, while something is done to what answers them.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Somebody who may.
pub trait Visitor: Send + 'static {
    /// Asks for what is theirs, once; an error if any of it was refused.
    fn visit(&mut self) -> impl Future<Output = Result<(), String>> + Send;
}

/// A visitor who comes again and again. Dropping this ends it.
#[derive(Debug)]
pub struct Traffic {
    counts: Arc<Mutex<Counts>>,
    task: JoinHandle<()>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    begun: u64,
    answered: u64,
    refused: Vec<String>,
}

impl Traffic {
    /// Begins.
    pub fn start(mut visitor: impl Visitor) -> Self {
        let counts = Arc::<Mutex<Counts>>::default();
        let counted = Arc::clone(&counts);
        let count = move |count: &dyn Fn(&mut Counts)| {
            count(&mut counted.lock().unwrap_or_else(PoisonError::into_inner));
        };
        let task = tokio::spawn(async move {
            loop {
                count(&|counts| counts.begun = counts.begun.saturating_add(1));
                let answer = visitor.visit().await;
                count(&|counts| match &answer {
                    Ok(()) => counts.answered = counts.answered.saturating_add(1),
                    Err(why) => counts.refused.push(why.clone()),
                });
                sleep(PAUSE).await;
            }
        });
        Self { counts, task }
    }

    /// Waits until two visits have begun and ended from now on.
    ///
    /// # Panics
    ///
    /// If any visit was refused since the start, or none ends.
    pub async fn goes_on(&self) {
        // The one that has begun may have had its answer.
        let enough = self.counts().begun.saturating_add(2);
        let deadline = Instant::now().checked_add(PATIENCE);
        loop {
            let counts = self.counts();
            assert!(counts.refused.is_empty(), "refused: {:?}", counts.refused);
            if counts.answered >= enough {
                return;
            }
            assert!(deadline.is_some_and(|deadline| Instant::now() < deadline), "{counts:?}");
            sleep(PAUSE).await;
        }
    }

    fn counts(&self) -> Counts {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const PAUSE: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(30);
