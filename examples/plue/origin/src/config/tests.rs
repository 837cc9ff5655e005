use std::path::Path;

use super::*;

fn read(arguments: &[&str]) -> Result<Config, String> {
    let program = ["plue-origin"].into_iter();
    Config::read(program.chain(arguments.iter().copied())).map_err(|error| error.to_string())
}

fn serves(config: &Config, host: &str) -> bool {
    config.demands.hosts.iter().any(|pattern| pattern.matches(host))
}

#[test]
fn without_a_setting_the_files_are_where_kubernetes_mounts_them_and_it_listens_on_loopback() {
    let config = read(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8443");
    assert_eq!(config.health_listen.to_string(), "127.0.0.1:8081");
    let files = Files {
        ca: "/etc/plue/certs/ca.crt".into(),
        crl: None,
        tls_cert: "/etc/plue/tls/tls.crt".into(),
        tls_key: "/etc/plue/tls/tls.key".into(),
        user_key: None,
    };
    assert_eq!(config.source, Source::Files(files));
    assert!(serves(&config, "plue.dev") && serves(&config, "staging.plue.dev"));
    assert!(!serves(&config, "localhost") && !serves(&config, "plue.example"));
    assert!(config.demands.pins.is_empty() && config.proxy_from.is_empty());
    assert!(!config.demands.is_strict && !config.observe && !config.allow_tls12);
    assert_eq!(config.poll, Duration::from_secs(5));
    assert_eq!(config.drain, Duration::from_secs(25));
    assert_eq!(config.log_level, Level::INFO);
}

#[test]
fn a_throw_away_authority_is_for_loopback_and_serves_localhost_too() {
    let config = read(&["--ephemeral", "there", "--listen", "[::1]:443"]).unwrap();
    assert!(matches!(&config.source, Source::Ephemeral(folder) if folder == Path::new("there")));
    assert!(serves(&config, "localhost") && serves(&config, "plue.dev"));
    for (setting, address) in [
        ("--listen", "0.0.0.0:8443"),
        ("--listen", "[::]:8443"),
        ("--listen", "192.0.2.1:8443"),
        ("--health-listen", "0.0.0.0:8081"),
    ] {
        let told = read(&["--ephemeral", "there", setting, address]).unwrap_err();
        assert!(told.contains("for this machine alone"), "{setting} {address}: {told}");
    }
}

#[test]
fn a_throw_away_authority_goes_with_no_file_and_no_pin() {
    let pin = format!("{:064}", 7);
    for (setting, value) in [
        ("--ca", "ca.crt"),
        ("--crl", "ca.crl"),
        ("--tls-cert", "tls.crt"),
        ("--tls-key", "tls.key"),
        ("--pins", &pin),
        ("--user-edges", &pin),
    ] {
        assert!(read(&[setting, value]).is_ok(), "{setting}");
        let told = read(&["--ephemeral", "there", setting, value]).unwrap_err();
        assert!(told.contains("cannot be used with") && told.contains(setting), "{told}");
    }
}

#[test]
fn lists_are_separated_by_commas() {
    let (one, two) = (format!("{:064}", 1), format!("{:064}", 2));
    let pins = format!("{one}, {two}");
    let config = read(&["--hosts", "a.example, *.b.example", "--pins", &pins]).unwrap();
    assert!(serves(&config, "a.example") && serves(&config, "c.b.example"));
    assert!(!serves(&config, "plue.dev"), "named, they take the place of the default");
    assert_eq!(config.demands.pins.len(), 2);
    assert_eq!(read(&["--proxy-from", "10.0.0.0/8,fd00::/8"]).unwrap().proxy_from.len(), 2);
}

#[test]
fn the_files_are_looked_at_as_often_as_that() {
    for (text, milliseconds) in [("0.05", 50), ("2.5", 2_500), ("3600", 3_600_000)] {
        let config = read(&["--poll-seconds", text]).unwrap();
        assert_eq!(config.poll, Duration::from_millis(milliseconds));
    }
    for text in ["0", "0.049", "3601", "-1", "NaN", "inf", "1e300", "", "soon"] {
        let told = read(&[&format!("--poll-seconds={text}")]).unwrap_err();
        assert!(told.contains("0.05 to 3600"), "{text}: {told}");
    }
}

#[test]
fn what_is_wrong_is_told_with_the_setting_and_how_to_mend_it() {
    for (arguments, setting, fix) in [
        (["--listen", "443"], "--listen", "invalid socket address"),
        (["--health-listen", "here"], "--health-listen", "invalid socket address"),
        (["--hosts", "plue.dev:443"], "--hosts", "looks like `plue.dev`"),
        (["--hosts", "plue.dev,"], "--hosts", "looks like `plue.dev`"),
        (["--pins", "sha256/AAAA"], "--pins", "64 hexadecimal digits"),
        (["--proxy-from", "10.0.0.1/8"], "--proxy-from", "looks like `192.0.2.0/24`"),
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
