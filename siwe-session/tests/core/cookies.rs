//! The cookie of the browser that began a sign-in.

use std::time::Duration;

use http::header::{COOKIE, HeaderMap, HeaderValue};
use siwe_session::{BrowserBinding, VerifyError};

use crate::browser;

fn read(fields: &[&str]) -> Result<Option<BrowserBinding>, VerifyError> {
    let mut headers = HeaderMap::new();
    for field in fields {
        headers.append(COOKIE, HeaderValue::from_bytes(field.as_bytes()).unwrap());
    }
    BrowserBinding::from_headers(&headers)
}

const VALUE: &str = "03030303030303030303030303030303";

#[test]
fn the_cookie_comes_back_as_it_was_set() {
    let cookie = browser().set_cookie(Duration::from_secs(600));
    let expected =
        format!("__Host-siwe-pre={VALUE}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=600");
    assert_eq!(cookie, expected);
    let pair = expected.split_once(';').unwrap().0;
    assert_eq!(read(&[pair]), Ok(Some(browser())));
    assert_eq!(read(&[&format!("a=b; {pair}; c=d")]), Ok(Some(browser())));
    // HTTP/2 splits the field.
    assert_eq!(read(&["a=b", pair, "c=d"]), Ok(Some(browser())));
    assert_eq!(read(&[pair, pair]), Ok(Some(browser())));
}

#[test]
fn none_is_none_and_what_is_doubtful_is_refused() {
    assert_eq!(read(&[]), Ok(None));
    for other in ["siwe-pre=0303", "__host-siwe-pre=0303", "x__Host-siwe-pre=0303"] {
        assert_eq!(read(&[other]), Ok(None), "{other}");
    }
    let cookie = |value: &str| format!("__Host-siwe-pre={value}");
    let another = VALUE.replace('3', "4");
    for doubtful in [
        format!("{}; {}", cookie(VALUE), cookie(&another)),
        cookie(""),
        cookie(&VALUE[1..]),
        cookie(&format!("{VALUE}0")),
        cookie(&format!("0x{}", &VALUE[2..])),
        cookie(&format!("0x{VALUE}")),
        cookie(&VALUE.replace('0', "A")),
        cookie(&format!("\"{VALUE}\"")),
    ] {
        assert_eq!(read(&[&doubtful]), Err(VerifyError::MissingBinding), "{doubtful}");
    }
    let two = [cookie(VALUE), cookie(&another)];
    assert_eq!(read(&[&two[0], &two[1]]), Err(VerifyError::MissingBinding));
    assert_eq!(read(&[&cookie("é")]), Err(VerifyError::MissingBinding));
    // What another cookie has in it keeps nobody out.
    assert_eq!(read(&["é"]), Ok(None));
    assert_eq!(read(&[&format!("x=é; {}; é", cookie(VALUE))]), read(&[&cookie(VALUE)]));
}
