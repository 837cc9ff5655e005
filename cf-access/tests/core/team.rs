//! The team's name, and what must not pass for one.

use cf_access::{ConfigError, TeamDomain};
use proptest::prelude::*;

fn issuer(text: &str) -> Result<String, ConfigError> {
    text.parse().map(|team: TeamDomain| team.issuer().to_owned())
}

#[test]
fn reads_a_team_by_name_domain_and_address() {
    for text in [
        "myteam",
        "MyTeam",
        "myteam.cloudflareaccess.com",
        "https://myteam.cloudflareaccess.com",
        "https://MYTEAM.CloudflareAccess.com",
    ] {
        assert_eq!(issuer(text).as_deref(), Ok("https://myteam.cloudflareaccess.com"), "{text}");
    }
    for text in ["myteam.fed.cloudflareaccess.com", "https://myteam.fed.cloudflareaccess.com"] {
        assert_eq!(
            issuer(text).as_deref(),
            Ok("https://myteam.fed.cloudflareaccess.com"),
            "{text}"
        );
    }
    assert_eq!(issuer("fed").as_deref(), Ok("https://fed.cloudflareaccess.com"));
    assert_eq!(
        issuer("fed.cloudflareaccess.com").as_deref(),
        Ok("https://fed.cloudflareaccess.com")
    );
    let longest = "a".repeat(63);
    assert!(issuer(&longest).is_ok());
    assert!(issuer("a-1").is_ok());
}

#[test]
fn names_the_address_of_the_keys() {
    let team: TeamDomain = "myteam".parse().unwrap();
    assert_eq!(team.certs_url(), "https://myteam.cloudflareaccess.com/cdn-cgi/access/certs");
    assert_eq!(team.to_string(), team.issuer());
    let team: TeamDomain = "myteam.fed.cloudflareaccess.com".parse().unwrap();
    assert_eq!(team.certs_url(), "https://myteam.fed.cloudflareaccess.com/cdn-cgi/access/certs");
}

#[test]
fn refuses_everything_else() {
    for text in [
        "",
        ".",
        "-a",
        "a-",
        "a.b",
        "my_team",
        "my team",
        "xn--a",
        "xn--mnchen-3ya.cloudflareaccess.com",
        "münchen",
        "myteam ",
        " myteam",
        "myteam\n",
        "myteam/",
        "myteam.fed",
        "https://myteam",
        "https://",
        "https://https://myteam.cloudflareaccess.com",
        "http://myteam.cloudflareaccess.com",
        "HTTPS://myteam.cloudflareaccess.com",
        "//myteam.cloudflareaccess.com",
        "myteam.cloudflareaccess.com.",
        "myteam.cloudflareaccess.com/",
        "https://myteam.cloudflareaccess.com/",
        "https://myteam.cloudflareaccess.com/cdn-cgi/access/certs",
        "https://myteam.cloudflareaccess.com:443",
        "https://myteam.cloudflareaccess.com?x",
        "https://myteam.cloudflareaccess.com#x",
        "https://user@myteam.cloudflareaccess.com",
        "user:pass@myteam.cloudflareaccess.com",
        "myteam.cloudflareaccess.com.evil.example",
        "myteam.evil.cloudflareaccess.com",
        "myteam.fed.fed.cloudflareaccess.com",
        ".fed.cloudflareaccess.com",
        ".cloudflareaccess.com",
        "cloudflareaccess.com",
        "evilcloudflareaccess.com",
        "myteam.cloudflareaccess.org",
        "myteam%2ecloudflareaccess.com",
        &"a".repeat(64),
    ] {
        assert_eq!(issuer(text), Err(ConfigError::TeamDomain), "{text}");
    }
}

#[test]
fn takes_a_custom_issuer_over_https_or_on_loopback() {
    for text in [
        "https://issuer.example",
        "https://issuer.example:8443",
        "https://localhost",
        "https://192.0.2.1:1",
        "https://1.issuer.example",
        "https://[2001:db8::1]:8443",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://127.8.9.10:65535",
        "http://[::1]:8080",
    ] {
        let team = TeamDomain::custom_issuer(text).unwrap();
        assert_eq!(team.issuer(), text);
        assert_eq!(team.certs_url(), format!("{text}/cdn-cgi/access/certs"));
    }
    for text in [
        "",
        "issuer.example",
        "ftp://issuer.example",
        "HTTPS://issuer.example",
        "https://",
        "https://.",
        "https://issuer.example/",
        "https://issuer.example/path",
        "https://issuer.example?x",
        "https://issuer.example#x",
        "https://user@issuer.example",
        "https://Issuer.example",
        "https://issuer..example",
        "https://issuer.example.",
        "https://issuer.example:",
        "https://issuer.example:0",
        "https://issuer.example:65536",
        "https://issuer.example:+1",
        "https://issuer.example:1:2",
        "https://[::1",
        "https://[::1]x",
        "https://[::1%lo]",
        "https://[127.0.0.1]",
        "https://::1",
        "https://a b",
        "https://127.1",
        "https://0x7f.1",
        "https://0x7f",
        "https://010.0.0.1",
        "https://256.256.256.256",
        "https://2130706433",
        "https://a.1",
        "https://a.0x",
        "https://xn--a",
        "https://xn--mnchen-3ya.example",
        "http://issuer.example",
        "http://192.0.2.1",
        "http://128.0.0.1",
        "http://[2001:db8::1]",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://[::ffff:192.0.2.1]",
        &format!("https://{}.example", "a".repeat(64)),
        &format!("https://{}example", "a.".repeat(124)),
    ] {
        let refused = TeamDomain::custom_issuer(text).err();
        assert_eq!(refused, Some(ConfigError::Issuer), "{text}");
    }
}

proptest! {
    #[test]
    fn never_leaves_cloudflare_s_domain(text in "\\PC{0,80}") {
        if let Ok(issuer) = issuer(&text) {
            let label = issuer.strip_prefix("https://").unwrap().strip_suffix(".cloudflareaccess.com").unwrap();
            let label = label.strip_suffix(".fed").unwrap_or(label);
            prop_assert!(!label.is_empty() && !label.contains('.'));
            prop_assert!(label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
        }
    }
}
