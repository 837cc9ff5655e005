use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::net::sockopt::{
    set_socket_keepalive, set_tcp_keepcnt, set_tcp_keepidle, set_tcp_keepintvl,
};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::SshdAddress;
use crate::admission::Refusal;
use crate::caller::Caller;
use crate::carry::carry;
use crate::places::Place;

/// A connection that was admitted.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) stream: TcpStream,
    pub(crate) caller: Caller,
    pub(crate) sshd: SshdAddress,
    /// Given back when the session has ended, however it did.
    pub(crate) place: Place,
}

impl Session {
    /// Hands the stream to sshd, until both have ended.
    pub(crate) async fn run(self) {
        let Self { stream, caller, sshd, place: _place } = self;
        let Caller { peer, evidence, .. } = caller;
        // One that is broken already is found so when it is read.
        let _ = prepare(&stream);
        let (sshd, seen_as) = match connect(sshd).await {
            Ok(connected) => connected,
            Err(error) => {
                tracing::warn!(
                    client = %caller, %peer, evidence, code = Refusal::SshdUnavailable.code(),
                    %sshd, %error, "refused: is sshd running, with this address to listen at?",
                );
                return;
            }
        };
        tracing::info!(client = %caller, %peer, evidence, %seen_as, "session began");
        let began = Instant::now();
        let carried = carry(stream, sshd).await;
        let broken = carried.broken.map(tracing::field::display);
        tracing::info!(
            client = %caller,
            %peer,
            evidence,
            bytes_from_client = carried.from_client,
            bytes_to_client = carried.to_client,
            seconds = began.elapsed().as_secs(),
            broken,
            "session ended",
        );
    }
}

/// sshd asks whether its peer is still there (`TCPKeepAlive`), which is this service, and always
/// is. So the client is asked here, or one that is gone would keep its place.
fn prepare(client: &TcpStream) -> io::Result<()> {
    client.set_nodelay(true)?;
    set_socket_keepalive(client, true)?;
    set_tcp_keepidle(client, Duration::from_secs(60))?;
    set_tcp_keepintvl(client, Duration::from_secs(15))?;
    set_tcp_keepcnt(client, 4)?;
    Ok(())
}

/// Connects to sshd, and tells from which address: in sshd's log, that is who the client is.
async fn connect(sshd: SshdAddress) -> io::Result<(TcpStream, SocketAddr)> {
    let connecting = TcpStream::connect(sshd.socket_addr());
    let sshd =
        timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_| io::ErrorKind::TimedOut)??;
    sshd.set_nodelay(true)?;
    let seen_as = sshd.local_addr()?;
    Ok((sshd, seen_as))
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use rustix::net::sockopt::{socket_keepalive, tcp_keepidle};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_client_is_asked_whether_it_is_still_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        prepare(&client).unwrap();
        assert!(socket_keepalive(&client).unwrap() && client.nodelay().unwrap());
        assert_eq!(tcp_keepidle(&client).unwrap(), Duration::from_secs(60));
    }
}
