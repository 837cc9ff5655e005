//! The one genuine delivery of Kick's that is known.

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName};
use serde_json::Value;

static SET: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../vectors/mutations.json")).unwrap());

fn field(name: &str) -> &'static str {
    SET["cases"][0][name].as_str().unwrap()
}

pub(crate) fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in SET["headers_common"].as_object().unwrap() {
        let name: HeaderName = name.parse().unwrap();
        headers.insert(name, value.as_str().unwrap().parse().unwrap());
    }
    headers.insert("kick-event-message-id", field("message_id").parse().unwrap());
    headers.insert("kick-event-message-timestamp", field("timestamp").parse().unwrap());
    headers.insert("kick-event-signature", field("signature").parse().unwrap());
    headers
}

pub(crate) fn body() -> &'static str {
    field("body")
}

pub(crate) fn signature() -> &'static str {
    field("signature")
}

/// What Kick signed.
pub(crate) fn signed_text() -> String {
    format!("{}.{}.{}", field("message_id"), field("timestamp"), field("body"))
}
