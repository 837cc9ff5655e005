use http::header::{ALLOW, CACHE_CONTROL, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

use crate::VerifyError;

impl VerifyError {
    /// The status to answer with.
    ///
    /// 200 for a message that was handled before, so that Kick does not send it again; 503 where it may
    /// be handled later; 401 if Kick is not proven to have sent it now, 403 if it is not for us; 400,
    /// 405, 408 and 413 for what Kick does not send.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Duplicate => StatusCode::OK,
            Self::ContentEncoding
            | Self::MissingHeader(_)
            | Self::RepeatedHeader(_)
            | Self::MalformedHeader(_)
            | Self::BrokenBody
            | Self::MalformedEvent => StatusCode::BAD_REQUEST,
            Self::Stale
            | Self::SentInFuture
            | Self::MalformedSignature
            | Self::BadSignature
            | Self::Forgotten => StatusCode::UNAUTHORIZED,
            Self::UnexpectedDrops | Self::WrongBroadcaster | Self::WrongCampaign => {
                StatusCode::FORBIDDEN
            }
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoValidSecret | Self::InFlight | Self::StoreUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The answer, with this body: the status, `Cache-Control: no-store`, for a 503 after how many
    /// seconds to try again, for a 405 what is allowed. The reason is not in it, but in the response's
    /// extensions, where a layer further out finds this error.
    #[must_use]
    pub fn response<B>(&self, body: B) -> Response<B> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status();
        response.extensions_mut().insert(*self);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.status() {
            StatusCode::METHOD_NOT_ALLOWED => {
                headers.insert(ALLOW, HeaderValue::from_static("POST"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
            }
            _ => {}
        }
        response
    }
}

/// Kick wants its answer within a second, so a handler is done by then, and a store that was restarted
/// may be back.
const RETRY_AFTER_SECONDS: &str = "2";
