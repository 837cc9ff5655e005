//! A TCP proxy on which things go wrong, as on the way through a network.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// A proxy in front of a target. Dropping it closes all of its connections.
#[derive(Debug)]
pub struct Chaos {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Chaos {
    /// Starts one on loopback, with these faults on the way to the target, and those on the way back.
    ///
    /// # Errors
    ///
    /// If no port can be listened at.
    pub async fn start(target: SocketAddr, forth: Faults, back: Faults) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(connection(client, target, forth, back));
                // Those that have ended need not be kept.
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What goes wrong in one direction. Nothing by default.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Faults {
    delay: Duration,
    split: Option<(NonZeroUsize, Duration)>,
    end: Option<(usize, End)>,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Reset,
    Stall,
    Truncate,
}

impl Faults {
    /// Holds everything back for so long. The connection itself is there at once.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends pieces of so many bytes, each in a segment of its own, with such a pause behind each. The
    /// receiver still finds several at once if it looks later than that.
    ///
    /// # Panics
    ///
    /// If a piece has no byte.
    pub fn split(mut self, bytes: usize, pause: Duration) -> Self {
        let bytes = NonZeroUsize::new(bytes).expect("a piece of at least one byte");
        self.split = Some((bytes, pause));
        self
    }

    /// Sends so many bytes, and that no more will come (FIN). The other direction goes on.
    pub fn truncate_after(mut self, bytes: usize) -> Self {
        self.end = Some((bytes, End::Truncate));
        self
    }

    /// Sends so many bytes, and then breaks the connection off (RST), at both of its ends.
    pub fn reset_after(mut self, bytes: usize) -> Self {
        self.end = Some((bytes, End::Reset));
        self
    }

    /// Sends so many bytes, and then nothing more, on a connection that stays open.
    pub fn stall_after(mut self, bytes: usize) -> Self {
        self.end = Some((bytes, End::Stall));
        self
    }
}

/// Ends with an error when it is broken off.
async fn connection(
    mut client: TcpStream,
    target: SocketAddr,
    forth: Faults,
    back: Faults,
) -> io::Result<()> {
    let mut target = TcpStream::connect(target).await?;
    // Else pieces wait for each other (RFC 9293 §3.7.4).
    client.set_nodelay(true)?;
    target.set_nodelay(true)?;
    let ended = {
        let (from_client, to_client) = client.split();
        let (from_target, to_target) = target.split();
        tokio::try_join!(pass(from_client, to_target, forth), pass(from_target, to_client, back))
    };
    if ended.is_err() {
        // What is broken off at one end is so at the other.
        client.set_zero_linger()?;
        target.set_zero_linger()?;
    }
    ended.map(|_| ())
}

/// Passes on what comes until it ends, as far as the faults let it.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    faults: Faults,
) -> io::Result<()> {
    let mut chunk = vec![0; 16 * 1024];
    let mut left = faults.end.map_or(usize::MAX, |(bytes, _)| bytes);
    pause(faults.delay).await;
    while left > 0 {
        let length = from.read(&mut chunk).await?.min(left);
        if length == 0 {
            return to.shutdown().await;
        }
        left = left.saturating_sub(length);
        let (most, between) = faults.split.unwrap_or((NonZeroUsize::MAX, Duration::ZERO));
        for piece in chunk.get(..length).unwrap_or_default().chunks(most.get()) {
            to.write_all(piece).await?;
            pause(between).await;
        }
    }
    match faults.end.map(|(_, end)| end) {
        Some(End::Reset) => Err(io::ErrorKind::ConnectionReset.into()),
        Some(End::Stall) => std::future::pending().await,
        Some(End::Truncate) | None => to.shutdown().await,
    }
}

async fn pause(duration: Duration) {
    // The shortest sleep is one of a millisecond.
    if !duration.is_zero() {
        sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};
    use tokio::time::timeout;

    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    /// What goes in at the first comes out at the second, with these faults.
    fn passing(faults: Faults) -> (DuplexStream, DuplexStream) {
        let ((sender, from), (to, receiver)) = (duplex(64), duplex(64));
        tokio::spawn(pass(from, to, faults));
        (sender, receiver)
    }

    /// A client and its target, with a proxy between them.
    async fn connected(forth: Faults, back: Faults) -> (TcpStream, TcpStream, Chaos) {
        let target = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let chaos = Chaos::start(target.local_addr().unwrap(), forth, back).await.unwrap();
        let client = TcpStream::connect(chaos.address()).await.unwrap();
        let (target, _) = target.accept().await.unwrap();
        (client, target, chaos)
    }

    #[tokio::test]
    async fn without_faults_both_directions_arrive_whole() {
        let (mut client, mut target, _chaos) =
            connected(Faults::default(), Faults::default()).await;
        let mut received = Vec::new();
        client.write_all(&[7; 100_000]).await.unwrap();
        client.shutdown().await.unwrap();
        target.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, [7; 100_000]);
        target.write_all(b"answer").await.unwrap();
        drop(target);
        received.clear();
        client.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"answer");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_delayed_arrives_after_what_is_not() {
        let (mut first, mut delayed) = passing(Faults::default().delay(HOUR));
        first.write_all(b"1").await.unwrap();
        let (mut second, mut prompt) = passing(Faults::default());
        second.write_all(b"2").await.unwrap();
        tokio::select! {
            read = prompt.read_u8() => assert_eq!(read.unwrap(), b'2'),
            _ = delayed.read_u8() => panic!("the delayed one is the first"),
        }
        assert_eq!(delayed.read_u8().await.unwrap(), b'1');
    }

