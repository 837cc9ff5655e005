use std::str::FromStr;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use thiserror::Error;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use url::{Host, Url};

use crate::error::ApiError;

/// The origin of the admin panel: the one whose pages may call this API, and read its answers.
#[derive(Clone, Debug)]
pub struct PanelOrigin {
    header: HeaderValue,
    csrf: CsrfLayer,
}

impl PanelOrigin {
    /// Lets the panel's pages read the answers, refusals included, and answers every preflight: a
    /// browser sends neither cookie nor token with one (Fetch §4.8).
    pub(crate) fn cors(&self, allowed_header: Option<HeaderName>) -> CorsLayer {
        CorsLayer::new()
            // As a list, unlike the bare value, it is told only to the panel, with `Vary`.
            .allow_origin(AllowOrigin::list([self.header.clone()]))
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers([CONTENT_TYPE].into_iter().chain(allowed_header).collect::<Vec<_>>())
            .max_age(PREFLIGHT_AGE)
    }

    /// Refuses what another site's page makes a browser send. Access does not: the cookie goes along
    /// (`SameSite=None` by default), and the edge adds the token.
    pub(crate) fn csrf(
        &self,
    ) -> CsrfLayer<impl FnMut(ProtectionError) -> Response + Clone + Send + Sync + 'static> {
        self.csrf.clone().with_rejection_response(|_| ApiError::CrossSite.response())
    }
}

impl FromStr for PanelOrigin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError)?;
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
        // It is compared byte for byte, so it must be written as browsers write it (RFC 6454 §6.2).
        if !is_safe || url.origin().ascii_serialization() != text {
            return Err(OriginError);
        }
        Ok(Self {
            header: text.parse().map_err(|_| OriginError)?,
            csrf: CsrfLayer::new().add_trusted_origin(text).map_err(|_| OriginError)?,
        })
    }
}

/// A [`PanelOrigin`] is not one.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error(
    "expected `https://host[:port]` in lower case, without the scheme's own port or a slash at the \
     end; `http` on loopback alone"
)]
#[non_exhaustive]
pub struct OriginError;

/// How long a browser may go without asking again.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);
