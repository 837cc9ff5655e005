//! What is logged, and what never is.

use std::future::ready;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use kick_hmac::{Lease, MessageId, ReplayStore, Replays, Reserved, StoreError, StoreFuture};
use tracing::Level;
use tracing::subscriber::DefaultGuard;

use crate::{Sent as _, builder, followed, send};

/// What this thread logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn at(level: Level) -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn refusals_are_logged_at_debug_with_their_code_and_nothing_of_the_sender() {
    let (log, _guard) = Log::at(Level::TRACE);
    let layer = builder(Replays::single_process()).build().unwrap().layer();
    let message = followed();
    let signature = message.headers()["kick-event-signature"].to_str().unwrap().to_owned();
    let forged = message.clone().header("kick-event-type", "attackers.text");
    send(&layer, forged.sent()).await;
    let logged = log.take();
    assert!(logged.contains("DEBUG") && logged.contains("repeated_header"), "{logged}");
    assert!(!logged.contains("attackers.text"));
    assert!(!logged.contains(&signature));

    let mut forged = message.sent();
    *forged.body_mut() = Full::from("attackers body");
    send(&layer, forged).await;
    let logged = log.take();
    assert!(logged.contains("bad_signature") && !logged.contains("attackers"), "{logged}");

    // What is handled is not worth a line.
    send(&layer, message.sent()).await;
    assert_eq!(log.take(), "");
}

#[tokio::test]
async fn a_store_that_fails_is_logged_once_and_once_more_when_it_is_back() {
    #[derive(Clone, Debug, Default)]
    struct Failing(Arc<Mutex<bool>>);

    impl ReplayStore for Failing {
        fn reserve(&self, _: MessageId, _: Lease, _: Duration) -> StoreFuture<'_, Reserved> {
            let fails = *self.0.lock().unwrap();
            let answer = if fails { Err(StoreError::new("refused")) } else { Ok(Reserved::New) };
            Box::pin(ready(answer))
        }

        fn commit(&self, _: MessageId, _: Lease) -> StoreFuture<'_, bool> {
            Box::pin(ready(Ok(true)))
        }

        fn release(&self, _: MessageId, _: Lease) -> StoreFuture<'_, ()> {
            Box::pin(ready(Err(StoreError::new("refused"))))
        }

        fn retention(&self) -> Option<Duration> {
            None
        }
    }

    let (log, _guard) = Log::at(Level::WARN);
    let store = Failing::default();
    let layer = builder(store.clone()).build().unwrap().layer();
    *store.0.lock().unwrap() = true;
    for _ in 0..3 {
        send(&layer, followed().sent()).await;
        tokio::task::yield_now().await;
    }
    let logged = log.take();
    assert_eq!(logged.matches("WARN").count(), 1, "{logged}");
    assert!(logged.contains("refused"), "{logged}");
    *store.0.lock().unwrap() = false;
    send(&layer, followed().sent()).await;
    send(&layer, followed().sent()).await;
    assert_eq!(log.take().matches("the store of ids is back").count(), 1);
}

#[test]
fn a_key_that_is_replaced_is_logged_once_by_its_fingerprint() {
    let (log, _guard) = Log::at(Level::WARN);
    let keys = kick_hmac::KickKeys::published();
    keys.reload(&crate::KICK.public_key(), std::time::UNIX_EPOCH);
    keys.reload(&crate::KICK.public_key(), std::time::UNIX_EPOCH);
    let logged = log.take();
    assert_eq!(logged.matches(&crate::KICK.public_key().fingerprint()).count(), 1, "{logged}");
}
