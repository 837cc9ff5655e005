//! What an application adds to a session.

use siwe_session::{Claims, ConfigError};

fn with(name: &str, value: &str) -> Result<Claims, ConfigError> {
    Claims::new().with(name, value)
}

#[test]
fn a_claim_has_the_value_that_it_was_given_last() {
    let claims = with("role", "admin").unwrap().with("team", "").unwrap();
    assert_eq!(claims.get("role"), Some("admin"));
    assert_eq!(claims.get("team"), Some(""));
    assert_eq!(claims.get("Role"), None);
    assert_eq!(claims.with("role", "none").unwrap().get("role"), Some("none"));
    assert_eq!(Claims::new(), Claims::default());
    assert_eq!(Claims::new().get(""), None);
}

#[test]
fn a_name_has_1_to_64_bytes() {
    assert!(with("n", "").is_ok());
    assert!(with(&"n".repeat(64), "").is_ok());
    assert!(with(&"é".repeat(32), "").is_ok());
    for name in [String::new(), "n".repeat(65), "é".repeat(33)] {
        assert_eq!(with(&name, ""), Err(ConfigError::Claims), "{name}");
    }
}

#[test]
fn there_are_16_claims_at_most() {
    let mut claims = Claims::new();
    for number in 0..16 {
        claims = claims.with(number.to_string(), "").unwrap();
    }
    assert_eq!(claims.clone().with("16", ""), Err(ConfigError::Claims));
    // In the place of another, there is room.
    assert!(claims.with("15", "x").is_ok());
}

#[test]
fn all_of_them_have_1024_bytes_at_most_as_json_writes_them() {
    assert!(with("n", &"v".repeat(1023)).is_ok());
    assert_eq!(with("n", &"v".repeat(1024)), Err(ConfigError::Claims));
    let half = with("a", &"v".repeat(511)).unwrap();
    assert!(half.clone().with("b", "v".repeat(511)).is_ok());
    assert_eq!(half.with("b", "v".repeat(512)), Err(ConfigError::Claims));
    for (text, bytes) in [
        (" ", 1),
        ("é", 2),
        ("€", 3),
        ("😀", 4),
        ("\0", 6),
        ("\n", 6),
        ("\u{1f}", 6),
        ("\"", 6),
        ("\\", 6),
    ] {
        let most = 1020 / bytes;
        let name = "n".repeat(1024 - most * bytes);
        assert!(with(&name, &text.repeat(most)).is_ok(), "{text:?}");
        assert_eq!(with(&format!("{name}n"), &text.repeat(most)), Err(ConfigError::Claims));
    }
    // Names count as well.
    let escaped = with(&"\n".repeat(64), &"v".repeat(1024 - 6 * 64));
    assert!(escaped.is_ok());
    assert_eq!(with(&"\n".repeat(64), &"v".repeat(1025 - 6 * 64)), Err(ConfigError::Claims));
}

#[test]
fn what_is_read_has_the_same_limits_and_each_name_once() {
    let read = |json: &str| serde_json::from_str::<Claims>(json);
    assert_eq!(read("{}").unwrap(), Claims::new());
    assert_eq!(read(r#"{"role":"admin"}"#).unwrap(), with("role", "admin").unwrap());
    let long = format!(r#"{{"n":"{}"}}"#, "v".repeat(1024));
    for other in [r#"{"":""}"#, r#"{"a":"b","a":"c"}"#, r#"{"a":1}"#, r#"{"a":null}"#, "[]", &long]
    {
        assert!(read(other).is_err(), "{other}");
    }
    let claims = with("role", "admin").unwrap().with("a", "\n").unwrap();
    let text = serde_json::to_string(&claims).unwrap();
    assert_eq!(text, r#"{"a":"\n","role":"admin"}"#);
    assert_eq!(read(&text).unwrap(), claims);
}
