//! Any text as a team: what is accepted names the host that a URL parser finds in it, and nothing
//! else.

#![no_main]

use cf_access::TeamDomain;
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

fuzz_target!(|text: &str| {
    if let Ok(team) = text.parse::<TeamDomain>() {
        check_team(text, &team);
    }
    if let Ok(team) = TeamDomain::custom_issuer(text) {
        assert_eq!(team.issuer(), text);
        check_custom(&team);
    }
});

fn check_team(text: &str, team: &TeamDomain) {
    let host = team.issuer().strip_prefix("https://").expect("https");
    let name = host.strip_suffix(".cloudflareaccess.com").expect("Access");
    let label = name.strip_suffix(".fed").unwrap_or(name);
    assert!((1..=63).contains(&label.len()));
    assert!(label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')));

    // A bare label is never a FedRAMP team: then `name` has a dot.
    let text = text.to_ascii_lowercase();
    let is_bare = text == label && name == label;
    assert!(is_bare || text == host || text == team.issuer(), "{text}");
    assert_eq!(team.issuer().parse().as_ref(), Ok(team));

    let url = check_origin(team);
    assert_eq!((url.scheme(), url.host_str()), ("https", Some(host)));
    assert_eq!(url.port(), None);
}

fn check_custom(team: &TeamDomain) {
    let (scheme, authority) = team.issuer().split_once("://").expect("a scheme");
    let host = authority.split(':').next().expect("a host");
    let url = check_origin(team);
    assert_eq!(url.scheme(), scheme);
    let is_loopback = match url.host().expect("a host") {
        Host::Domain(name) => {
            assert_eq!(name, host);
            name == "localhost"
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    assert!(scheme == "https" || (scheme == "http" && is_loopback));
}

/// Scheme, host and port, and nothing more.
fn check_origin(team: &TeamDomain) -> Url {
    let url = Url::parse(team.issuer()).expect("a URL");
    assert_eq!((url.username(), url.password()), ("", None));
    assert_eq!((url.path(), url.query(), url.fragment()), ("/", None, None));

    let certs = Url::parse(&team.certs_url()).expect("a URL");
    assert_eq!(certs.origin(), url.origin());
    assert_eq!(certs.path(), "/cdn-cgi/access/certs");
    url
}
