use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};

pub(crate) fn request(method: &str, path: &str) -> Request<Vec<u8>> {
    Request::builder().method(method).uri(path).body(Vec::new()).unwrap()
}

/// The head of a request, as it is written; its body is announced, and not here.
pub(crate) fn head(request: &Request<Vec<u8>>) -> String {
    let mut head =
        format!("{} {} HTTP/1.1\r\nHost: localhost\r\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    head + &format!("Content-Length: {}\r\n\r\n", request.body().len())
}

/// A connection from this address of this machine.
pub(crate) async fn connect(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    socket.connect(to).await.unwrap()
}

/// Over a connection of its own.
pub(crate) async fn send(from: &str, to: SocketAddr, request: Request<Vec<u8>>) -> Answer {
    send_on(connect(from, to).await, request).await.unwrap()
}

/// `Err` if the connection is closed without an answer.
pub(crate) async fn send_on(
    stream: TcpStream,
    request: Request<Vec<u8>>,
) -> Result<Answer, hyper::Error> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let answer = sender.send_request(request.map(|body| Full::new(Bytes::from(body)))).await?;
    let (parts, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Ok(Answer { status: parts.status, headers: parts.headers, json, text })
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// What is not JSON is `null`.
    pub(crate) json: Value,
    pub(crate) text: String,
}

impl Answer {
    /// The status, and the code of a refusal.
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.json["error"].as_str().unwrap_or("-"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
