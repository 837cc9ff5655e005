use http::StatusCode;
use http::header::HeaderMap;
use siwe_session::IdentityHeader;

/// The header in which an edge says who is signed in.
pub const USER_ADDRESS: &str = "x-plue-user-address";

/// The header in which an edge says it, signed.
pub const USER_ASSERTION: &str = "x-plue-user-assertion";

/// The cookie of the sessions that were there before.
pub const OLD_SESSION_COOKIE: &str = "plue_session";

/// Takes every form of both headers away.
///
/// # Errors
///
/// None: they are names of such headers.
pub fn remove_user(headers: &mut HeaderMap) -> Result<(), StatusCode> {
    for name in [USER_ADDRESS, USER_ASSERTION] {
        let header = IdentityHeader::new(name).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        header.remove(headers);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn each_spelling_of_both_headers_is_taken_away_with_all_of_its_values() {
        let mut headers = HeaderMap::new();
        for name in [
            "X-Plue-User-Address",
            "X_PLUE_USER_ADDRESS",
            "x-plue_user-address",
            "x.plue.user.address",
            "X-Plue-User-Assertion",
            "x_plue_user_assertion",
            "x-plue-user-addresses",
            "plue-user-address",
            "x-plue-user",
        ] {
            let name = HeaderName::try_from(name).unwrap();
            headers.append(&name, HeaderValue::from_static("0x00"));
            headers.append(name, HeaderValue::from_static("0x01"));
        }
        remove_user(&mut headers).unwrap();
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["plue-user-address", "x-plue-user", "x-plue-user-addresses"]);
    }
}
