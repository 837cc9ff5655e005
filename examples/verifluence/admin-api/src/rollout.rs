use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;
use cf_access::AccessIdentity;

use crate::Metrics;
use crate::caller::Caller;
use crate::error::ApiError;

/// The secret of the time before Access. Only its SHA-256 is kept.
#[derive(Clone)]
pub struct AdminSecret([u8; 32]);

impl AdminSecret {
    /// This secret.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(sha256(secret.as_bytes()))
    }

    fn is_in(&self, headers: &HeaderMap) -> bool {
        let mut secrets = headers.get_all(HEADER).iter();
        match (secrets.next(), secrets.next()) {
            // Digests have one length, and comparing them tells nothing of how much was right.
            (Some(secret), None) => {
                verify_slices_are_equal(&self.0, &sha256(secret.as_bytes())).is_ok()
            }
            _ => false,
        }
    }
}

impl fmt::Debug for AdminSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminSecret").finish_non_exhaustive()
    }
}

/// Phase 1: the old secret and Access, side by side.
#[derive(Clone, Debug)]
pub(crate) struct RollOut {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) secret: AdminSecret,
}

/// Lets a request pass that is proven, or has the secret; behind a layer of cf-access that only
/// observes. Whoever has neither gets the answer of that layer's finding.
pub(crate) async fn admit(
    State(roll_out): State<RollOut>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Err(error) = AccessIdentity::of(request.extensions()) {
        if !roll_out.secret.is_in(request.headers()) {
            return ApiError::Access(error).response();
        }
        roll_out.metrics.count_secret_use();
        tracing::warn!(
            method = %request.method(),
            path = request.uri().path(),
            access = error.code(),
            "ADMIN_SECRET was used: this caller has no identity, and must move to Access"
        );
        Caller::admit_by_secret(request.extensions_mut());
    }
    next.run(request).await
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}

pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-admin-secret");
