//! What is answered, until the host takes it.

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use worker::web_sys;
use worker::web_sys::ReadableStream;

pub(crate) type Reply = Response<Body>;

pub(crate) enum Body {
    Text(String),
    /// What the origin has said, which never comes into the module.
    Stream(Option<ReadableStream>),
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

pub(crate) fn plain(status: StatusCode, text: &str) -> Reply {
    let mut reply = Response::new(Body::Text(text.to_owned()));
    *reply.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    reply.headers_mut().insert(CONTENT_TYPE, plain);
    reply
}

pub(crate) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Body::Stream(None));
    *reply.status_mut() = status;
    reply
}

/// Hands it to the host.
pub(crate) fn send(reply: Reply) -> worker::Result<worker::Response> {
    let (parts, body) = reply.into_parts();
    let init = web_sys::ResponseInit::new();
    init.set_status(parts.status.as_u16());
    init.set_headers(&headers(&parts.headers)?.into());
    let response = match body {
        Body::Stream(stream) => {
            web_sys::Response::new_with_opt_readable_stream_and_init(stream.as_ref(), &init)
        }
        // A 204 has no body, not even an empty one.
        Body::Text(text) if text.is_empty() => {
            web_sys::Response::new_with_opt_readable_stream_and_init(None, &init)
        }
        Body::Text(text) => web_sys::Response::new_with_opt_str_and_init(Some(&text), &init),
    };
    Ok(response?.into())
}

/// As the host has them: text.
pub(crate) fn headers(headers: &HeaderMap) -> worker::Result<web_sys::Headers> {
    let raw = web_sys::Headers::new()?;
    for (name, value) in headers {
        if let Ok(value) = str::from_utf8(value.as_bytes()) {
            raw.append(name.as_str(), value)?;
        }
    }
    Ok(raw)
}
