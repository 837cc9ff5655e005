use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

/// All bodies of this server are short and here as a whole.
pub(crate) type Answer = Response<Full<Bytes>>;

/// This text, as something of this type that nobody keeps.
pub(crate) fn text(content_type: &'static str, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(text.into()));
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

pub(crate) fn json(status: StatusCode, value: &Value) -> Answer {
    let mut answer = text(JSON, value.to_string());
    *answer.status_mut() = status;
    answer
}

pub(crate) fn not_found() -> Answer {
    json(StatusCode::NOT_FOUND, &json!({ "error": "not_found" }))
}

/// The answer that an error of one of the crates makes: it has the status and the headers.
pub(crate) fn refuse(code: &str, response: impl FnOnce(Full<Bytes>) -> Answer) -> Answer {
    let mut answer = response(json!({ "error": code }).to_string().into());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    answer
}

const JSON: &str = "application/json";
