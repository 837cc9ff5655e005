use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::timeout;

/// What went through, and how it ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Carried {
    pub(crate) from_client: u64,
    pub(crate) to_client: u64,
    /// Why a connection broke; `None` if both sides came to an end.
    pub(crate) broken: Option<io::ErrorKind>,
}

/// Carries bytes both ways until both sides have ended, or one connection breaks. When one side
/// says no more, the other is told so and may go on.
///
/// `tokio::io::copy_bidirectional` tells no numbers when a connection breaks, and waits for ever for
/// a client that stays when sshd is gone, or that takes nothing.
pub(crate) async fn carry(mut client: TcpStream, mut sshd: TcpStream) -> Carried {
    let (mut from_client, mut to_client) = (0, 0);
    let ended = {
        let (client_says, client_hears) = client.split();
        let (sshd_says, sshd_hears) = sshd.split();
        let mut upwards = pin!(copy(client_says, sshd_hears, &mut from_client));
        let mut downwards = pin!(copy(sshd_says, client_hears, &mut to_client));
        tokio::select! {
            said = &mut upwards => match said {
                Ok(()) => downwards.await,
                broken => broken,
            },
            said = &mut downwards => {
                if said.is_ok() {
                    // Nobody answers any more. Closing at once could take from the client what sshd
                    // said last, if more of it comes in (RFC 9293 §3.10.4).
                    let _ = timeout(LINGER, upwards).await;
                }
                said
            }
        }
    };
    Carried { from_client, to_client, broken: ended.err().map(|error| error.kind()) }
}

async fn copy(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, count: &mut u64) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        let chunk = buffer.get(..length).unwrap_or_default();
        timeout(STALLED, to.write_all(chunk)).await.map_err(|_| io::ErrorKind::TimedOut)??;
        *count = count.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
    }
}

const BUFFER: usize = 16 * 1024;

/// How long a client may stay when sshd has ended.
const LINGER: Duration = Duration::from_secs(10);

/// How long one side may take nothing of what the other says. sshd cannot end such a session: its
/// end stands behind what is not taken.
const STALLED: Duration = Duration::from_secs(10 * 60);

// The clock stands still while anything can be done, and then leaps to what is waited for.
#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    use super::*;

    /// The client, sshd, and what is between them.
    async fn scene() -> (TcpStream, TcpStream, JoinHandle<Carried>) {
        let (client, of_client) = connection().await;
        let (sshd, of_sshd) = connection().await;
        (client, sshd, tokio::spawn(carry(of_client, of_sshd)))
    }

    async fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connected = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (connected, listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn when_a_side_falls_silent_the_other_hears_it_and_can_answer() {
        let (mut client, mut sshd, carried) = scene().await;
        client.write_all(b"question").await.unwrap();
        client.shutdown().await.unwrap();
        let mut heard = String::new();
        sshd.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "question");
        sshd.write_all(b"an answer").await.unwrap();
        drop(sshd);
        heard.clear();
        client.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "an answer");
        let expected = Carried { from_client: 8, to_client: 9, broken: None };
        assert_eq!(carried.await.unwrap(), expected);
    }

    #[tokio::test]
    async fn when_sshd_falls_silent_it_hears_what_the_client_still_says() {
        let (mut client, mut sshd, carried) = scene().await;
        sshd.shutdown().await.unwrap();
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        client.write_all(b"the rest").await.unwrap();
        drop(client);
        sshd.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "the rest");
        let expected = Carried { from_client: 8, to_client: 0, broken: None };
        assert_eq!(carried.await.unwrap(), expected);
    }

    #[tokio::test]
    async fn what_went_through_is_known_when_a_connection_breaks() {
        let (mut client, mut sshd, carried) = scene().await;
        client.write_all(b"question").await.unwrap();
        sshd.read_exact(&mut [0; 8]).await.unwrap();
        client.set_zero_linger().unwrap();
        drop(client);
        let expected =
            Carried { from_client: 8, to_client: 0, broken: Some(io::ErrorKind::ConnectionReset) };
        assert_eq!(carried.await.unwrap(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stays_when_sshd_is_gone_is_let_go() {
        let (mut client, mut sshd, carried) = scene().await;
        sshd.write_all(b"good bye").await.unwrap();
        drop(sshd);
        let carried = carried.await.unwrap();
        assert_eq!(carried, Carried { from_client: 0, to_client: 8, broken: None });
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "good bye");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_let_go() {
        let (_client, mut sshd, carried) = scene().await;
        let began = Instant::now();
        let flood = tokio::spawn(async move { while sshd.write_all(&[0; 4096]).await.is_ok() {} });
        assert_eq!(carried.await.unwrap().broken, Some(io::ErrorKind::TimedOut));
        assert!(began.elapsed() >= STALLED);
        flood.await.unwrap();
    }
}