    // With the clock paused, each pause ends when everybody waits for something.
    #[tokio::test(start_paused = true)]
    async fn what_is_split_arrives_in_pieces() {
        let (mut sender, mut receiver) = passing(Faults::default().split(3, HOUR));
        sender.write_all(b"1234567").await.unwrap();
        let mut pieces = Vec::new();
        for _ in 0..3 {
            let mut piece = vec![0; 64];
            let length = receiver.read(&mut piece).await.unwrap();
            piece.truncate(length);
            pieces.push(piece);
        }
        assert_eq!(pieces, [&b"123"[..], b"456", b"7"]);
    }

    #[tokio::test]
    async fn what_is_truncated_ends_and_can_be_answered() {
        let faults = Faults::default().truncate_after(3);
        let (mut client, mut target, _chaos) = connected(faults, Faults::default()).await;
        client.write_all(b"1234567").await.unwrap();
        let mut received = Vec::new();
        target.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"123");
        target.write_all(b"!").await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), b'!');
    }

    #[tokio::test]
    async fn what_is_reset_breaks_off_at_both_ends() {
        let faults = Faults::default().reset_after(3);
        let (mut client, mut target, _chaos) = connected(faults, Faults::default()).await;
        client.write_all(b"1234567").await.unwrap();
        let mut received = Vec::new();
        let error = target.read_to_end(&mut received).await.unwrap_err();
        assert_eq!(
            (received.as_slice(), error.kind()),
            (&b"123"[..], io::ErrorKind::ConnectionReset)
        );
        let error = client.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test(start_paused = true)]
    async fn what_stalls_stays_open_and_says_nothing() {
        let (mut sender, mut receiver) = passing(Faults::default().stall_after(3));
        sender.write_all(b"1234567").await.unwrap();
        drop(sender);
        let mut received = [0; 3];
        receiver.read_exact(&mut received).await.unwrap();
        assert_eq!(received, *b"123");
        assert!(timeout(HOUR, receiver.read_u8()).await.is_err());
    }

    #[tokio::test]
    async fn answers_can_be_truncated_too() {
        let faults = Faults::default().truncate_after(3);
        let (mut client, mut target, _chaos) = connected(Faults::default(), faults).await;
        target.write_all(b"1234567").await.unwrap();
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"123");
    }

    #[tokio::test]
    async fn connections_end_with_the_proxy() {
        let faults = Faults::default().stall_after(0);
        let (_client, mut target, chaos) = connected(faults, Faults::default()).await;
        drop(chaos);
        let mut received = Vec::new();
        target.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"");
    }
}
