//! What is logged: refusals at debug with what to do, reloads, and what expires soon, once.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use origin_mtls::OriginMtls;
use rustls::{ClientConnection, ServerConnection};
use tokio::io::duplex;
use tracing_subscriber::fmt::MakeWriter;

use crate::client::{TLS13, config, handshake};
use crate::handshake::shake;
use crate::zone::{Client, Zone};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.bytes())).unwrap()
    }

    /// The lines of this crate.
    fn ours(&self) -> Vec<String> {
        let is_ours = |line: &&str| line.contains("origin_mtls");
        self.take().lines().filter(is_ours).map(str::to_owned).collect()
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

#[tokio::test(flavor = "current_thread")]
async fn a_refusal_is_logged_at_debug_with_its_hint_and_nothing_of_the_sender() {
    let log = Log::default();
    let _guard = log.listen();
    let (zone, other) = (Zone::new("zone"), Zone::new("attacker"));
    let origin = zone.origin();
    for (client, code, hint) in [
        (None, "no_certificate", "Authenticated Origin Pulls is off"),
        (Some(other.client(4711)), "unknown_issuer", "trust the old and the new one"),
    ] {
        let (near, far) = duplex(1 << 16);
        let config = config(&zone, client.as_ref(), TLS13);
        let (refused, _) = tokio::join!(origin.accept(near), handshake(config, far));
        refused.unwrap_err();
        let ours = log.ours();
        assert_eq!(ours.len(), 1, "{ours:?}");
        let line = &ours[0];
        assert!(line.contains("DEBUG") && line.contains(&format!("code=\"{code}\"")), "{line}");
        assert!(line.contains(hint), "{line}");
        assert!(!line.contains("client 4711") && !line.contains("attacker"), "{line}");
    }
    // Probes are no news.
    let (near, far) = duplex(64);
    drop(far);
    origin.accept(near).await.unwrap_err();
    assert_eq!(log.ours(), Vec::<String>::new());
}

#[test]
fn a_reload_is_logged_with_its_generation() {
    let log = Log::default();
    let _guard = log.listen();
    let zone = Zone::new("zone");
    let origin = zone.origin();
    origin.reload(zone.policy().build().unwrap(), &zone.server()).unwrap();
    let lines = log.ours();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("INFO") && lines[0].contains("generation=2"), "{lines:?}");
}

fn connect(origin: &OriginMtls, zone: &Zone, client: &Client) {
    let config = Arc::new(config(zone, Some(client), TLS13));
    let mut client = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let mut server = ServerConnection::new(origin.server_config()).unwrap();
    shake(&mut client, &mut server).unwrap();
    origin.established(&server).unwrap();
}

#[test]
fn a_certificate_that_expires_soon_is_told_once_for_each_warning() {
    let log = Log::default();
    let _guard = log.listen();
    let zone = Zone::new("zone");
    let origin = zone.origin();
    for (days, is_told) in [(40, false), (31, false), (29, true), (13, true), (6, true), (0, true)]
    {
        let client = zone.client_with(1, |params| {
            let left = Duration::from_secs(days * 24 * 60 * 60 + 3600);
            params.not_after = (SystemTime::now() + left).into();
        });
        connect(&origin, &zone, &client);
        let lines = log.ours();
        assert_eq!(lines.len(), usize::from(is_told), "{days}: {lines:?}");
        if is_told {
            assert!(lines[0].contains("WARN") && lines[0].contains(&format!("days={days}")));
            assert!(lines[0].contains("the client's certificate expires soon"), "{lines:?}");
        }
        connect(&origin, &zone, &client);
        assert_eq!(log.ours(), Vec::<String>::new(), "once");
    }
}
