//! Streams of any protocol: they break when what the client has shown is not accepted any more.

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use origin_mtls::tokio::EdgeStream;
use origin_mtls::{EdgeIdentity, OriginMtls, VerifyError};
use rustls::ClientConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::client::TlsStream;

use crate::Outcomes;
use crate::client::{TLS13, config, handshake};
use crate::zone::Zone;

type Pair = (EdgeStream<DuplexStream>, TlsStream<DuplexStream>);

async fn connect(origin: &OriginMtls, config: ClientConfig) -> Result<Pair, VerifyError> {
    let (near, far) = duplex(1 << 16);
    let (edge, client) = tokio::join!(origin.accept(near), handshake(config, far));
    Ok((edge?, client.unwrap()))
}

#[tokio::test]
async fn bytes_go_both_ways_until_a_reload_refuses_the_client() {
    let zone = Zone::new("zone");
    let (origin, outcomes) = Outcomes::of(zone.builder());
    let (mut edge, mut client) =
        connect(&origin, config(&zone, Some(&zone.client(7)), TLS13)).await.unwrap();
    let proven = edge.connection().identity().unwrap();
    assert_eq!(proven.common_name(), Some("client 7"));
    client.write_all(b"ping").await.unwrap();
    let mut received = [0; 4];
    edge.read_exact(&mut received).await.unwrap();
    edge.write_all(b"pong").await.unwrap();
    edge.flush().await.unwrap();
    client.read_exact(&mut received).await.unwrap();
    assert_eq!(&received, b"pong");

    client.write_all(b"late").await.unwrap();
    client.flush().await.unwrap();
    let revoked = zone.policy().crls(zone.crl(1, &[7])).build().unwrap();
    origin.reload(revoked, &zone.server()).unwrap();
    let mut received = Vec::new();
    let error = edge.read_buf(&mut received).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.get_ref().unwrap().downcast_ref(), Some(&VerifyError::Revoked));
    assert!(received.is_empty(), "nothing that has come since is handed out");
    assert_eq!(edge.write(b"secret").await.unwrap_err().kind(), ErrorKind::PermissionDenied);
    let slices = [std::io::IoSlice::new(b"secret")];
    let error = edge.write_vectored(&slices).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(edge.connection().identity().unwrap_err(), VerifyError::Revoked);
    assert_eq!(outcomes.take(), ["accepted", "revoked"], "once for the stream");

    // A mistake that is mended is forgiven.
    origin.reload(zone.policy().build().unwrap(), &zone.server()).unwrap();
    assert!(edge.connection().identity().is_ok());
    edge.write_all(b"again").await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_expires_ends_its_connection() {
    let zone = Zone::new("zone");
    let origin = zone.origin();
    let soon = SystemTime::now() + Duration::from_secs(2);
    let client = zone.client_with(7, |params| params.not_after = soon.into());
    let (mut edge, _client) = connect(&origin, config(&zone, Some(&client), TLS13)).await.unwrap();
    let identity: EdgeIdentity = edge.connection().identity().unwrap();
    assert!(identity.not_after() <= soon);
    while edge.connection().identity().is_ok() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(SystemTime::now() > identity.not_after());
    assert_eq!(edge.connection().identity().unwrap_err(), VerifyError::Expired);
    assert_eq!(edge.write(b"x").await.unwrap_err().kind(), ErrorKind::PermissionDenied);
    // Nor does a new handshake profit from what was found before.
    let refused = duplex_refusal(&origin, config(&zone, Some(&client), TLS13)).await;
    assert_eq!(refused, VerifyError::Expired);
}

async fn duplex_refusal(origin: &OriginMtls, config: ClientConfig) -> VerifyError {
    let (near, far) = duplex(1 << 16);
    let (edge, _) = tokio::join!(origin.accept(near), handshake(config, far));
    edge.unwrap_err()
}

#[tokio::test]
async fn an_observed_stream_goes_on() {
    let zone = Zone::new("zone");
    let origin = zone.builder().observe().build().unwrap();
    let (mut edge, mut client) = connect(&origin, config(&zone, None, TLS13)).await.unwrap();
    assert_eq!(edge.connection().identity().unwrap_err(), VerifyError::NoCertificate);
    client.write_all(b"ping").await.unwrap();
    edge.read_exact(&mut [0; 4]).await.unwrap();
    edge.write_all(b"pong").await.unwrap();
}
