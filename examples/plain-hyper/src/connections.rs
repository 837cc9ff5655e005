use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming as IncomingBody;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use proxy_protocol::handshakes::Incoming;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::answer::Answer;

/// Answers the requests of this many connections at once, until this ends. Then it accepts no more, and
/// finishes the requests in flight.
///
/// A listener of `proxy-protocol` waits for headers in tasks of its own, bounded in number and in time,
/// and hands out connections whose client is known: nobody waits here for another's header.
pub(crate) async fn serve_connections<L, A, F>(
    mut listener: L,
    max_connections: usize,
    answer: A,
    until: impl Future,
) where
    L: Incoming<Io = TcpStream, Address: Clone>,
    A: Fn(L::Address, Request<IncomingBody>) -> F + Clone + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let mut http = http1::Builder::new();
    // Without a timer there is no deadline.
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE).max_buf_size(MAX_HEAD);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(max_connections));
    let mut until = pin!(until);
    loop {
        let next = async {
            // First a place: who finds none waits in the system's backlog. Nobody closes the semaphore.
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let ((stream, address), place) = tokio::select! {
            biased;
            _ = &mut until => break,
            next = next => next,
        };
        let answer = answer.clone();
        let service = service_fn(move |request| {
            let answer = answer(address.clone(), request);
            async { Ok::<_, Infallible>(answer.await) }
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a connection broke off: {error}");
            }
            drop(place);
        });
    }
    // Closes too what is waiting for its header.
    drop(listener);
    graceful.shutdown().await;
}

/// How long the head of a request may take, and how long a connection may stay open without one.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// A token of Access has 8 KiB at most.
const MAX_HEAD: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;
    use crate::answer::text;

    #[tokio::test]
    async fn as_many_are_served_as_there_are_places_and_the_next_when_one_is_done() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = |_: SocketAddr, _| async { text("text/plain", "here") };
        let server = tokio::spawn(serve_connections(listener, 1, answer, pending::<()>()));

        let request = b"GET / HTTP/1.1\r\n\r\n";
        let mut answer = [0; 8];
        let mut first = TcpStream::connect(address).await.unwrap();
        first.write_all(request).await.unwrap();
        first.read_exact(&mut answer).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(request).await.unwrap();
        let read = second.read_exact(&mut answer);
        assert!(timeout(Duration::from_millis(200), read).await.is_err(), "there is one place");

        drop(first);
        second.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1");
        server.abort();
    }
}
