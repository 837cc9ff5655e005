use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName};

/// Takes away every form of the header that names the user who is signed in, on every path.
///
/// Nobody may name a user yet. Cloudflare's edge passes on what its visitors send, so that a
/// request comes from your zone says nothing about this header. Sessions bring a proof of who
/// signed in; what verifies it stands behind this, and sets the header anew.
pub(crate) async fn remove(mut request: Request) -> Request {
    remove_from(request.headers_mut());
    request
}

fn remove_from(headers: &mut HeaderMap) {
    while let Some(name) = headers.keys().find(|name| is_user_address(name)).cloned() {
        headers.remove(name);
    }
}

/// Names have no case (RFC 9110 §5.1) and are in lower case here; CGI and its heirs know `-` and
/// `_` as one (RFC 3875 §4.1.18).
fn is_user_address(name: &HeaderName) -> bool {
    let spelled = name.as_str().bytes().map(|byte| if byte == b'_' { b'-' } else { byte });
    spelled.eq(USER_ADDRESS.bytes())
}

const USER_ADDRESS: &str = "x-plue-user-address";

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn each_spelling_is_taken_away_with_all_of_its_values() {
        let mut headers = HeaderMap::new();
        for name in [
            "X-Plue-User-Address",
            "x-plue-user-address",
            "X_PLUE_USER_ADDRESS",
            "x-plue_user-address",
            "x-plue-user-addresses",
            "plue-user-address",
            "x-plue-user",
        ] {
            let name = HeaderName::try_from(name).unwrap();
            headers.append(name, HeaderValue::from_static("0x00"));
        }
        remove_from(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["plue-user-address", "x-plue-user", "x-plue-user-addresses"]);
    }
}
