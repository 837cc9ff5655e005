//! A stand-in for Cloudflare's edge, with a client certificate; and others, with every other one.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use origin_mtls::testing::{ClientCertificate, EphemeralCa};
use origin_mtls::{OriginMtls, SpkiPin};
use rustls::client::ResolvesClientCert;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::table::Table;

/// The origin, listening, and what it decides.
pub(crate) struct Scene {
    provider: Arc<CryptoProvider>,
    zone: EphemeralCa,
    edge: ClientCertificate,
    origin: OriginMtls,
    address: SocketAddr,
    outcomes: UnboundedReceiver<&'static str>,
}

impl Scene {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let zone = EphemeralCa::new();
        let edge = zone.client();
        let algorithms = provider.signature_verification_algorithms.all;
        let policy = super::policy(&zone.certificate_pem(), algorithms)?.build()?;
        let certificate = zone.server_certificate(&["localhost"], Arc::clone(&provider));
        let (heard, outcomes) = unbounded_channel();
        let origin = super::configure(policy, certificate, move |outcome| {
            heard.send(outcome).unwrap_or_default();
        })?;
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let address = tcp.local_addr()?;
        tokio::spawn(super::run(tcp, origin.clone()));
        Ok(Self { provider, zone, edge, origin, address, outcomes })
    }

    #[expect(clippy::print_stdout, reason = "these lines are to be pasted")]
    pub(crate) fn print_curl(&self) -> Result<(), Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("quickstart-{}", std::process::id()));
        std::fs::create_dir(&folder)?;
        let file = |name: &str, text: &str| -> std::io::Result<String> {
            let path = folder.join(name);
            std::fs::write(&path, text)?;
            Ok(path.display().to_string())
        };
        // Throw-away keys: they are worth nothing after this process.
        let ca = file("ca.crt", &self.zone.certificate_pem())?;
        let certificate = file("client.crt", self.edge.certificate_pem())?;
        let key = file("client.key", &self.edge.key_pem())?;
        let curl = format!("curl -i --cacert {ca} -H 'Host: plue.dev'");
        let url = format!("https://localhost:{}/whoami", self.address.port());
        println!("# the edge\n{curl} --cert {certificate} --key {key} {url}\n");
        println!("# anybody else: closed, no_certificate\n{curl} {url}\n");
        Ok(())
    }

    pub(crate) async fn play(mut self, table: &mut Table) -> Result<(), Box<dyn Error>> {
        Table::section("origin-mtls: that the connection comes from your own Cloudflare zone");
        let other = EphemeralCa::new();
        let stranger = other.client();
        let own = |client: &ClientCertificate| Some(shown(client.chain(), client, &self.provider));
        let edge = own(&self.edge);
        let thief = Some(shown(self.edge.chain(), &stranger, &self.provider));
        let forged = self.forged(&stranger)?;

        let clients = [
            ("the edge", TLS13, "plue.dev", edge.clone(), (200, "accepted")),
            (
                "the edge, for another host of the account",
                TLS13,
                "evil.dev",
                edge.clone(),
                (421, "host_mismatch"),
            ),
            ("nobody's certificate", TLS13, "plue.dev", None, (Table::CLOSED, "no_certificate")),
            (
                "another authority of the same name",
                TLS13,
                "plue.dev",
                own(&stranger),
                (Table::CLOSED, "bad_signature"),
            ),
            (
                "the edge's certificate, without its key",
                TLS13,
                "plue.dev",
                thief,
                (Table::CLOSED, "bad_signature"),
            ),
            (
                "six forged authorities",
                TLS13,
                "plue.dev",
                forged,
                (Table::CLOSED, "chain_too_long"),
            ),
            ("TLS 1.2", TLS12, "plue.dev", edge.clone(), (Table::CLOSED, "handshake")),
        ];
        for (sent, version, host, client, must) in clients {
            let config = self.config(version, client)?;
            let status = match self.connect(config).await {
                Ok(mut stream) => ask(&mut stream, host).await,
                Err(_) => Table::CLOSED,
            };
            // The connection was accepted before.
            let heard = self.heard(if must.0 == 421 { 2 } else { 1 }).await;
            table.line(sent, (status, heard), must);
        }
        let mut plain = TcpStream::connect(self.address).await?;
        let status = ask(&mut plain, "plue.dev").await;
        let heard = self.heard(1).await;
        // What TLS answers to HTTP is an alert, and no status.
        table.line("HTTP without TLS", (status, heard), (Table::CLOSED, "handshake"));

        self.play_reload(table, edge).await
    }

    /// The origin pins another key, while a connection stands.
    async fn play_reload(
        mut self,
        table: &mut Table,
        edge: Option<Arc<CertifiedKey>>,
    ) -> Result<(), Box<dyn Error>> {
        let config = self.config(TLS13, edge)?;
        let mut live = self.connect(config.clone()).await?;
        let status = ask(&mut live, "plue.dev").await;
        let heard = self.heard(1).await;
        table.line("the edge, over a connection that is kept", (status, heard), (200, "accepted"));

        let algorithms = self.provider.signature_verification_algorithms.all;
        let next = self.zone.client();
        let pin = SpkiPin::of(next.chain().first().ok_or("a certificate")?)?;
        let policy = super::policy(&self.zone.certificate_pem(), algorithms)?.pin(pin).build()?;
        let certificate = self.zone.server_certificate(&["localhost"], Arc::clone(&self.provider));
        self.origin.reload(policy, &certificate)?;

        let status = ask(&mut live, "plue.dev").await;
        let heard = self.heard(1).await;
        table.line("after a reload, over it", (status, heard), (421, "pin_mismatch"));
        // With whatever session of before the client has.
        let status = match self.connect(config).await {
            Ok(mut stream) => ask(&mut stream, "plue.dev").await,
            Err(_) => Table::CLOSED,
        };
        let heard = self.heard(1).await;
        table.line("after it, over a new one", (status, heard), (Table::CLOSED, "pin_mismatch"));
        let next = Some(shown(next.chain(), &next, &self.provider));
        let mut stream = self.connect(self.config(TLS13, next)?).await?;
        let status = ask(&mut stream, "plue.dev").await;
        let heard = self.heard(1).await;
        table.line("after it, with the next certificate", (status, heard), (200, "accepted"));
        Ok(())
    }

    /// A chain that anybody can make: each of its authorities may have issued all others.
    fn forged(
        &self,
        stranger: &ClientCertificate,
    ) -> Result<Option<Arc<CertifiedKey>>, Box<dyn Error>> {
        let mut chain = stranger.chain().to_vec();
        for _ in 0..6 {
            let forged = EphemeralCa::new().certificate_pem();
            chain.push(CertificateDer::from_pem_slice(forged.as_bytes())?);
        }
        Ok(Some(shown(&chain, stranger, &self.provider)))
    }

    fn config(
        &self,
        version: &'static SupportedProtocolVersion,
        client: Option<Arc<CertifiedKey>>,
    ) -> Result<ClientConfig, Box<dyn Error>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.zone.certificate_pem().as_bytes())?)?;
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[version])?
            .with_root_certificates(roots);
        Ok(match client {
            Some(client) => builder.with_client_cert_resolver(Arc::new(Shows(client))),
            None => builder.with_no_client_auth(),
        })
    }

    async fn connect(&self, config: ClientConfig) -> Result<TlsStream<TcpStream>, Box<dyn Error>> {
        let stream = TcpStream::connect(self.address).await?;
        let handshake =
            TlsConnector::from(Arc::new(config)).connect("localhost".try_into()?, stream);
        Ok(timeout(PATIENCE, handshake).await??)
    }

    /// The code of the last of so many decisions.
    async fn heard(&mut self, count: usize) -> &'static str {
        let mut code = "-";
        for _ in 0..count {
            code = timeout(PATIENCE, self.outcomes.recv()).await.ok().flatten().unwrap_or("-");
        }
        code
    }
}

