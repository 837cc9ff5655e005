//! Requests as they come over a listener of this crate, for the tests of your own handlers: without a
//! socket, and through the same decisions.
//!
//! ```
//! use axum::{Router, body::Body, http::{Request, StatusCode}, routing::get};
//! use proxy_protocol::{ClientAddress, ProxyProtocol, Trust, cloudflare, testing::from_client};
//! use tower::ServiceExt;
//!
//! async fn whoami(client: ClientAddress) -> String {
//!     client.ip().to_string()
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let proxy = ProxyProtocol::builder(Trust::require(cloudflare())).build()?;
//! let app: Router = Router::new().route("/whoami", get(whoami));
//!
//! let (edge, client) = ("173.245.48.9:40000".parse()?, "203.0.113.7:51000".parse()?);
//! let request = Request::get("/whoami").body(Body::empty())?;
//! let request = from_client(&proxy, edge, client, request)?;
//! assert_eq!(app.oneshot(request).await?.status(), StatusCode::OK);
//!
//! // Whoever is no edge is refused, whatever header they write.
//! let stranger = "198.51.100.9:40000".parse()?;
//! assert!(from_client(&proxy, stranger, client, Request::new(())).is_err());
//! # Ok(())
//! # }
//! ```

use std::net::SocketAddr;

use http::Request;

use crate::axum::Proofs;
use crate::tokio::Accepted;
use crate::{EncoderV2, ProxyProtocol, Transport, Verified, VerifyError};

/// The request, as it comes from this client through this peer, which sends a header if it must.
///
/// # Errors
///
/// What [`ProxyProtocol::verify`] refuses.
pub fn from_client<B>(
    proxy: &ProxyProtocol,
    peer: SocketAddr,
    client: SocketAddr,
    mut request: Request<B>,
) -> Result<Request<B>, VerifyError> {
    let mut header = [0; MOST];
    let length = EncoderV2::proxy(Transport::Stream, client, peer, &mut header)
        .and_then(EncoderV2::finish)
        .unwrap_or_default();
    let header = header.get(..length).unwrap_or_default();
    match proxy.verify(peer, header)? {
        Verified::Complete { client, .. } => {
            Accepted::new(peer, client).insert_into(request.extensions_mut());
            Ok(request)
        }
        Verified::Incomplete { .. } => Err(VerifyError::Truncated),
    }
}

/// A header with addresses of IPv6.
const MOST: usize = 52;
