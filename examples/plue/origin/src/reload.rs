use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use origin_mtls::OriginMtls;
use rustls::crypto::CryptoProvider;
use siwe_session::IdentityTrust;
use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::material::{Contents, Demands, FileError, Files};

/// Looks at the files, and has the origin use what is in them when that has changed.
///
/// They are compared by content: Kubernetes swaps a link two folders away, editors write in place,
/// and neither need tell anybody. Whatever is wrong with one file leaves all of them unused, and
/// what was in use before stays.
pub(crate) struct Watcher {
    files: Files,
    demands: Demands,
    provider: Arc<CryptoProvider>,
    origin: OriginMtls,
    trust: IdentityTrust,
    in_use: Contents,
    settling: Settling<Reading>,
    reloads: Reloads,
}

type Reading = Result<Contents, FileError>;

impl Watcher {
    /// For an origin that uses this content.
    pub(crate) fn new(
        files: Files,
        in_use: Contents,
        demands: Demands,
        provider: Arc<CryptoProvider>,
        origin: OriginMtls,
        trust: IdentityTrust,
        reloads: Reloads,
    ) -> Self {
        let settling = Settling::new(Ok(in_use.clone()));
        Self { files, demands, provider, origin, trust, in_use, settling, reloads }
    }

    /// Looks every so often, and at once when this signal comes.
    pub(crate) async fn watch(mut self, every: Duration, mut hangup: Signal) {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_asked = tokio::select! {
                Some(()) = hangup.recv() => true,
                _ = ticks.tick() => false,
            };
            // Reads files, and verifies signatures.
            let looked = spawn_blocking(move || {
                self.look(is_asked);
                self
            });
            match looked.await {
                Ok(watcher) => self = watcher,
                Err(error) => {
                    return tracing::error!("the files are not looked at any more: {error}");
                }
            }
        }
    }

    fn look(&mut self, is_asked: bool) {
        let reading = self.files.read();
        // Who sends a signal says that the files are whole.
        if self.settling.has_changed(&reading, is_asked) || is_asked {
            let used = reading.and_then(|contents| self.use_contents(contents));
            self.reloads.note(used, is_asked);
        }
    }

    fn use_contents(&mut self, contents: Contents) -> Result<Used, FileError> {
        if contents == self.in_use {
            return Ok(Used::Already);
        }
        let material = self.files.material(&contents, &self.demands, &self.provider)?;
        let reloaded = self.origin.reload(material.policy, &material.certificate);
        reloaded.map_err(|error| self.files.policy_error(error))?;
        if let Some(file) = &self.files.user_key {
            self.trust.reload(material.user_keys).map_err(|error| file.error(error))?;
        }
        self.in_use = contents;
        Ok(Used::Anew)
    }
}

enum Used {
    /// These were in use.
    Already,
    Anew,
}

/// Tells when a reading is another one than the last that was told of, and has been read twice in a
/// row. A file that is being written has changed by then, and a folder whose files were replaced
/// between two of the reads too.
struct Settling<T> {
    latest: T,
    settled: T,
}

impl<T: Clone + PartialEq> Settling<T> {
    fn new(settled: T) -> Self {
        Self { latest: settled.clone(), settled }
    }

    fn has_changed(&mut self, reading: &T, is_whole: bool) -> bool {
        let is_still = is_whole || self.latest == *reading;
        self.latest.clone_from(reading);
        let has_changed = is_still && self.settled != *reading;
        if has_changed {
            self.settled.clone_from(reading);
        }
        has_changed
    }
}

/// How it went, for whoever asks. Clones tell the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reloads(Arc<Mutex<Option<Failure>>>);

/// Why the files that are there are not in use.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: FileError,
    pub(crate) since: Instant,
}

impl Reloads {
    /// `None`: what is in the files is in use.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Logs each error once, and again for who has asked.
    fn note(&self, used: Result<Used, FileError>, is_asked: bool) {
        let mut failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match used {
            Ok(Used::Anew) => tracing::info!("what is in the files is in use from now on"),
            Ok(Used::Already) if is_asked || failure.is_some() => {
                tracing::info!("what is in the files is what is in use");
            }
            Ok(Used::Already) => {}
            Err(error) => {
                let is_known = failure.as_ref().is_some_and(|failure| failure.error == error);
                if is_asked || !is_known {
                    tracing::warn!("not reloaded, and what was in use stays so: {error}");
                }
                if !is_known {
                    *failure = Some(Failure { error, since: Instant::now() });
                }
                return;
            }
        }
        *failure = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it tells of each of these readings, one after the other.
    fn tell(readings: &[u8]) -> Vec<bool> {
        let mut settling = Settling::new(0);
        readings.iter().map(|reading| settling.has_changed(reading, false)).collect()
    }

    #[test]
    fn what_is_read_twice_in_a_row_is_told_of_once() {
        assert_eq!(tell(&[0, 1, 1, 1, 1]), [false, false, true, false, false]);
    }

    #[test]
    fn what_still_changes_is_not_told_of() {
        assert_eq!(tell(&[1, 2, 3, 4, 4]), [false, false, false, false, true]);
        assert_eq!(tell(&[1, 0, 1, 0, 0]), [false; 5], "and back again");
    }

    #[test]
    fn what_was_told_of_is_told_of_again_after_something_else() {
        assert_eq!(tell(&[1, 1, 0, 0, 1, 1]), [false, true, false, true, false, true]);
    }

    #[test]
    fn what_is_whole_by_somebodys_word_is_told_of_at_once() {
        let mut settling = Settling::new(0);
        assert!(settling.has_changed(&1, true));
        assert!(!settling.has_changed(&1, true));
        assert!(!settling.has_changed(&1, false), "nor again when it is looked at");
    }
}
