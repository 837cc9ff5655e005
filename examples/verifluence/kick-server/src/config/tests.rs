use std::collections::BTreeMap;
use std::fs;

use serve::Problem;

use super::*;

fn complete() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("KICK_BROADCASTERS", "7".to_owned()),
        ("KICK_DATA", "/var/lib/kick".to_owned()),
    ])
}

fn with(name: &'static str, value: impl Into<String>) -> BTreeMap<&'static str, String> {
    let mut variables = complete();
    variables.insert(name, value.into());
    variables
}

fn without(name: &'static str) -> BTreeMap<&'static str, String> {
    with(name, "")
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
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.admin_listen.to_string(), "127.0.0.1:3001");
    assert_eq!(config.keep_for, DAY * 30);
    assert_eq!(config.log_level, Level::INFO);
    assert!(config.campaigns.is_none());
    let published = kick_hmac::KickPublicKey::published().fingerprint();
    assert_eq!(config.signer.fingerprint(), Some(published));
}

#[test]
fn all_that_is_missing_or_wrong_is_told_at_once_with_what_it_is_for() {
    let variables = BTreeMap::from([
        ("ADMIN_LISTEN", "3001".to_owned()),
        ("DATABASE_URL", "mysql://root:hunter2@db/kick".to_owned()),
        ("KICK_KEEP_DAYS", "0".to_owned()),
        ("KICK_PUBLIC_KEY_FILE", "/nonexistent/kick.pem".to_owned()),
        ("TUNNEL_FROM", "172.30.0.0/29, cloudflared".to_owned()),
    ]);
    let told = read(&variables).unwrap_err().to_string();
    for part in [
        "ADMIN_LISTEN is wrong",
        "DATABASE_URL is wrong",
        "KICK_BROADCASTERS is missing",
        "KICK_KEEP_DAYS is wrong",
        "KICK_PUBLIC_KEY_FILE is wrong",
        "TUNNEL_FROM is wrong",
        "the user ids of the broadcasters",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    assert_eq!(told.lines().count(), 7, "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn nobody_keeps_everybodys_events_without_writing_so() {
    assert_eq!(wrong(&without("KICK_BROADCASTERS")), ["KICK_BROADCASTERS"]);
    for list in [",", "7,", "*", "any,7", "Any", "-1", "user", "7 8"] {
        assert_eq!(wrong(&with("KICK_BROADCASTERS", list)), ["KICK_BROADCASTERS"], "{list}");
    }
    let told = |list| format!("{:?}", read(&with("KICK_BROADCASTERS", list)).unwrap().broadcasters);
    assert_eq!(told("any"), "Broadcasters(any)");
    assert_eq!(told("7, 8"), "Broadcasters(only 2)");
}

#[test]
fn campaigns_are_named_or_all_of_them() {
    for list in [",", "a,", "any,a"] {
        assert_eq!(wrong(&with("KICK_DROPS_CAMPAIGNS", list)), ["KICK_DROPS_CAMPAIGNS"], "{list}");
    }
    let told = |list| {
        let campaigns = read(&with("KICK_DROPS_CAMPAIGNS", list)).unwrap().campaigns;
        format!("{:?}", campaigns.unwrap())
    };
    assert_eq!(told("any"), "Campaigns(any)");
    assert_eq!(told("01JQ79DGGK8C9117GJN8EHCYGG"), "Campaigns(only 1)");
}

#[test]
fn events_are_kept_in_one_place() {
    assert_eq!(wrong(&without("KICK_DATA")), ["KICK_DATA"]);
    let url = "postgres://kick:hunter2@db/kick";
    assert_eq!(wrong(&with("DATABASE_URL", url)), ["KICK_DATA"]);

    let mut variables = without("KICK_DATA");
    variables.insert("DATABASE_URL", url.to_owned());
    let config = read(&variables).unwrap();
    assert!(matches!(config.storage, Storage::Postgres(_)));
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");

    // The password need not be in the environment.
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), format!("{url}\n")).unwrap();
    variables.remove("DATABASE_URL");
    variables.insert("DATABASE_URL_FILE", file.path().to_str().unwrap().to_owned());
    assert!(matches!(read(&variables).unwrap().storage, Storage::Postgres(_)));
}

#[test]
fn kick_signs_or_a_relay_and_not_both() {
    let mut variables = with("KICK_PUBLIC_KEY_FILE", "/dev/null");
    variables.insert("KICK_RELAY_SECRET_FILE", "/dev/null".to_owned());
    assert_eq!(wrong(&variables), ["KICK_PUBLIC_KEY_FILE"]);
}

#[test]
fn a_relay_has_one_secret_or_two_a_line_each() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    for good in [secret.to_owned(), format!("{secret}\n"), format!("\n{secret}\r\n{secret}\n\n")] {
        fs::write(file.path(), &good).unwrap();
        assert!(read(&with("KICK_RELAY_SECRET_FILE", path)).is_ok(), "{good:?}");
    }
    let three = [secret; 3].join("\n");
    for bad in ["", "\n", "c2hvcnQ=", "not base64 at all", &three, &" ".repeat(20_000)] {
        fs::write(file.path(), bad).unwrap();
        let told = read(&with("KICK_RELAY_SECRET_FILE", path)).unwrap_err().to_string();
        assert!(told.contains("KICK_RELAY_SECRET_FILE is wrong"), "{told}");
        assert!(!told.contains("c2hvcnQ") && !told.contains("MDEy"), "{told}");
    }
}

#[test]
fn a_key_file_holds_one_public_key() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for bad in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        fs::write(file.path(), bad).unwrap();
        let variables = with("KICK_PUBLIC_KEY_FILE", file.path().to_str().unwrap());
        assert_eq!(wrong(&variables), ["KICK_PUBLIC_KEY_FILE"]);
    }
}

#[test]
fn a_variable_and_its_file_at_once_are_refused() {
    assert_eq!(wrong(&with("KICK_BROADCASTERS_FILE", "/dev/null")), ["KICK_BROADCASTERS"]);
}
