//! Under bare hyper, over real connections: HTTP/1.1 and HTTP/2 behind `accept` and the layer.

use std::convert::Infallible;
use std::net::SocketAddr;

use http::{Request, Response, Version};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use proxy_protocol::{ClientAddress, ProxyProtocol, VerifyError};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, service_fn};

use crate::{CLIENT, LINE, on_loopback};

async fn whoami(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    assert!(!request.headers().contains_key("x-forwarded-for"));
    Ok(match ClientAddress::of(request.extensions()) {
        Ok(client) => Response::new(client.socket_addr().to_string().into()),
        Err(error) => error.response(Full::default()),
    })
}

async fn serve(listener: TcpListener, proxy: ProxyProtocol) {
    loop {
        let (stream, peer) = listener.accept().await.unwrap();
        let proxy = proxy.clone();
        tokio::spawn(async move {
            let Ok((stream, client)) = proxy.accept(stream, peer).await else { return };
            let layered = proxy.layer().layer(service_fn(whoami));
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(Ok::<_, VerifyError>(client.clone()));
                tower::ServiceExt::oneshot(layered.clone(), request)
            });
            let server = auto::Builder::new(TokioExecutor::new());
            let service = TowerToHyperService::new(service);
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn ask(address: SocketAddr, version: Version, header: &[u8]) -> Option<String> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(header).await.unwrap();
    let io = TokioIo::new(stream);
    let request = Request::get(format!("http://{address}/")).version(version);
    let request = request.header("x-forwarded-for", "1.1.1.1").body(Empty::<Bytes>::new()).unwrap();
    let answer = if version == Version::HTTP_2 {
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.ok()?;
        tokio::spawn(connection);
        client.send_request(request).await.ok()?
    } else {
        let (mut client, connection) = hyper::client::conn::http1::handshake(io).await.ok()?;
        tokio::spawn(connection);
        client.send_request(request).await.ok()?
    };
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    Some(String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn accept_and_the_layer_prove_the_client_over_http_1_and_2() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, on_loopback().build().unwrap()));
    for version in [Version::HTTP_11, Version::HTTP_2] {
        assert_eq!(ask(address, version, LINE).await.as_deref(), Some(CLIENT));
        assert_eq!(ask(address, version, b"").await, None, "no header, no answer");
    }
    server.abort();
}
