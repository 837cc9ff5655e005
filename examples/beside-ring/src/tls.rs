//! The application's own TLS.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, ServerConfig, WantsVerifier};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A certificate for `localhost`, trusted by its own clients alone.
pub struct Localhost {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Localhost {
    #[expect(clippy::new_without_default, reason = "two of them are never equal")]
    pub fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a name");
        Self {
            certificate: made.cert.der().clone(),
            key: PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("PKCS #8"),
        }
    }

    pub fn server(&self, builder: ConfigBuilder<ServerConfig, WantsVerifier>) -> ServerConfig {
        builder
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
            .expect("a key that fits its certificate")
    }

    pub fn client(&self, builder: ConfigBuilder<ClientConfig, WantsVerifier>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("a certificate");
        builder.with_root_certificates(roots).with_no_client_auth()
    }
}

/// A handshake on loopback, and a message there and back.
pub async fn handshake(server: ServerConfig, client: ClientConfig) -> std::io::Result<String> {
    let tcp = TcpListener::bind("127.0.0.1:0").await?;
    let address = tcp.local_addr()?;
    let echo = tokio::spawn(async move {
        let (stream, _) = tcp.accept().await?;
        let mut stream = TlsAcceptor::from(Arc::new(server)).accept(stream).await?;
        let mut message = [0; 4];
        stream.read_exact(&mut message).await?;
        stream.write_all(&message).await?;
        stream.shutdown().await
    });
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TcpStream::connect(address).await?;
    let mut stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await?;
    stream.write_all(b"ping").await?;
    let mut message = String::new();
    stream.read_to_string(&mut message).await?;
    echo.await.expect("no panic")?;
    Ok(message)
}
