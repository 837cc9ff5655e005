//! What is refused when it is built, and what the handles promise.

use std::time::Duration;

use cf_access::{
    AccessIdentity, Audience, CfAccess, ClientId, ConfigError, KeySet, Policy, TeamDomain,
    TeamKeys, VerifyError,
};

use crate::{CLIENT_ID, ISSUER, access, builder, now, user};

#[test]
fn refuses_to_be_built_without_an_audience() {
    let built = CfAccess::builder(ISSUER.keys(), []).build();
    assert_eq!(built.err(), Some(ConfigError::NoAudience));
}

#[test]
fn refuses_an_empty_or_unprintable_audience() {
    let longest = "a".repeat(128);
    assert_eq!(longest.parse::<Audience>().unwrap().as_str(), longest);
    assert_eq!("aud".parse::<Audience>().unwrap().to_string(), "aud");
    for other in ["", " ", "a b", "a\n", "é", "a\u{7f}", &"a".repeat(129)] {
        assert_eq!(other.parse::<Audience>(), Err(ConfigError::Audience), "{other}");
    }
}

#[test]
fn refuses_a_leeway_over_300_seconds() {
    assert!(builder().leeway(Duration::from_secs(300)).build().is_ok());
    let over = builder().leeway(Duration::from_secs(300) + Duration::from_nanos(1)).build();
    assert_eq!(over.err(), Some(ConfigError::Leeway));
}

#[test]
fn shares_one_configuration_among_clones_and_threads() {
    let access = access();
    let clone = access.clone();
    let token = user().token();
    let verified = std::thread::spawn(move || clone.verify(token, now()).is_ok()).join().unwrap();
    assert!(verified);
    assert!(access.verify(user().token(), now()).is_ok());
}

#[test]
fn serves_several_audiences_from_the_same_keys() {
    let keys = ISSUER.keys();
    let other: Audience = "other".parse().unwrap();
    let one = CfAccess::builder(keys.clone(), [ISSUER.audience().clone()]).build().unwrap();
    let two = CfAccess::builder(keys.clone(), [other.clone()]).build().unwrap();
    assert_eq!(keys.team(), ISSUER.team());
    assert!(one.verify(user().token(), now()).is_ok());
    assert_eq!(two.verify(user().token(), now()).err(), Some(VerifyError::WrongAudience));
    assert!(two.verify(user().audience(&other).token(), now()).is_ok());
}

#[test]
fn every_public_type_can_be_shared_among_threads() {
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<AccessIdentity>();
    is_shared::<Audience>();
    is_shared::<CfAccess>();
    is_shared::<ClientId>();
    is_shared::<ConfigError>();
    is_shared::<KeySet>();
    is_shared::<Policy>();
    is_shared::<TeamDomain>();
    is_shared::<TeamKeys>();
    is_shared::<VerifyError>();
}

#[cfg(feature = "serde")]
#[test]
fn reads_from_a_configuration_file_what_parses_and_refuses_the_rest() {
    #[derive(serde::Deserialize)]
    struct Config {
        team: TeamDomain,
        audience: Audience,
        client: ClientId,
    }
    let config = |team: &str, audience: &str, client: &str| {
        let json = serde_json::json!({ "team": team, "audience": audience, "client": client });
        serde_json::from_value::<Config>(json)
    };
    let read = config("myteam", "aud", CLIENT_ID).unwrap();
    assert_eq!(read.team.issuer(), "https://myteam.cloudflareaccess.com");
    assert_eq!(read.audience.as_str(), "aud");
    assert_eq!(read.client.as_str(), CLIENT_ID);
    assert!(config("my team", "aud", CLIENT_ID).is_err());
    assert!(config("myteam", "", CLIENT_ID).is_err());
    let message = config("myteam", "aud", "x").err().unwrap().to_string();
    assert_eq!(message, ConfigError::ClientId.to_string());
}
