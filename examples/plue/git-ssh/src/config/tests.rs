use proxy_protocol::{CLOUDFLARE_AS_OF, Decision, Evidence, Verified, VerifyError};

use super::*;

fn read(arguments: &[&str]) -> Result<Config, String> {
    let program = ["plue-git-ssh"].into_iter();
    Config::read(program.chain(arguments.iter().copied())).map_err(|error| error.to_string())
}

fn decide(config: &Config, peer: &str) -> Decision {
    config.proxy.decide(peer.parse().unwrap())
}

#[test]
fn without_a_setting_cloudflare_must_send_a_header_and_loopback_need_not() {
    let config = read(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:2222");
    assert_eq!(config.sshd.to_string(), "127.0.0.1:2022");
    assert_eq!(config.log_level, Level::INFO);
    assert_eq!(config.drain, Duration::from_secs(25));
    assert!(!config.observe);
    assert_eq!(decide(&config, "173.245.48.5"), Decision::Require, "{CLOUDFLARE_AS_OF}");
    assert_eq!(decide(&config, "127.0.0.1"), Decision::Direct);
    assert_eq!(decide(&config, "203.0.113.5"), Decision::Deny);
}

#[test]
fn networks_that_are_named_take_the_place_of_the_defaults() {
    let config =
        read(&["--spectrum", "192.0.2.0/24, 2001:db8::/32", "--direct", "198.51.100.7"]).unwrap();
    assert_eq!(decide(&config, "192.0.2.1"), Decision::Require);
    assert_eq!(decide(&config, "2001:db8::1"), Decision::Require);
    assert_eq!(decide(&config, "198.51.100.7"), Decision::Direct);
    for denied in ["173.245.48.5", "127.0.0.1", "198.51.100.8"] {
        assert_eq!(decide(&config, denied), Decision::Deny, "{denied}");
    }
}

#[test]
fn a_client_has_an_address_of_the_internet_and_none_of_this_server() {
    let header = |source: &str| format!("PROXY TCP4 {source} 192.0.2.1 1024 22\r\n");
    let verify = |config: &Config, source| {
        config.proxy.verify("173.245.48.5:1024".parse().unwrap(), header(source).as_bytes())
    };
    let config = read(&["--own-address", "203.0.113.9"]).unwrap();
    let Ok(Verified::Complete { client, .. }) = verify(&config, "203.0.113.8") else {
        panic!("a client of the Internet is not known")
    };
    assert_eq!(client.evidence(), Evidence::Header);
    assert_eq!(verify(&config, "203.0.113.9").unwrap_err(), VerifyError::OwnSource);
    assert_eq!(verify(&config, "127.0.0.1").unwrap_err(), VerifyError::SpecialSource);

    let config = read(&["--allow-source", "127.0.0.0/8"]).unwrap();
    assert!(verify(&config, "127.0.0.1").is_ok());
}

#[test]
fn all_addresses_cannot_send_headers() {
    let told = read(&["--spectrum", "0.0.0.0/0"]).unwrap_err();
    assert!(told.contains("name the networks of your proxies"), "{told}");
}

#[test]
fn a_network_that_must_send_a_header_and_need_not_is_told_with_both_settings() {
    let told = read(&["--spectrum", "127.0.0.0/8"]).unwrap_err();
    assert!(told.contains("in --spectrum and in --direct"), "{told}");
}

#[test]
fn a_smaller_network_in_loopback_can_be_spectrums() {
    let config = read(&["--spectrum", "127.0.0.1"]).unwrap();
    assert_eq!(decide(&config, "127.0.0.1"), Decision::Require);
    assert_eq!(decide(&config, "127.0.0.2"), Decision::Direct);
}

#[test]
fn what_is_wrong_is_told_with_the_setting_and_how_to_mend_it() {
    for (arguments, setting, fix) in [
        (["--listen", "22"], "--listen", "invalid socket address"),
        (["--sshd", "10.0.0.1:22"], "--sshd", "must listen on loopback"),
        (["--sshd", "127.0.0.1:2222"], "--sshd", "listen at another port"),
        (["--spectrum", "10.0.0.1/8"], "--spectrum", "looks like `192.0.2.0/24`"),
        (["--direct", "office"], "--direct", "looks like `192.0.2.0/24`"),
        (["--own-address", ","], "--own-address", "looks like `192.0.2.0/24`"),
        (["--connections-per-minute", "0"], "--connections-per-minute", "zero"),
        (["--max-sessions", "0"], "--max-sessions", "zero"),
        (["--max-sessions-per-client", "many"], "--max-sessions-per-client", "invalid digit"),
        (["--drain-seconds", "soon"], "--drain-seconds", "invalid digit"),
        (["--log-level", "loud"], "--log-level", "expected one of"),
    ] {
        let told = read(&arguments).unwrap_err();
        assert!(told.contains(setting) && told.contains(fix), "{arguments:?}:\n{told}");
    }
}

#[test]
fn the_arguments_fit_together() {
    Arguments::command().debug_assert();
}
