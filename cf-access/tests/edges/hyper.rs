//! Under bare hyper, over a real connection: HTTP/1.1 and HTTP/2.

use std::convert::Infallible;

use cf_access::{AccessIdentity, CfAccess};
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, service_fn};

use crate::{ALICE, ASSERTION, access, alice, wrong_audience};

type Answer = Response<Full<Bytes>>;

/// Through the layer.
async fn whoami(request: Request<Incoming>) -> Result<Answer, Infallible> {
    let answer =
        AccessIdentity::of(request.extensions()).map(|who| who.email().unwrap().to_owned());
    Ok(answer
        .map_or_else(|error| error.response(Full::default()), |email| Response::new(email.into())))
}

/// Without a layer: `authenticate`.
async fn bare(access: CfAccess, request: Request<Incoming>) -> Result<Answer, Infallible> {
    Ok(match access.authenticate(request.headers()).await {
        Ok(who) => Response::new(who.email().unwrap().to_owned().into()),
        Err(error) => error.response(Full::default()),
    })
}

async fn serve(listener: TcpListener, layered: bool) {
    let access = access();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (io, access) = (TokioIo::new(stream), access.clone());
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            if layered {
                let service = TowerToHyperService::new(access.layer().layer(service_fn(whoami)));
                server.serve_connection(io, service).await.unwrap();
            } else {
                let service = hyper::service::service_fn(|request| bare(access.clone(), request));
                server.serve_connection(io, service).await.unwrap();
            }
        });
    }
}

async fn ask(
    address: std::net::SocketAddr,
    version: Version,
    token: Option<&str>,
) -> (u16, String) {
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let mut request = Request::get(format!("http://{address}/")).version(version);
    if let Some(token) = token {
        request = request.header(ASSERTION, token);
    }
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let answer = if version == Version::HTTP_2 {
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        client.send_request(request).await.unwrap()
    } else {
        let (mut client, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        client.send_request(request).await.unwrap()
    };
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_layer_and_authenticate_prove_the_same_over_http_1_and_2() {
    for layered in [true, false] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener, layered));
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let accepted = ask(address, version, Some(&alice())).await;
            assert_eq!(accepted, (200, ALICE.to_owned()));
            assert_eq!(ask(address, version, None).await, (401, String::new()));
            let refused = ask(address, version, Some(&wrong_audience())).await;
            assert_eq!(refused, (401, String::new()));
        }
        server.abort();
    }
}
