//! Under tonic, over a real connection: a gRPC service, served by axum over the listener.

use std::net::SocketAddr;

use hyper_util::rt::TokioIo;
use origin_mtls::EdgeIdentity;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tonic::service::Routes;
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::service_fn;

use crate::axum::serve;
use crate::client::{TLS13, config, handshake};
use crate::zone::Zone;

/// Serves whoever has the proof.
struct Proven;

#[tonic::async_trait]
impl Health for Proven {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<HealthCheckResponse>, Status> {
        let edge = EdgeIdentity::of(request.extensions());
        let edge = edge.map_err(|error| Status::internal(error.to_string()))?;
        assert_eq!(edge.common_name(), Some("client 7"));
        Ok(tonic::Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() }))
    }

    type WatchStream = tokio_stream::Empty<Result<HealthCheckResponse, Status>>;

    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("watch"))
    }
}

async fn check(address: SocketAddr, mut config: ClientConfig) -> Result<i32, Code> {
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = service_fn(move |_| {
        let config = config.clone();
        async move {
            let stream = TcpStream::connect(address).await?;
            handshake(config, stream).await.map(TokioIo::new)
        }
    });
    let channel = Endpoint::from_static("http://plue.dev").connect_with_connector_lazy(connector);
    let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
    answer.map(|answer| answer.into_inner().status).map_err(|status| status.code())
}

#[tokio::test]
async fn a_call_passes_with_the_edge_and_is_refused_with_grpc_s_word_for_the_status() {
    let zone = Zone::new("zone");
    let origin = zone.builder().alpn_protocols([b"h2".to_vec()]);
    let policy = zone.policy().hosts(["plue.dev".parse().unwrap()]).build().unwrap();
    let origin = origin.build().unwrap();
    let app = Routes::new(HealthServer::new(Proven)).into_axum_router().layer(origin.layer());
    let address = serve(&origin, app).await;
    let client = |client| config(&zone, client, TLS13);
    let proven = zone.client(7);
    assert_eq!(check(address, client(Some(&proven))).await, Ok(ServingStatus::Serving.into()));
    let refused = check(address, client(None)).await;
    // Its connection broke, sooner or later.
    assert!(matches!(refused, Err(Code::Unavailable | Code::Unknown)), "{refused:?}");

    origin.reload(policy, &zone.server()).unwrap();
    assert_eq!(check(address, client(Some(&proven))).await, Ok(ServingStatus::Serving.into()));
    let other = zone.policy().hosts(["other.dev".parse().unwrap()]).build().unwrap();
    origin.reload(other, &zone.server()).unwrap();
    assert_eq!(check(address, client(Some(&proven))).await, Err(Code::Unknown), "of a 421");
}
