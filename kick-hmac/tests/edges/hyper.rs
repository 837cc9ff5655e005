//! Without tower: a server of hyper that calls `authenticate`.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use kick_hmac::{KickHmac, VerifyError};
use tokio::net::{TcpListener, TcpStream};

use crate::{Sent as _, followed, kick};

async fn serve(kick: KickHmac) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kick = kick.clone();
            let service = service_fn(move |request| answer(kick.clone(), request));
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                server.serve_connection(TokioIo::new(stream), service).await
            });
        }
    });
    address
}

async fn answer(
    kick: KickHmac,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match kick.authenticate(request).await {
        Ok((delivery, reservation)) => {
            assert!(reservation.commit().await);
            Response::new(Full::from(delivery.body().clone()))
        }
        Err(error) => error.response(Full::default()),
    })
}

#[tokio::test]
async fn a_server_of_hyper_speaks_http_1_and_2() {
    let address = serve(kick()).await;
    for http2 in [false, true] {
        let message = followed();
        let send = |request: Request<Full<Bytes>>| exchange(address, http2, request);
        let (status, body) = send(message.sent()).await;
        assert_eq!((status, &*body), (StatusCode::OK, crate::FOLLOWER.as_bytes()), "{http2}");
        let (status, body) = send(message.sent()).await;
        assert_eq!((status, &*body), (VerifyError::Duplicate.status(), &b""[..]));
        let (status, _) = send(followed().without_header("kick-event-version").sent()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

async fn exchange(
    address: std::net::SocketAddr,
    http2: bool,
    mut request: Request<Full<Bytes>>,
) -> (StatusCode, Bytes) {
    *request.uri_mut() = format!("http://{address}/").parse().unwrap();
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let response = if http2 {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    } else {
        request.headers_mut().insert("host", "localhost".parse().unwrap());
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    };
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes())
}
