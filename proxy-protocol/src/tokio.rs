//! Connections whose client is told by a header, on [tokio](https://docs.rs/tokio).

mod listener;

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

pub use self::listener::{Accepted, ProxyHandshake, ProxyListener};
use crate::proxy::ACCEPTED;
use crate::{ClientAddress, ProxyProtocol, Verified, VerifyError};

impl ProxyProtocol {
    /// Reads the header of a connection that was accepted from this peer, if it must send one, and
    /// gives the connection back with the client's address. The first byte that is read from it
    /// then is the first one behind the header.
    ///
    /// The stream is the one that was given, and not a byte of it has been read that is not the
    /// header's: a `TcpStream` can be split, spliced or passed to another process. That costs a
    /// system call more than reading as much as there is: 2 for a header of version 2, and for a
    /// line of version 1 a few. To read header and payload at once, give a
    /// [`BufReader`](tokio::io::BufReader) around the stream; it is a stream too, and keeps what is
    /// read ahead.
    ///
    /// The deadline counts from this call. The future can be dropped at any time, and closes the
    /// connection then.
    ///
    /// ```no_run
    /// use proxy_protocol::{ProxyProtocol, Trust, cloudflare, loopback};
    ///
    /// # async fn serve(_: tokio::net::TcpStream, _: std::net::IpAddr) {}
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let proxy = ProxyProtocol::builder(Trust::require(cloudflare()).direct(loopback())).build()?;
    /// let listener = tokio::net::TcpListener::bind("0.0.0.0:22").await?;
    /// loop {
    ///     let (stream, peer) = listener.accept().await?;
    ///     let proxy = proxy.clone();
    ///     tokio::spawn(async move {
    ///         if let Ok((stream, client)) = proxy.accept(stream, peer).await {
    ///             serve(stream, client.ip()).await;
    ///         }
    ///     });
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What [`verify`](Self::verify) refuses, and [`VerifyError::Closed`],
    /// [`VerifyError::Truncated`], [`VerifyError::Timeout`] and [`VerifyError::Io`].
    pub async fn accept<S>(
        &self,
        stream: S,
        peer: SocketAddr,
    ) -> Result<(S, ClientAddress), VerifyError>
    where
        S: AsyncRead + Unpin,
    {
        let read = timeout(self.limits().deadline, self.read_header(stream, peer));
        let accepted = read.await.unwrap_or(Err(VerifyError::Timeout));
        match &accepted {
            Ok(_) => self.tell(ACCEPTED),
            Err(error) => self.report(*error, Some(peer.ip())),
        }
        accepted
    }

    async fn read_header<S>(
        &self,
        mut stream: S,
        peer: SocketAddr,
    ) -> Result<(S, ClientAddress), VerifyError>
    where
        S: AsyncRead + Unpin,
    {
        let mut received = Vec::new();
        loop {
            let need = match self.check(peer, &received)? {
                Verified::Complete { client, .. } => return Ok((stream, client)),
                Verified::Incomplete { need } => need.get(),
            };
            received.reserve(need);
            let most = u64::try_from(need).unwrap_or(u64::MAX);
            match (&mut stream).take(most).read_buf(&mut received).await {
                Ok(0) if received.is_empty() => return Err(VerifyError::Closed),
                Ok(0) => return Err(VerifyError::Truncated),
                Ok(_) => {}
                // A probe that has seen that somebody listens.
                Err(_) if received.is_empty() => return Err(VerifyError::Closed),
                Err(_) => return Err(VerifyError::Io),
            }
        }
    }
}
