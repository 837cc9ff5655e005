use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Config;
use crate::config::MAX_PENDING;

/// Raises the limit of open files to what the bounds of this configuration can take.
///
/// # Errors
///
/// How many are needed and how many there can be, if those are fewer: a bound that cannot be
/// reached bounds nothing, and the listener would fall silent before it.
pub(crate) fn provide(config: &Config) -> Result<(), TooFew> {
    let needed = needed(config.max_sessions.get());
    let limits = getrlimit(Resource::Nofile);
    if limits.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let raised =
        setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum: limits.maximum });
    match (raised, limits.maximum) {
        (Err(_), Some(maximum)) => Err(TooFew { needed, maximum }),
        _ => Ok(()),
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooFew {
    pub(crate) needed: u64,
    pub(crate) maximum: u64,
}

/// A session has two connections, and one that waits for its header has one.
fn needed(max_sessions: usize) -> u64 {
    let sockets = max_sessions.saturating_mul(2).saturating_add(MAX_PENDING);
    u64::try_from(sockets).unwrap_or(u64::MAX).saturating_add(SPARE)
}

/// For the listener, the log, the signals, and the runtime.
const SPARE: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_a_connection_on_either_side() {
        assert_eq!(needed(512).checked_sub(needed(511)), Some(2));
        assert!(needed(1) > u64::try_from(MAX_PENDING).unwrap());
        assert_eq!(needed(usize::MAX), u64::MAX);
    }
}
