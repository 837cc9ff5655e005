use http::header::{CACHE_CONTROL, EXPIRES, HeaderMap, HeaderName, HeaderValue, VARY};

use super::forbid_sharing;

/// The values of `Cache-Control` after the answer had these.
fn after(values: &[&[u8]]) -> Vec<String> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(CACHE_CONTROL, HeaderValue::from_bytes(value).unwrap());
    }
    forbid_sharing(&mut headers);
    let left = headers.get_all(CACHE_CONTROL).iter();
    left.map(|value| value.to_str().unwrap().to_owned()).collect()
}

const NO_STORE: [&str; 1] = ["no-store"];

#[test]
fn an_answer_that_says_nothing_is_stored_nowhere() {
    assert_eq!(after(&[]), NO_STORE);
    assert_eq!(after(&[b""]), NO_STORE);
    assert_eq!(after(&[b" , ,"]), NO_STORE);
}

#[test]
fn an_answer_may_be_kept_by_the_users_own_browser() {
    for kept in [
        "private",
        "Private",
        "PRIVATE",
        "no-store",
        "No-Store",
        "private, max-age=60",
        "max-age=60, private",
        "max-age=60,private",
        "max-age=60 , private ,must-revalidate",
        "\tprivate\t",
        "private, no-store",
        "no-store, no-cache, must-revalidate",
        "private, no-transform, immutable",
        ", private,",
    ] {
        assert_eq!(after(&[kept.as_bytes()]), [kept], "{kept}");
    }
    // In one of several fields.
    assert_eq!(after(&[b"max-age=60", b"private"]), ["max-age=60", "private"]);
    assert_eq!(after(&[b"private", b"no-store"]), ["private", "no-store"]);
}

#[test]
fn what_others_may_store_is_replaced() {
    for shared in [
        "public",
        "max-age=60",
        "s-maxage=60",
        "no-cache",
        "must-revalidate",
        "proxy-revalidate",
        "immutable, max-age=31536000",
        // names that are near
        "privat",
        "privates",
        "xprivate",
        "no_store",
        "no-stored",
        "nostore",
        "private max-age=60",
        "x=private",
        "private=",
        "private=x",
        "no-store=1",
        "max-age=private",
    ] {
        assert_eq!(after(&[shared.as_bytes()]), NO_STORE, "{shared}");
    }
    assert_eq!(after(&[b"max-age=60", b"immutable"]), NO_STORE);
}

#[test]
fn private_with_names_of_fields_keeps_these_alone_from_others() {
    for named in [
        r#"private="set-cookie""#,
        r#"private="set-cookie", max-age=60"#,
        r#"private="a, b""#,
        // what stands in quotes is no directive
        r#"private="a, private, b""#,
        r#"private="a, no-store, b", max-age=60"#,
        r#"max-age=60, x="a,private,b""#,
        r#"x="\"", max-age=60, y=", private,""#,
    ] {
        assert_eq!(after(&[named.as_bytes()]), NO_STORE, "{named}");
    }
}

#[test]
fn what_contradicts_itself_is_replaced() {
    for both in [
        "private, public",
        "public, private",
        "private, Public",
        "no-store, public",
        "private, s-maxage=60",
        "private, S-MaxAge=60",
        "private, s-maxage = 60",
        "private,s-maxage",
        "no-store, s-maxage=60",
        "public=x, private",
        // stored in spite of `no-store` by who knows the status
        "must-understand, no-store, max-age=60",
        "no-store, Must-Understand",
    ] {
        assert_eq!(after(&[both.as_bytes()]), NO_STORE, "{both}");
    }
    // In two fields, in any order.
    for two in [[&b"private"[..], b"public"], [b"public", b"private"], [b"private", b"s-maxage=1"]]
    {
        assert_eq!(after(&two), NO_STORE, "{two:?}");
    }
}

#[test]
fn what_is_not_text_is_replaced() {
    for other in [&b"\xff"[..], b"private, \xff", b"private=\xe9"] {
        assert_eq!(after(&[other]), NO_STORE, "{other:?}");
    }
    assert_eq!(after(&[b"private", b"\xff"]), NO_STORE);
    assert_eq!(after(&[b"\xff", b"no-store"]), NO_STORE);
}

#[test]
fn no_cache_is_told_otherwise_by_a_header_of_its_own() {
    for name in [
        "CDN-Cache-Control",
        "Cloudflare-CDN-Cache-Control",
        "Surrogate-Control",
        "X-Accel-Expires",
    ] {
        for own in [None, Some("private, max-age=60")] {
            let mut headers = HeaderMap::new();
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(&name, HeaderValue::from_static("max-age=60"));
            headers.append(&name, HeaderValue::from_static("3600"));
            if let Some(own) = own {
                headers.append(CACHE_CONTROL, HeaderValue::from_static(own));
            }
            forbid_sharing(&mut headers);
            assert!(!headers.contains_key(&name), "{name}");
            assert_eq!(headers[CACHE_CONTROL], own.unwrap_or("no-store"), "{name}");
        }
    }
}

#[test]
fn other_headers_stay() {
    let mut headers = HeaderMap::new();
    for (name, value) in [(EXPIRES, "0"), (VARY, "cookie"), (CACHE_CONTROL, "public")] {
        headers.append(name, HeaderValue::from_static(value));
    }
    forbid_sharing(&mut headers);
    assert_eq!(headers.len(), 3);
    assert_eq!(headers[EXPIRES], "0");
    assert_eq!(headers[VARY], "cookie");
    assert_eq!(headers[CACHE_CONTROL], "no-store");
}
