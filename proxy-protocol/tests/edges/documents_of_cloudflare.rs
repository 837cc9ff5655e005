//! The lists that Cloudflare publishes, and the one that is built in.

use std::fs;
use std::path::PathBuf;

use proxy_protocol::{CLOUDFLARE_AS_OF, ListError, Networks, cloudflare};

use crate::{ip, networks};

const V4: &str = "192.0.2.0/24\n198.51.100.0/24\n";
const V6: &str = "2001:db8::/32";

#[test]
fn the_list_that_is_built_in_has_22_networks_and_a_day() {
    let list = cloudflare();
    assert_eq!(list.to_vec().len(), 22);
    for address in
        ["104.16.0.1", "104.27.255.255", "172.71.255.255", "2a06:98c7::1", "2606:4700::1111"]
    {
        assert!(list.contains(ip(address)), "{address}");
    }
    for address in ["104.15.255.255", "104.28.0.0", "172.72.0.0", "2a06:98c8::1", "2606:4701::1"] {
        assert!(!list.contains(ip(address)), "{address}");
    }
    let parts: Vec<_> = CLOUDFLARE_AS_OF.split('-').map(str::len).collect();
    assert_eq!(parts, [4, 2, 2]);
}

#[test]
#[ignore = "needs third-party vectors: run .ci/run peers"]
fn the_list_that_is_built_in_is_the_one_that_is_published() {
    let vectors =
        std::env::var("EDGEPROOF_VECTORS").unwrap_or_else(|_| "../../shared/vectors".to_owned());
    let read = |name| {
        let path = PathBuf::from(&vectors).join("infra").join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let (v4, v6) = (read("cloudflare-ips-v4.txt"), read("cloudflare-ips-v6.txt"));
    let published = Networks::published([v4.as_str(), v6.as_str()]).unwrap();
    let sorted = |networks: Networks| {
        let mut texts: Vec<_> = networks.to_vec().iter().map(ToString::to_string).collect();
        texts.sort();
        texts
    };
    assert_eq!(sorted(published), sorted(cloudflare()));
}

#[test]
fn reads_both_lists_with_either_line_ending_and_without_a_last_one() {
    let expected = networks(&["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"]).to_vec();
    for (v4, v6) in
        [(V4.to_owned(), V6), (V4.replace('\n', "\r\n"), V6), (V4.trim().to_owned(), V6)]
    {
        assert_eq!(Networks::published([v4.as_str(), v6]).unwrap().to_vec(), expected);
    }
}

#[test]
fn refuses_a_list_that_is_empty_even_beside_one_that_is_not() {
    for lists in [vec![], vec![""], vec![V4, ""], vec!["\n\n", V6]] {
        assert_eq!(Networks::published(lists.clone()).err(), Some(ListError::Empty), "{lists:?}");
    }
}

#[test]
fn refuses_a_list_with_anything_else_in_it() {
    for line in ["<!doctype html>", "192.0.2.1/24", "# 192.0.2.0/24", "192.0.2.0/24,", "error"] {
        let list = format!("{V4}{line}\n");
        assert_eq!(
            Networks::published([list.as_str()]).err(),
            Some(ListError::Malformed),
            "{line}"
        );
    }
}

#[test]
fn refuses_a_network_that_is_larger_than_cloudflare_s_can_be() {
    for (line, error) in [
        ("104.0.0.0/8", None),
        ("104.0.0.0/7", Some(ListError::TooWide)),
        ("0.0.0.0/0", Some(ListError::TooWide)),
        ("::ffff:0.0.0.0/96", Some(ListError::TooWide)),
        ("2600:1000::/20", None),
        ("2600::/19", Some(ListError::TooWide)),
        ("::/0", Some(ListError::TooWide)),
    ] {
        assert_eq!(Networks::published([line]).err(), error, "{line}");
    }
}

#[test]
fn takes_256_networks_and_not_257() {
    let list = |count: u32| {
        (0..count).map(|n| format!("10.{}.{}.0/24\n", n / 256, n % 256)).collect::<String>()
    };
    assert_eq!(Networks::published([list(256).as_str()]).unwrap().to_vec().len(), 256);
    assert_eq!(Networks::published([list(257).as_str()]).err(), Some(ListError::TooMany));
    let (first, second) = (list(200), "2001:db8::/32\n".repeat(57));
    let both = Networks::published([first.as_str(), second.as_str()]);
    assert_eq!(both.err(), Some(ListError::TooMany));
}

/// The document of `GET /client/v4/ips`.
fn answer(v4: &str, v6: &str, success: &str) -> String {
    format!(
        r#"{{"result":{{"ipv4_cidrs":[{v4}],"ipv6_cidrs":[{v6}],"etag":"38f79d050aa027e3be3865e495dcc9bc"}},"success":{success},"errors":[],"messages":[]}}"#
    )
}

#[test]
fn reads_the_api_s_document() {
    let document = answer(r#""192.0.2.0/24","198.51.100.0/24""#, r#""2001:db8::/32""#, "true");
    let read = Networks::published_json(document.as_bytes()).unwrap();
    assert_eq!(read.to_vec(), Networks::published([V4, V6]).unwrap().to_vec());
}

#[test]
fn refuses_a_document_that_is_another_or_says_that_it_failed() {
    let v4 = r#""192.0.2.0/24""#;
    let v6 = r#""2001:db8::/32""#;
    for (document, error) in [
        (answer(v4, v6, "false"), ListError::Malformed),
        (answer("", v6, "true"), ListError::Empty),
        (answer(v4, "", "true"), ListError::Empty),
        (answer(v4, "1", "true"), ListError::Malformed),
        (answer(v4, r#""::/0""#, "true"), ListError::TooWide),
        (answer(v4, r#""2001:db8::1/32""#, "true"), ListError::Malformed),
        (r#"{"success":true}"#.to_owned(), ListError::Malformed),
        (
            r#"{"result":{"ipv4_cidrs":["192.0.2.0/24"]},"success":true}"#.to_owned(),
            ListError::Malformed,
        ),
        ("<!doctype html>".to_owned(), ListError::Malformed),
        (String::new(), ListError::Malformed),
    ] {
        assert_eq!(Networks::published_json(document.as_bytes()).err(), Some(error), "{document}");
    }
}
