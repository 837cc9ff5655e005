//! Connections of the edge on [tokio](https://docs.rs/tokio).

mod listener;
mod stream;

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

pub use self::listener::{EdgeAddress, EdgeHandshake, OriginListener};
pub use self::stream::EdgeStream;
use crate::{OriginMtls, VerifyError};

impl OriginMtls {
    /// Does the handshake of TLS on a stream of any kind, with whoever has a client certificate that
    /// the policy accepts.
    ///
    /// The deadline counts from this call. The future can be dropped at any time, and closes the
    /// connection then.
    ///
    /// # Errors
    ///
    /// What the certificate is refused with, and [`VerifyError::Closed`], [`VerifyError::Timeout`]
    /// and [`VerifyError::Handshake`].
    pub async fn accept<S>(&self, stream: S) -> Result<EdgeStream<S>, VerifyError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.accept_from(stream, None).await
    }

    async fn accept_from<S>(
        &self,
        stream: S,
        peer: Option<IpAddr>,
    ) -> Result<EdgeStream<S>, VerifyError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let handshake = TlsAcceptor::from(self.server_config()).accept(stream);
        let accepted = match timeout(self.limits().deadline, handshake).await {
            Ok(Ok(stream)) => {
                let connection = self.settle(stream.get_ref().1, peer);
                connection.map(|connection| EdgeStream::new(stream, connection))
            }
            Ok(Err(error)) => Err(reason(&error)),
            Err(_) => Err(VerifyError::Timeout),
        };
        if let Err(error) = &accepted {
            self.report(*error, peer);
        }
        accepted
    }
}

fn reason(error: &io::Error) -> VerifyError {
    if let Some(error) = error.get_ref().and_then(|error| error.downcast_ref()) {
        return VerifyError::of_rustls(error);
    }
    match error.kind() {
        io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::UnexpectedEof => VerifyError::Closed,
        _ => VerifyError::Handshake,
    }
}
