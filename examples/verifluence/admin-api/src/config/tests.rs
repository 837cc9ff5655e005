use std::collections::BTreeMap;
use std::fs;

use serve::Problem;

use super::*;

const AUD: &str = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";

fn complete() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("CF_ACCESS_TEAM_DOMAIN", "verifluence.cloudflareaccess.com".to_owned()),
        ("CF_ACCESS_AUD", AUD.to_owned()),
        ("ADMIN_PANEL_ORIGIN", "https://admin.verifluence.io".to_owned()),
        ("DATABASE_URL", "postgres://admin@127.0.0.1/verifluence".to_owned()),
    ])
}

fn with(name: &'static str, value: impl Into<String>) -> BTreeMap<&'static str, String> {
    let mut variables = complete();
    variables.insert(name, value.into());
    variables
}

fn read(variables: &BTreeMap<&'static str, String>) -> Result<Config, ConfigErrors> {
    Config::read(|name| variables.get(name).cloned())
}

fn wrong(variables: &BTreeMap<&'static str, String>) -> Vec<&'static str> {
    read(variables).unwrap_err().problems().iter().map(Problem::name).collect()
}

#[test]
fn what_is_optional_has_a_default() {
    let config = read(&complete()).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3002");
    assert_eq!(config.health_listen.to_string(), "127.0.0.1:3003");
    assert_eq!(config.log_level, Level::INFO);
    assert!(config.service_tokens.is_empty());
    assert!(config.admin_secret.is_none());
}

#[test]
fn all_that_is_missing_or_wrong_is_told_at_once_with_what_it_is_for() {
    let variables = BTreeMap::from([
        ("CF_ACCESS_TEAM_DOMAIN", "http://access.example.com".to_owned()),
        ("CF_ACCESS_SERVICE_TOKENS", "ci".to_owned()),
        ("LISTEN", "3002".to_owned()),
    ]);
    let told = read(&variables).unwrap_err().to_string();
    for part in [
        "CF_ACCESS_TEAM_DOMAIN is wrong",
        "CF_ACCESS_AUD is missing",
        "CF_ACCESS_SERVICE_TOKENS is wrong",
        "ADMIN_PANEL_ORIGIN is missing",
        "DATABASE_URL is missing",
        "LISTEN is wrong",
        "the AUD tags of the Access applications",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    assert_eq!(told.lines().count(), 7, "{told}");
}

#[test]
fn an_empty_variable_counts_as_missing() {
    assert_eq!(wrong(&with("CF_ACCESS_AUD", "")), ["CF_ACCESS_AUD"]);
}

#[test]
fn the_old_secret_is_accepted_when_that_is_allowed_and_not_when_it_is_left_over() {
    let allowed = |allow: &str, secret: &str| {
        let mut variables = with("ALLOW_ADMIN_SECRET", allow);
        variables.insert("ADMIN_SECRET", secret.to_owned());
        variables
    };
    assert!(read(&allowed("true", "secret")).unwrap().admin_secret.is_some());
    assert!(read(&allowed("false", "secret")).unwrap().admin_secret.is_none());
    assert!(read(&with("ADMIN_SECRET", "secret")).unwrap().admin_secret.is_none());
    assert_eq!(wrong(&allowed("true", "")), ["ADMIN_SECRET"]);
    assert_eq!(wrong(&allowed("yes", "secret")), ["ALLOW_ADMIN_SECRET"]);
}

#[test]
fn a_file_gives_the_value_without_its_last_line_end() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for end in ["", "\n", "\r\n"] {
        fs::write(file.path(), format!("{AUD}{end}")).unwrap();
        let mut variables = with("CF_ACCESS_AUD_FILE", file.path().to_str().unwrap());
        variables.remove("CF_ACCESS_AUD");
        assert_eq!(read(&variables).unwrap().audiences, [AUD.parse().unwrap()]);
    }
}

#[test]
fn a_variable_and_its_file_at_once_are_refused() {
    assert_eq!(wrong(&with("CF_ACCESS_AUD_FILE", "/dev/null")), ["CF_ACCESS_AUD"]);
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_not_taken_for_missing() {
    let mut variables = with("CF_ACCESS_AUD_FILE", "/nonexistent/aud");
    variables.remove("CF_ACCESS_AUD");
    let told = read(&variables).unwrap_err().to_string();
    assert!(told.contains("CF_ACCESS_AUD names a file"), "{told}");
}

#[test]
fn an_empty_file_counts_as_missing() {
    let mut variables = with("CF_ACCESS_AUD_FILE", "/dev/null");
    variables.remove("CF_ACCESS_AUD");
    assert_eq!(wrong(&variables), ["CF_ACCESS_AUD"]);
}

#[test]
fn no_value_is_told() {
    let told = read(&with("CF_ACCESS_AUD", "se cret")).unwrap_err().to_string();
    assert!(!told.contains("cret"), "{told}");
}

#[test]
fn lists_are_separated_by_commas() {
    let tokens = "0123.access, 4567.access";
    let config = read(&with("CF_ACCESS_SERVICE_TOKENS", tokens)).unwrap();
    assert_eq!(config.service_tokens.len(), 2);
    assert_eq!(
        wrong(&with("CF_ACCESS_SERVICE_TOKENS", "0123.access,")),
        ["CF_ACCESS_SERVICE_TOKENS"]
    );
}

#[test]
fn an_issuer_without_tls_is_taken_on_loopback_alone() {
    let config = read(&with("CF_ACCESS_TEAM_DOMAIN", "http://127.0.0.1:8080")).unwrap();
    assert_eq!(config.team.issuer(), "http://127.0.0.1:8080");
    let elsewhere = with("CF_ACCESS_TEAM_DOMAIN", "http://10.0.0.1:8080");
    assert_eq!(wrong(&elsewhere), ["CF_ACCESS_TEAM_DOMAIN"]);
}

#[test]
fn an_origin_is_written_as_browsers_write_it() {
    for origin in ["https://admin.verifluence.io", "https://a.io:8443", "http://localhost:5173"] {
        assert!(read(&with("ADMIN_PANEL_ORIGIN", origin)).is_ok(), "{origin}");
    }
    for origin in [
        "admin.verifluence.io",
        "https://admin.verifluence.io/",
        "https://Admin.verifluence.io",
        "https://admin.verifluence.io:443",
        "https://user@admin.verifluence.io",
        "http://admin.verifluence.io",
        "null",
        "*",
    ] {
        assert_eq!(wrong(&with("ADMIN_PANEL_ORIGIN", origin)), ["ADMIN_PANEL_ORIGIN"], "{origin}");
    }
}

#[test]
fn one_of_a_database_and_this_processs_memory_is_written_out() {
    assert!(matches!(read(&complete()).unwrap().storage, Storage::Postgres(_)));
    assert_eq!(wrong(&with("SINGLE_PROCESS", "true")), ["DATABASE_URL"]);
    assert_eq!(wrong(&with("DATABASE_URL", "")), ["DATABASE_URL"]);
    assert_eq!(wrong(&with("DATABASE_URL", "redis://127.0.0.1")), ["DATABASE_URL"]);
    let alone = |value: &str| {
        let mut variables = with("SINGLE_PROCESS", value);
        variables.remove("DATABASE_URL");
        variables
    };
    assert!(matches!(read(&alone("true")).unwrap().storage, Storage::SingleProcess));
    assert_eq!(wrong(&alone("yes")), ["SINGLE_PROCESS"]);
    assert_eq!(wrong(&alone("")), ["DATABASE_URL"]);
}

#[test]
fn no_password_is_shown() {
    let config = read(&with("DATABASE_URL", "postgres://admin:hunter2@db/x")).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    let told = read(&with("DATABASE_URL", "postgre://admin:hunter2@db/x")).unwrap_err();
    assert!(!told.to_string().contains("hunter2"), "{told}");
}

#[test]
fn the_tunnel_comes_from_networks() {
    for networks in ["172.28.0.0/24", "172.28.0.7", "172.28.0.0/24, fd00::/64"] {
        assert!(read(&with("TUNNEL_FROM", networks)).is_ok(), "{networks}");
    }
    for networks in ["cloudflared", "172.28.0.1/24", "172.28.0.0/24,", "172.28.0.0/33"] {
        assert_eq!(wrong(&with("TUNNEL_FROM", networks)), ["TUNNEL_FROM"], "{networks}");
    }
}
