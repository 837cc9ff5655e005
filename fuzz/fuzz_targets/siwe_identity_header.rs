//! Headers, in lines of a name, a colon and a value. When the identity header is set, it stands there once;
//! no other spelling of it does, nor does `Connection` name one; and nothing else is changed.

#![no_main]

use std::sync::LazyLock;

use http::header::CONNECTION;
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use siwe_session::IdentityHeader;

use edgeproof_fuzz::siwe_session::WALLET;

fuzz_target!(|input: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n').take(32) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { continue };
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        else {
            continue;
        };
        headers.append(name, value);
    }
    let before = headers.clone();
    HEADER.set(&mut headers, WALLET.address());

    let spelled: Vec<_> = headers.keys().filter(|name| is_form(name.as_str())).collect();
    assert_eq!(spelled, [HEADER.name()]);
    let values: Vec<_> = headers.get_all(HEADER.name()).iter().collect();
    assert_eq!(values, [&WALLET.address().to_string()]);

    for (name, _) in before.iter().filter(|(name, _)| !is_form(name.as_str())) {
        if name == CONNECTION {
            assert_eq!(options(&headers), expected(&before));
        } else {
            let [before, after] =
                [&before, &headers].map(|of| of.get_all(name).iter().collect::<Vec<_>>());
            assert_eq!(before, after);
        }
    }
    // Once more changes nothing.
    let again = headers.clone();
    HEADER.set(&mut headers, WALLET.address());
    assert_eq!(again, headers);
});

/// What `Connection` names; nothing where it is not text.
fn options(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let options = values.flat_map(|value| value.split(',')).map(str::trim);
    options.filter(|option| !option.is_empty()).map(str::to_owned).collect()
}

fn expected(before: &HeaderMap) -> Vec<String> {
    options(before).into_iter().filter(|option| !is_form(option)).collect()
}

fn is_form(name: &str) -> bool {
    let read =
        |char: char| if char.is_ascii_alphanumeric() { char.to_ascii_lowercase() } else { '-' };
    name.chars().map(read).eq("x-plue-user-address".chars())
}

static HEADER: LazyLock<IdentityHeader> =
    LazyLock::new(|| IdentityHeader::new("x-plue-user-address").unwrap());
