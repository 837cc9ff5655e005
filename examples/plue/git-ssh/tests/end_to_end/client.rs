use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// A connection of a client, or of a proxy.
pub(crate) struct Client(TcpStream);

impl Client {
    /// From this address, which must be one of this machine.
    pub(crate) async fn connect(from: &str, to: SocketAddr) -> Self {
        let from: IpAddr = from.parse().unwrap();
        let socket = if from.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let socket = socket.unwrap();
        socket.bind(SocketAddr::new(from, 0)).unwrap();
        Self(socket.connect(to).await.unwrap())
    }

    /// From 127.0.0.1, as Spectrum, with a header for a client of this address.
    pub(crate) async fn through_spectrum(client: &str, to: SocketAddr) -> Self {
        let mut connection = Self::connect("127.0.0.1", to).await;
        connection.say(header(client)).await;
        connection
    }

    pub(crate) async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Says no more, and hears on.
    pub(crate) async fn fall_silent(&mut self) {
        self.0.shutdown().await.unwrap();
    }

    /// The next line.
    pub(crate) async fn hear(&mut self) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            match timeout(PATIENCE, self.0.read_u8()).await {
                Ok(Ok(byte)) => line.push(byte),
                other => panic!("{:?}, then {other:?}", String::from_utf8_lossy(&line)),
            }
        }
        String::from_utf8(line).unwrap().trim_end().to_owned()
    }

    /// Hears nothing more until the other side has ended.
    pub(crate) async fn must_be_closed(mut self) {
        let mut rest = Vec::new();
        match timeout(PATIENCE, self.0.read_to_end(&mut rest)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("{other:?}"),
        }
        assert!(rest.is_empty(), "{:?}", String::from_utf8_lossy(&rest));
    }
}

/// A header of version 1 for a client of this address.
pub(crate) fn header(client: &str) -> String {
    let (protocol, server) =
        if client.contains(':') { ("TCP6", "2001:db8:ffff::1") } else { ("TCP4", "192.0.2.1") };
    format!("PROXY {protocol} {client} {server} 50001 22\r\n")
}

const PATIENCE: Duration = Duration::from_secs(20);
