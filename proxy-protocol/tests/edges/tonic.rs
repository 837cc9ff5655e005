//! Under tonic, over a real connection: a gRPC service behind the layer.

use std::net::SocketAddr;

use proxy_protocol::{ClientAddress, ProxyProtocol};
use tokio::net::TcpListener;
use tonic::transport::server::{TcpConnectInfo, TcpIncoming};
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::{ip, networks, on_loopback};

/// Serves whoever has the proof.
struct Proven;

#[tonic::async_trait]
impl Health for Proven {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<HealthCheckResponse>, Status> {
        let client = ClientAddress::of(request.extensions());
        let client = client.map_err(|error| Status::internal(error.to_string()))?;
        assert_eq!(client.ip(), ip("203.0.113.7"));
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

async fn start(proxy: &ProxyProtocol) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let layer = proxy.connecting_ip_by(
        |extensions| extensions.get::<TcpConnectInfo>()?.remote_addr(),
        |_, _| {},
    );
    let server = Server::builder().layer(layer).add_service(HealthServer::new(Proven));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

async fn check(address: SocketAddr, connecting_ip: Option<&str>) -> Result<i32, Code> {
    let channel =
        Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let mut request = Request::new(HealthCheckRequest::default());
    if let Some(connecting_ip) = connecting_ip {
        request.metadata_mut().insert("cf-connecting-ip", connecting_ip.parse().unwrap());
    }
    let answer = HealthClient::new(channel).check(request).await;
    answer.map(|answer| answer.into_inner().status).map_err(|status| status.code())
}

#[tokio::test]
async fn a_call_passes_with_its_client_and_is_refused_with_grpc_s_word_for_the_status() {
    let address = start(&on_loopback().build().unwrap()).await;
    let passed = check(address, Some("203.0.113.7")).await;
    assert_eq!(passed, Ok(ServingStatus::Serving.into()));
    assert_eq!(check(address, None).await, Err(Code::Internal), "gRPC's word for a 400");
    assert_eq!(check(address, Some("10.0.0.1")).await, Err(Code::Internal));

    let elsewhere = proxy_protocol::Trust::require(networks(&["192.0.2.0/24"]));
    let address = start(&ProxyProtocol::builder(elsewhere).build().unwrap()).await;
    assert_eq!(check(address, Some("203.0.113.7")).await, Err(Code::PermissionDenied));
}
