//! Fields, in lines: `c` and what stands in `Cookie`, or `a` and what stands in `Authorization`. What token
//! a request has is what a second reader finds, which takes the fields apart by hand.

#![no_main]

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use siwe_session::{SessionError, SessionToken};

fuzz_target!(|input: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n').take(8) {
        let Some((name, value)) = line.split_first() else { continue };
        let Ok(value) = HeaderValue::from_bytes(value) else { continue };
        headers.append(if *name == b'a' { AUTHORIZATION } else { COOKIE }, value);
    }
    let found = SessionToken::from_headers(&headers);
    let expected = expected(&headers);
    match (&found, &expected) {
        (Ok(Some(found)), Ok(Some((token, is_cookie)))) => {
            assert_eq!(found.as_str(), token);
            assert_eq!(matches!(found, SessionToken::Cookie(_)), *is_cookie);
        }
        (Ok(None), Ok(None)) => {}
        (Err(found), Err(expected)) => assert_eq!(found, expected),
        _ => panic!("{found:?} instead of {expected:?}"),
    }
});

fn expected(headers: &HeaderMap) -> Result<Option<(String, bool)>, SessionError> {
    let mut found: Option<(String, bool)> = None;
    let mut join = |token: &str, is_cookie| match &found {
        Some((other, _)) if other != token => Err(SessionError::Conflicting),
        Some(_) => Ok(()),
        None => {
            found = Some((token.to_owned(), is_cookie));
            Ok(())
        }
    };
    for field in headers.get_all(COOKIE) {
        for pair in String::from_utf8_lossy(field.as_bytes()).split(';') {
            if let Some((name, value)) = pair.split_once('=')
                && name.trim() == "__Host-siwe"
            {
                join(value.trim(), true)?;
            }
        }
    }
    for field in headers.get_all(AUTHORIZATION) {
        let is_bearer = field.as_bytes().to_ascii_lowercase().starts_with(b"bearer ");
        if is_bearer {
            let text = field.to_str().map_err(|_| SessionError::Malformed)?;
            join(text[7..].trim_start_matches(' '), false)?;
        }
    }
    Ok(found)
}
