//! Tokens with times that are no times, or not now.

use std::time::SystemTime;

use serde_json::json;
use siwe_session::SessionError;

use crate::forge::{H1, by_h1, claims, seconds};
use crate::now;
use crate::tokens_hostile::{Hostile, check};

/// With other times.
pub(crate) fn times(now: SystemTime) -> Vec<Hostile> {
    use SessionError::{Expired, IssuedInFuture, Malformed, Over};
    let good = claims(now);
    let text = good.to_string();
    let now = seconds(now);
    let mut cases = Vec::new();
    for name in ["auth_time", "iat", "exp"] {
        let own = format!(r#""{name}":{}"#, good[name]);
        let value = good[name].as_u64().unwrap();
        for other in [
            format!("{value}.0"),
            format!("{value}.5"),
            format!("{value}e0"),
            format!("\"{value}\""),
            format!("-{value}"),
            "-1".to_owned(),
            format!("0{value}"),
            format!("+{value}"),
            format!("0x{value:x}"),
            "18446744073709551616".to_owned(),
            "1e400".to_owned(),
            "1e10".to_owned(),
            "NaN".to_owned(),
            "Infinity".to_owned(),
        ] {
            let payload = text.replace(&own, &format!(r#""{name}":{other}"#));
            assert_ne!(payload, text);
            cases.push((format!("{name} is {other}"), by_h1(H1, &payload), Malformed));
        }
    }
    for (auth_time, iat, exp, error) in [
        // at the second, and at one before
        (now - 9, now - 9, now, Expired),
        (now - 9, now - 9, now - 1, Expired),
        (0, 0, 1, Expired),
        // beyond the leeway of 30 seconds
        (now, now + 31, now + 60, IssuedInFuture),
        (now + 31, now + 31, now + 60, IssuedInFuture),
        (now, u64::MAX - 1, u64::MAX, IssuedInFuture),
        // begun a day ago
        (now - 86_400, now, now + 60, Over),
        (now - 86_401, now, now + 60, Over),
        (0, now, now + 86_400, Over),
        // longer than any may live
        (now, now, now + 86_401, Malformed),
        (now, now, u64::MAX, Malformed),
        // no order of time
        (now + 1, now, now + 60, Malformed),
        (now, now, now, Malformed),
        (now, now, now - 1, Malformed),
        (now, now, 0, Malformed),
        (u64::MAX, now, now + 60, Malformed),
        (now, u64::MAX, u64::MAX, Malformed),
    ] {
        let mut claims = good.clone();
        claims["auth_time"] = json!(auth_time);
        claims["iat"] = json!(iat);
        claims["exp"] = json!(exp);
        let name = format!("{auth_time} {iat} {exp} at {now}");
        cases.push((name, by_h1(H1, &claims.to_string()), error));
    }
    cases
}

#[test]
fn no_other_time_holds() {
    check(times(now()));
}
