use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use siwe_session::SignInError;
use siwe_session::endpoints::MAX_BODY;
use worker::web_sys::{Headers, ReadableStream};

/// A request as it has come, with nothing in it that says who is signed in.
pub(crate) struct Arrival {
    pub(crate) method: Method,
    /// The path and the query alone, character by character as the host has them.
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    request: worker::Request,
}

impl Arrival {
    pub(crate) fn read(request: worker::Request) -> Option<Self> {
        let raw = request.inner();
        let url = raw.url();
        let (_, after) = url.split_once("://")?;
        let target = after.find(['/', '?', '#']).and_then(|at| after.get(at..)).unwrap_or("/");
        let target = target.split('#').next().unwrap_or_default();
        if !target.starts_with('/') {
            return None;
        }
        let mut headers = headers(&raw.headers());
        forge::remove_user(&mut headers).ok()?;
        Some(Self {
            method: Method::from_bytes(raw.method().as_bytes()).ok()?,
            uri: target.parse().ok()?,
            headers,
            request,
        })
    }

    /// The body, which never comes into the module.
    pub(crate) fn stream(&self) -> Option<ReadableStream> {
        self.request.inner().body()
    }

    /// The body, read as far as one of a sign-in may be long, and a byte further.
    pub(crate) async fn bytes(&mut self) -> Result<Vec<u8>, SignInError> {
        let mut bytes = Vec::new();
        if self.stream().is_none() {
            return Ok(bytes);
        }
        let mut stream = self.request.stream().map_err(|_| SignInError::MalformedBody)?;
        while let Some(chunk) = stream.next().await {
            bytes.extend(chunk.map_err(|_| SignInError::MalformedBody)?);
            if bytes.len() > MAX_BODY {
                break;
            }
        }
        Ok(bytes)
    }
}

/// What is no header is left out: the host has let nothing through that is none.
pub(crate) fn headers(raw: &Headers) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in worker::Headers(raw.clone()).entries() {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers
}
