use http::Response;
use http::header::{CONTENT_TYPE, HeaderValue};
use siwe_session::SessionError;

/// Refuses as the endpoints of a sign-in do.
#[must_use]
pub fn refuse<B: From<String>>(error: SessionError) -> Response<B> {
    with_code(error.code(), |body| error.response(body))
}

/// A refusal in the form of those of a sign-in: `{"error":"<code>"}`.
pub fn with_code<B: From<String>>(
    code: &'static str,
    respond: impl FnOnce(B) -> Response<B>,
) -> Response<B> {
    let mut response = respond(format!("{{\"error\":\"{code}\"}}").into());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
