use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What sshd says first.
pub(crate) const BANNER: &str = "SSH-2.0-stand_in";

/// In the place of sshd: says a banner, then whatever it hears, and when it hears no more `bye`.
pub(crate) struct StandIn {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl StandIn {
    pub(crate) async fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream));
            }
        });
        Self { address, task }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(format!("{BANNER}\r\n").as_bytes()).await?;
    let mut buffer = [0; 1024];
    loop {
        match stream.read(&mut buffer).await? {
            0 => break,
            length => stream.write_all(&buffer[..length]).await?,
        }
    }
    stream.write_all(b"bye\r\n").await
}
