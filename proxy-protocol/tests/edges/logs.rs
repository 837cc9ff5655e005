//! What is logged: refusals at debug, who would be denied once at warn, and nothing of the sender.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use proxy_protocol::handshakes::Incoming;
use proxy_protocol::{ClientAddress, ProxyProtocol, Trust};
use tracing_subscriber::fmt::MakeWriter;

use crate::listener::{connect_from, listen};
use crate::{EDGE, LINE, STRANGER, client, networks, production, socket};

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

#[test]
fn a_refusal_is_logged_at_debug_with_its_code_and_nothing_of_the_sender() {
    let log = Log::default();
    let _guard = log.listen();
    let proxy = production().build().unwrap();
    for (peer, sent, code) in [
        (EDGE, &b"attacker attacker attacker"[..], "not_proxy"),
        (EDGE, b"PROXY TCP4 attacker 1.2.3.4 1 2\r\n", "v1_bad_address"),
        (STRANGER, LINE, "denied"),
        (EDGE, b"PROXY TCP4 127.0.0.1 1.2.3.4 1 2\r\n", "special_source"),
    ] {
        client(&proxy, peer, sent).unwrap_err();
        let line = log.take();
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.contains("DEBUG") && line.contains(&format!("code=\"{code}\"")), "{line}");
        let peer = socket(peer).ip();
        assert!(line.contains(&format!("peer={peer}")), "who it was: {line}");
        assert!(!line.contains("attacker") && !line.contains("203.0.113.7"), "{line}");
    }
}

#[tokio::test]
async fn neither_clients_nor_probes_are_logged() {
    let log = Log::default();
    let _guard = log.listen();
    let proxy = production().build().unwrap();
    client(&proxy, EDGE, LINE).unwrap();
    proxy.accept(LINE, socket(EDGE)).await.unwrap();
    proxy.accept(&b""[..], socket(EDGE)).await.unwrap_err();
    assert_eq!(log.take(), "");
}

#[tokio::test]
async fn who_would_be_denied_is_logged_once_a_peer_at_warn() {
    let log = Log::default();
    let _guard = log.listen();
    let proxy = ProxyProtocol::builder(Trust::require(networks(&["192.0.2.0/24"]))).build();
    let (listener, address) = listen(&proxy.unwrap()).await;
    let mut listener = listener.observe();
    for n in [1, 2, 1, 1, 2] {
        let _stream = connect_from([127, 3, 0, n], address).await;
        listener.accept().await;
    }
    let lines = log.take();
    let warnings: Vec<_> = lines.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 2, "{lines}");
    assert!(warnings[0].contains("peer=127.3.0.1"), "{lines}");
    assert!(warnings[1].contains("peer=127.3.0.2"), "{lines}");
    assert_eq!(lines.lines().count(), 2 + 5, "each at debug as well: {lines}");
}

#[test]
fn what_asks_for_a_client_without_a_listener_is_logged_as_an_error() {
    let log = Log::default();
    let _guard = log.listen();
    ClientAddress::of(&http::Extensions::new()).unwrap_err();
    assert!(log.take().contains("ERROR"));
}
