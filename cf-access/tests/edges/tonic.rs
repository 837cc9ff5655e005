//! Under tonic, over a real connection: a gRPC service behind the layer.

use std::net::SocketAddr;

use cf_access::{AccessIdentity, CfAccess, Policy};
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::HealthCheckResponse;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};

use crate::{ALICE, ASSERTION, ISSUER, access, alice, wrong_audience};

/// Serves whoever has the proof.
struct Proven;

#[tonic::async_trait]
impl Health for Proven {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<HealthCheckResponse>, Status> {
        let who = AccessIdentity::of(request.extensions());
        let who = who.map_err(|error| Status::internal(error.to_string()))?;
        assert_eq!(who.email(), Some(ALICE));
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

async fn start(access: &CfAccess) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().layer(access.layer()).add_service(HealthServer::new(Proven));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

async fn check(address: SocketAddr, token: Option<&str>) -> Result<i32, Code> {
    let channel =
        Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let mut request = Request::new(HealthCheckRequest::default());
    if let Some(token) = token {
        request.metadata_mut().insert(ASSERTION, token.parse().unwrap());
    }
    let answer = HealthClient::new(channel).check(request).await;
    answer.map(|answer| answer.into_inner().status).map_err(|status| status.code())
}

#[tokio::test]
async fn a_call_passes_with_its_proof_and_is_refused_with_grpc_s_word_for_the_status() {
    let address = start(&access()).await;
    assert_eq!(check(address, Some(&alice())).await, Ok(ServingStatus::Serving.into()));
    assert_eq!(check(address, None).await, Err(Code::Unauthenticated));
    assert_eq!(check(address, Some(&wrong_audience())).await, Err(Code::Unauthenticated));

    let nobody = CfAccess::builder(ISSUER.keys(), [ISSUER.audience().clone()])
        .policy(Policy::custom(|_| false))
        .build()
        .unwrap();
    let address = start(&nobody).await;
    assert_eq!(check(address, Some(&alice())).await, Err(Code::PermissionDenied));
}
