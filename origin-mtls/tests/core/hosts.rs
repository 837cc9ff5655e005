//! Which hosts a pattern means, and which texts are patterns.

use origin_mtls::{ConfigError, HostPattern};

use crate::trusting_root;

fn pattern(text: &str) -> HostPattern {
    text.parse().unwrap()
}

#[test]
fn a_name_means_itself_without_case() {
    let pattern = pattern("plue.dev");
    for host in ["plue.dev", "PLUE.DEV", "Plue.dev"] {
        assert!(pattern.matches(host), "{host}");
    }
    for host in [
        "",
        "plue",
        "dev",
        ".plue.dev",
        "plue.dev.",
        "www.plue.dev",
        "xplue.dev",
        "plue.devx",
        "plue.dev:443",
        "plue.dev@attacker.dev",
        "attacker.dev#plue.dev",
        " plue.dev",
        "plue.dev ",
        "plue\u{3002}dev",
        "pl\u{16b}e.dev",
        "xn--ple-goa.dev",
        "plue.dev\0",
        "*.dev",
        "127.0.0.1",
        "[::1]",
        "::1",
    ] {
        assert!(!pattern.matches(host), "{host:?}");
    }
}

#[test]
fn a_wildcard_means_one_label_and_not_the_name_itself() {
    let pattern = pattern("*.plue.dev");
    let longest = format!("{}.plue.dev", "a".repeat(63));
    for host in ["a.plue.dev", "A.PLUE.dev", "xn--bcher-kva.plue.dev", "a-b.plue.dev", "1.plue.dev"]
    {
        assert!(pattern.matches(host), "{host}");
    }
    assert!(pattern.matches(&longest));
    for host in [
        "plue.dev",
        ".plue.dev",
        "..plue.dev",
        "a.b.plue.dev",
        "*.plue.dev",
        "a.plue.dev.",
        "a.plue.dev:443",
        "-a.plue.dev",
        "a-.plue.dev",
        "a_b.plue.dev",
        "a b.plue.dev",
        "\0.plue.dev",
        "ü.plue.dev",
        "aplue.dev",
        "a.xplue.dev",
        "a.plue.devx",
        "",
        "a",
        "127.0.0.1",
        "[::1]",
    ] {
        assert!(!pattern.matches(host), "{host:?}");
    }
    assert!(!pattern.matches(&format!("a{longest}")));
}

#[test]
fn a_pattern_is_a_name_in_lower_case_with_or_without_a_wildcard_before_it() {
    let label = "a".repeat(63);
    let longest = [&label[..], &label, &label, &"b".repeat(61)].join(".");
    assert_eq!(longest.len(), 253);
    for good in [
        "plue.dev",
        "localhost",
        "*.plue.dev",
        "*.dev",
        "a.b.c.d.e",
        "xn--bcher-kva.example",
        "a-b.dev",
        "1.2.3.dev",
        "1.2.3.4a",
        "plue.0x7g",
        "plue.a0x7f",
        "0x7f.dev",
        "4.dev",
        &label,
        &longest,
        &format!("*.{longest}"),
    ] {
        assert!(good.parse::<HostPattern>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "*",
        "*.",
        "*.*.plue.dev",
        "*plue.dev",
        "a.*.dev",
        "a*.plue.dev",
        "www.*",
        ".plue.dev",
        "plue.dev.",
        "plue..dev",
        "Plue.dev",
        "plue.DEV",
        "plue.dev:443",
        "https://plue.dev",
        "plue.dev/",
        "plue dev",
        " plue.dev",
        "plue.dev\n",
        "plüe.dev",
        "-plue.dev",
        "plue-.dev",
        "plue.-dev",
        "plue_x.dev",
        "127.0.0.1",
        "1.2.3.4",
        "1",
        "plue.1",
        "*.0.0.1",
        // To a URL's parser an address as well.
        "plue.0x7f",
        "0x7f000001",
        "0x",
        "*.0x1",
        "[::1]",
        "::1",
        &"a".repeat(64),
        &format!("{longest}b"),
        &format!("b.{longest}"),
    ] {
        assert_eq!(bad.parse::<HostPattern>(), Err(ConfigError::Host), "{bad}");
    }
}

#[test]
fn a_pattern_is_written_as_it_is_read() {
    for text in ["plue.dev", "*.plue.dev"] {
        assert_eq!(pattern(text).to_string(), text);
    }
    assert_ne!(pattern("plue.dev"), pattern("*.plue.dev"));
}

#[test]
fn a_policy_allows_the_hosts_that_it_was_given_and_all_without_any() {
    let all = trusting_root().build().unwrap();
    for host in ["plue.dev", "anything", "127.0.0.1", ""] {
        assert!(all.allows_host(host), "{host}");
    }
    let policy = trusting_root()
        .hosts([pattern("plue.dev")])
        .hosts([pattern("*.plue.dev"), pattern("verifluence.io")])
        .build()
        .unwrap();
    for host in ["plue.dev", "www.plue.dev", "verifluence.io", "VERIFLUENCE.io"] {
        assert!(policy.allows_host(host), "{host}");
    }
    for host in ["", "dev", "a.b.plue.dev", "www.verifluence.io", "attacker.dev", "127.0.0.1"] {
        assert!(!policy.allows_host(host), "{host}");
    }
}

#[test]
fn a_list_of_hosts_that_is_empty_is_no_list() {
    let refused = Some(ConfigError::NoHost);
    assert_eq!(trusting_root().hosts([]).build().err(), refused);
    assert_eq!(trusting_root().hosts([]).hosts([]).build().err(), refused);
    for policy in [
        trusting_root().hosts([]).hosts([pattern("plue.dev")]),
        trusting_root().hosts([pattern("plue.dev")]).hosts([]),
    ] {
        let policy = policy.build().unwrap();
        assert!(policy.allows_host("plue.dev") && !policy.allows_host("attacker.dev"));
    }
}
