//! What the core has no way to know: the time, and random bytes.

use std::time::{Duration, SystemTime};

use siwe_session::VerifyError;

/// The host's clock. Between two answers from outside, it stands still.
pub(crate) fn now() -> SystemTime {
    let since = Duration::from_millis(worker::Date::now().as_millis());
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], VerifyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| VerifyError::StoreUnavailable)?;
    Ok(bytes)
}
