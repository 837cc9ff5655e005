use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustls::server::ServerConnection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

use crate::EdgeConnection;

/// A stream of TLS whose other end is the edge.
///
/// After a [`reload`](crate::OriginMtls::reload), and when a certificate has expired, reading and
/// writing fail with [`PermissionDenied`](io::ErrorKind::PermissionDenied) as soon as what the client
/// has shown is not accepted any more.
#[derive(Debug)]
pub struct EdgeStream<S> {
    stream: TlsStream<S>,
    connection: EdgeConnection,
    is_refused: bool,
}

impl<S> EdgeStream<S> {
    pub(super) fn new(stream: TlsStream<S>, connection: EdgeConnection) -> Self {
        Self { stream, connection, is_refused: false }
    }

    /// Who is at the other end.
    #[must_use]
    pub fn connection(&self) -> &EdgeConnection {
        &self.connection
    }

    /// The stream beneath, and the state of TLS.
    #[must_use]
    pub fn get_ref(&self) -> (&S, &ServerConnection) {
        self.stream.get_ref()
    }

    fn check(&mut self) -> io::Result<()> {
        self.connection.check_stream().map_err(|error| {
            if !self.is_refused {
                self.is_refused = true;
                self.connection.origin().report(error, None);
            }
            io::Error::new(io::ErrorKind::PermissionDenied, error)
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for EdgeStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_ready()
            && let Err(error) = self.check()
        {
            // What has come since is not handed out.
            buffer.set_filled(before);
            return Poll::Ready(Err(error));
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for EdgeStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
