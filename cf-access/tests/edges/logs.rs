//! What is logged: refusals at debug, a change of the keys' state once at warn, and nothing that a
//! sender wrote.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use cf_access::FetchError;
use cf_access::testing::Answer;
use tokio::time::{advance, sleep};
use tracing_subscriber::fmt::MakeWriter;

use crate::{Team, access, alice, headers, naming};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.bytes())).unwrap()
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap()
    }

    /// Everything down to TRACE, on this thread.
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(self.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_refusal_is_logged_at_debug_with_its_code_and_nothing_of_the_sender() {
    let log = Log::default();
    let _guard = log.listen();
    let access = access();
    let hostile = naming("attacker-kid");
    access.authenticate(&headers(&hostile)).await.unwrap_err();
    access.verify("attacker.attacker.attacker", SystemTime::now()).unwrap_err();
    access.authenticate(&headers(&alice().replace("eyJ", "eyK"))).await.unwrap_err();
    let lines = log.take();
    assert_eq!(lines.lines().count(), 3, "{lines}");
    assert!(lines.contains("DEBUG") && lines.contains(r#"code="unknown_kid""#), "{lines}");
    assert!(
        !lines.contains("attacker") && !lines.contains("eyJ") && !lines.contains("eyK"),
        "{lines}"
    );
}

#[tokio::test]
async fn an_accepted_request_is_not_logged_and_nobody_s_address_is() {
    let log = Log::default();
    let _guard = log.listen();
    access().authenticate(&headers(&alice())).await.unwrap();
    assert_eq!(log.take(), "");
}

#[tokio::test]
async fn what_asks_for_a_proof_without_a_layer_is_logged_as_an_error() {
    let log = Log::default();
    let _guard = log.listen();
    cf_access::AccessIdentity::of(&http::Extensions::new()).unwrap_err();
    assert!(log.take().contains("ERROR"));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_keys_state_is_logged_once_at_warn() {
    let log = Log::default();
    let _guard = log.listen();
    let team = Team::ready().await;
    sleep(Duration::from_secs(3 * 60 * 60)).await;
    assert_eq!(log.take(), "");

    let broken = std::io::Error::other("certificate not trusted");
    team.endpoint.set(Answer::Fail(FetchError::Connection(Arc::new(broken))));
    sleep(Duration::from_secs(3 * 60 * 60)).await;
    let lines = log.take();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains("WARN") && lines.contains(r#"code="connection""#), "{lines}");
    // Why, for whoever has to mend it.
    assert!(lines.contains("certificate not trusted"), "{lines}");

    sleep(Duration::from_secs(24 * 60 * 60)).await;
    let lines = log.take();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains("WARN") && lines.contains("every token is refused"), "{lines}");

    team.endpoint.set(Answer::Certs);
    advance(Duration::from_secs(75)).await;
    team.code(&team.alice()).await;
    sleep(Duration::from_secs(2 * 60 * 60)).await;
    let lines = log.take();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains("WARN") && lines.contains("can be read again"), "{lines}");
}