/// Sends a request, and gives the answer's status.
async fn ask<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, host: &str) -> u16 {
    let request = format!("GET /whoami HTTP/1.1\r\nHost: {host}\r\n\r\n");
    // Who is refused hears of it while it writes, or when it reads.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = vec![0; 4096];
    let read = timeout(PATIENCE, stream.read(&mut answer)).await;
    answer.truncate(read.ok().and_then(Result::ok).unwrap_or_default());
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or(Table::CLOSED)
}

/// A client that shows this chain, and signs with the key of another certificate or its own.
#[expect(clippy::expect_used, reason = "the key was made by this very library")]
fn shown(
    chain: &[CertificateDer<'static>],
    with_key_of: &ClientCertificate,
    provider: &CryptoProvider,
) -> Arc<CertifiedKey> {
    let key = PrivateKeyDer::from_pem_slice(with_key_of.key_pem().as_bytes()).expect("PKCS #8");
    let key = provider.key_provider.load_private_key(key).expect("a key of P-256");
    Arc::new(CertifiedKey::new(chain.to_vec(), key))
}

#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesClientCert for Shows {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

const TLS12: &SupportedProtocolVersion = &rustls::version::TLS12;
const TLS13: &SupportedProtocolVersion = &rustls::version::TLS13;
const PATIENCE: Duration = Duration::from_secs(10);
