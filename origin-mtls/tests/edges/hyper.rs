//! Under bare hyper, over real connections: HTTP/1.1 and HTTP/2 behind `accept` and the layer.

use std::convert::Infallible;
use std::net::SocketAddr;

use http::{Request, Response, StatusCode, Version};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use origin_mtls::{EdgeIdentity, OriginMtls};
use tokio::net::TcpListener;
use tower::{Layer, service_fn};

use crate::client::{Http, TLS13, config};
use crate::zone::Zone;

async fn whoami(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match EdgeIdentity::of(request.extensions()) {
        Ok(edge) => Response::new(edge.common_name().unwrap_or("").to_owned().into()),
        Err(error) => error.response(Full::default()),
    })
}

async fn serve(listener: TcpListener, origin: OriginMtls) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let origin = origin.clone();
        tokio::spawn(async move {
            let Ok(stream) = origin.accept(stream).await else { return };
            let connection = stream.connection().clone();
            let layered = origin.layer().layer(service_fn(whoami));
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(connection.identity());
                tower::ServiceExt::oneshot(layered.clone(), request)
            });
            let server = auto::Builder::new(TokioExecutor::new());
            let service = TowerToHyperService::new(service);
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn listen(origin: &OriginMtls) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, origin.clone()));
    address
}

#[tokio::test]
async fn accept_and_the_layer_prove_the_edge_over_http_1_and_2() {
    let zone = Zone::new("zone");
    let origin = zone.origin();
    let address = listen(&origin).await;
    let proven = zone.client(7);
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let client = |client| config(&zone, client, TLS13);
        let mut http = Http::connect(address, client(Some(&proven)), version).await.unwrap();
        let answer = http.get("/").await.unwrap();
        assert_eq!((answer.status(), &**answer.body()), (StatusCode::OK, "client 7"));
        let refused = Http::connect(address, client(None), version).await;
        let answer = match refused {
            Some(mut http) => http.get("/").await,
            None => None,
        };
        assert!(answer.is_none(), "no certificate, no answer");
    }
}
