//! plue-edge, in this process, before the program.

use std::net::SocketAddr;

use axum::Router;
use edge::{Upstream, UpstreamBuilder, relay, router, visitors};
use serve::Outcomes;
use siwe_session::SiweSession;
use tokio::net::TcpListener;

use crate::{Http, Issued, Scene, Site};

/// An edge that signs people in, and tells the origin who they are.
pub(crate) async fn signing_in(siwe: &SiweSession, scene: &Scene, client: &Issued) -> Http {
    serve_edge(router(siwe, upstream(scene, client).build().unwrap())).await
}

/// An edge that has been rolled back.
pub(crate) async fn rolled_back(scene: &Scene, client: &Issued) -> Http {
    serve_edge(relay(upstream(scene, client).signs_in().build().unwrap())).await
}

fn upstream(scene: &Scene, client: &Issued) -> UpstreamBuilder {
    let url = format!("https://{}", scene.address()).parse().unwrap();
    Upstream::builder(&url, Site::new().audience())
        .ca(scene.zone.certificate.clone().into())
        .client_certificate(client.certificate.clone().into(), client.key.clone().into())
        .name("plue.dev")
}

async fn serve_edge(app: Router) -> Http {
    let before = vec!["127.0.0.1".parse().unwrap()];
    let app = app.layer(visitors(before, &Outcomes::default()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async { axum::serve(listener, app).await });
    Http::plain(address).await
}
