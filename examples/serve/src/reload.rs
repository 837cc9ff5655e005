use std::fmt::Display;

use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;

/// Reads files again, by this function, each time that is [asked](crate::hangup) for, and tells how it went.
pub async fn reload_on<E: Display + Send + 'static>(
    mut hangup: Signal,
    reload: impl Fn() -> Result<(), E> + Clone + Send + 'static,
) {
    while hangup.recv().await.is_some() {
        match spawn_blocking(reload.clone()).await {
            Ok(Ok(())) => tracing::info!("the keys were read again, and are used"),
            Ok(Err(error)) => {
                tracing::warn!("not reloaded, and what was in use stays so: {error}");
            }
            Err(error) => return tracing::error!("keys are not reloaded any more: {error}"),
        }
    }
}
