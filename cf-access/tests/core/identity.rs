//! Who a token is about: a person, a service token, or neither.

use cf_access::{ClientId, ConfigError, Principal, VerifyError};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{CLIENT_ID, ISSUER, client_id, service_token, user, verify};

#[test]
fn names_a_person_by_id_and_email() {
    let identity = verify(&user().claim("sub", "id-1")).unwrap();
    let Principal::User(person) = identity.principal() else { panic!("not a person") };
    assert_eq!(person.id(), "id-1");
    assert_eq!(person.email(), "alice@example.com");
    assert_eq!(identity.email(), Some("alice@example.com"));
    assert_eq!(identity.country(), Some("US"));
    assert_eq!(identity.audience(), ISSUER.audience());
}

#[test]
fn names_a_service_token_by_its_client_id() {
    let identity = verify(&service_token()).unwrap();
    assert_eq!(*identity.principal(), Principal::ServiceToken(client_id()));
    assert_eq!(identity.email(), None);
    assert_eq!(identity.country(), None);
}

#[test]
fn refuses_what_mixes_a_person_with_a_service_token() {
    for mixed in [
        user().claim("common_name", CLIENT_ID),
        user().claim("sub", ""),
        user().claim("sub", "").claim("common_name", CLIENT_ID),
        user().without_claim("email").claim("common_name", CLIENT_ID),
        service_token().claim("sub", "id-1"),
        service_token().claim("email", "alice@example.com"),
        service_token().claim("email", ""),
    ] {
        assert_eq!(verify(&mixed).err(), Some(VerifyError::AmbiguousIdentity), "{mixed:?}");
    }
    let missing = Some(VerifyError::MissingClaim("sub"));
    assert_eq!(verify(&user().without_claim("sub")).err(), missing);
    assert_eq!(verify(&service_token().without_claim("sub")).err(), missing);
}

#[test]
fn accepts_a_person_whose_client_certificate_has_a_common_name() {
    assert!(verify(&user().claim("common_name", "alice.example.com")).is_ok());
    assert!(verify(&user().claim("common_name", "")).is_ok());
}

#[test]
fn refuses_half_a_person_and_half_a_service_token() {
    let email = verify(&user().without_claim("email")).err();
    assert_eq!(email, Some(VerifyError::MissingClaim("email")));
    let email = verify(&user().claim("email", "")).err();
    assert_eq!(email, Some(VerifyError::InvalidClaim("email")));
    let name = verify(&service_token().without_claim("common_name")).err();
    assert_eq!(name, Some(VerifyError::MissingClaim("common_name")));
    for other in ["", ".access", "certificate.example.com", "a b.access", "x.accesS"] {
        let refused = verify(&service_token().claim("common_name", other)).err();
        assert_eq!(refused, Some(VerifyError::AmbiguousIdentity), "{other}");
    }
}

#[test]
fn refuses_control_characters_and_other_types_in_what_it_hands_out() {
    for (name, token) in
        [("sub", user()), ("email", user()), ("country", user()), ("common_name", service_token())]
    {
        for value in [
            json!("a\nb"),
            json!("a\0b"),
            json!("\u{7f}"),
            json!("\u{85}"),
            json!(1),
            json!(null),
            json!(["a"]),
        ] {
            let refused = verify(&token.clone().claim(name, value.clone())).err();
            assert_eq!(refused, Some(VerifyError::InvalidClaim(name)), "{name}: {value}");
        }
    }
    assert!(verify(&user().claim("email", "käthe@example.com")).is_ok());
    assert!(verify(&user().without_claim("country")).is_ok());
}

#[test]
fn gives_the_claims_in_the_application_s_own_type() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Custom {
        department: String,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    struct Claims {
        custom: Custom,
    }
    let identity = verify(&user().claim("custom", json!({ "department": "x" }))).unwrap();
    let claims: Claims = identity.claims().unwrap();
    assert_eq!(claims, Claims { custom: Custom { department: "x".to_owned() } });
    assert!(identity.claims::<Vec<u8>>().is_err());
    let all: Value = identity.claims().unwrap();
    assert_eq!(all["type"], "app");
}

#[test]
fn reads_a_client_id_by_its_form() {
    assert_eq!(client_id().as_str(), CLIENT_ID);
    assert_eq!(client_id().to_string(), CLIENT_ID);
    let longest = format!("{}.access", "a".repeat(128));
    assert!(longest.parse::<ClientId>().is_ok());
    for other in [
        "",
        ".access",
        "access",
        "e367826f93b8d71185e03fe518aff3b4",
        "a.access.example.com",
        "a.ACCESS",
        " a.access",
        "a.access ",
        "a\n.access",
        "é.access",
        &format!("a{longest}"),
    ] {
        assert_eq!(other.parse::<ClientId>(), Err(ConfigError::ClientId), "{other}");
    }
}
