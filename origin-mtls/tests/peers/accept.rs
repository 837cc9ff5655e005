//! `OriginMtls::accept`, for what is no HTTP: a line is asked and answered.

use std::io;

use origin_mtls::{OriginMtls, VerifyError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::client::{Said, s_client};
use crate::scene::within;
use crate::zone::{Zone, changes};

const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];

#[tokio::test]
#[ignore = "needs OpenSSL: run .ci/run peers"]
async fn a_stream_tells_who_is_at_its_other_end() {
    let zone = Zone::new();
    let origin = zone.builder().build().unwrap();
    for version in VERSIONS {
        let (said, served) = meet(&origin, &zone, true, version, || {}).await;
        served.unwrap().unwrap();
        assert!(said.is_content, "{said}");
        assert!(said.output.contains("hello, edge") && said.output.contains("bye"), "{said}");
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL: run .ci/run peers"]
async fn a_stream_without_a_certificate_is_not_handed_out() {
    let zone = Zone::new();
    let origin = zone.builder().build().unwrap();
    for version in VERSIONS {
        let (said, served) = meet(&origin, &zone, false, version, || {}).await;
        assert_eq!(served.unwrap_err(), VerifyError::NoCertificate);
        assert!(!said.is_content && !said.output.contains("hello"), "{said}");
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL: run .ci/run peers"]
async fn a_stream_breaks_with_the_reload_that_no_longer_accepts_it() {
    let zone = Zone::new();
    for version in VERSIONS {
        for (code, policy) in changes(&zone, &zone.client("edge")) {
            let origin = zone.builder().build().unwrap();
            let reload = || origin.reload(policy, &zone.server()).unwrap();
            let (said, served) = meet(&origin, &zone, true, version, reload).await;
            let error = served.unwrap().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
            let reason = error.get_ref().and_then(|error| error.downcast_ref());
            assert_eq!(reason.map(VerifyError::code), Some(code));
            assert!(said.output.contains("hello, edge"), "{said}");
            assert!(!said.output.contains("bye"), "{said}");
        }
    }
}

/// A client that says a line, and a server that answers it; and once more after this.
async fn meet(
    origin: &OriginMtls,
    zone: &Zone,
    has_certificate: bool,
    version: &str,
    between: impl FnOnce(),
) -> (Said, Result<io::Result<()>, VerifyError>) {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let serving = async {
        let (stream, _) = tcp.accept().await.unwrap();
        let stream = origin.accept(stream).await?;
        let identity = stream.connection().identity()?;
        let mut stream = BufReader::new(stream);
        let talk = async {
            stream.read_line(&mut String::new()).await?;
            let hello = format!("hello, {}\n", identity.common_name().unwrap());
            stream.write_all(hello.as_bytes()).await?;
            stream.flush().await?;
            between();
            stream.write_all(b"bye\n").await?;
            stream.shutdown().await
        };
        Ok(talk.await)
    };
    let client = has_certificate.then(|| zone.client("edge"));
    let options = [version];
    let asking = s_client(address, zone, client.as_ref(), &options);
    let (said, served) = tokio::join!(asking, within("a connection", serving));
    (said, served)
}
