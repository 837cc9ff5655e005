//! Group `cf-access`: one token verified, what a hostile one costs, and a request through the layer.

mod layer;

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cf_access::testing::Issuer;
use cf_access::{CfAccess, TokenPart, VerifyError};
use futures_util::FutureExt;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use jwks_client_rs::source::JwksSource;
use jwks_client_rs::{JsonWebKeySet, JwksClient, JwksClientError};
use serde::Deserialize;

use crate::allocations;
use crate::measure::{Candidate, Goal, Table};

const GROUP: &str = "cf-access";

/// Fills the group's rows.
pub fn run(table: &mut Table) {
    let issuer = Issuer::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "the peers read the clock, so ours gets the same"
    )]
    let now = SystemTime::now();
    let access =
        CfAccess::builder(issuer.keys(), [issuer.audience().clone()]).build().expect("an audience");
    let verify = |token: &str| access.verify(token, now);

    let user = issuer.user("alice@verifluence.io").token();
    let service = issuer
        .service_token(&"e367826f93b8d71185e03fe518aff3b4.access".parse().expect("a client id"))
        .token();
    for (case, token) in [("verify_user", &user), ("verify_service_token", &service)] {
        let certs = issuer.certs();
        let floor = raw(&certs, token);
        let jsonwebtoken = jsonwebtoken_peer(&issuer);
        let jwks_client = jwks_client_peer(&issuer);
        verify(token).expect("a genuine token");
        jsonwebtoken(token).expect("a genuine token");
        jwks_client(token).expect("a genuine token");
        table.row(
            GROUP,
            case,
            Candidate::new("ours", || verify(token)),
            vec![
                Candidate::new("jsonwebtoken-11.1/aws_lc_rs:decode_header+decode", || {
                    jsonwebtoken(token)
                }),
                Candidate::new("jwks_client_rs-0.6/aws_lc_rs:decode", || jwks_client(token)),
            ],
            Candidate::new("aws-lc-rs:ParsedPublicKey::verify_sig", floor),
            Goal::FloorAndPeer(1.12, 1.25),
        );
    }

    layer::run(table, &issuer, &access, now);

    let rejects = rejects(&issuer, &user, now);
    for (case, expected, token) in &rejects {
        assert_eq!(verify(token).err(), Some(*expected), "{case}");
        if *expected != VerifyError::BadSignature {
            table.row(
                GROUP,
                &format!("reject_{case}"),
                Candidate::new("ours", || verify(token)),
                Vec::new(),
                Candidate::new("cf-access:verify_user", || verify(&user)),
                Goal::Floor(0.1),
            );
        }
    }
    for (case, _, token) in &rejects {
        let allocations = allocations::count(|| verify(token));
        table.no_allocation(GROUP, &format!("allocations_{case}"), allocations);
    }
}

/// A token for each way to be refused before a claim is read.
fn rejects(
    issuer: &Issuer,
    user: &str,
    now: SystemTime,
) -> Vec<(&'static str, VerifyError, String)> {
    const TOKEN: VerifyError = VerifyError::Malformed(TokenPart::Compact);
    const HEADER: VerifyError = VerifyError::Malformed(TokenPart::Header);
    let draft = || issuer.user("alice@verifluence.io").lifetime(now, Duration::from_secs(3600));
    let many: String = (0..120).map(|n| format!(r#","{n}":[]"#)).collect();
    let many = format!(r#"{{"alg":"RS256","kid":"k"{many}}}"#);
    let spaces = format!("{:<1024}", r#"{"alg":"RS256","kid":"k"}"#);
    let long = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(1000));
    let unknown = draft().header("kid", "k").claim("x", "x".repeat(5400)).token();
    let deep = br#"{"alg":"RS256","kid":"k","x":[[[[[[[[[1]]]]]]]]]}"#;
    let twice = br#"{"alg":"RS256","kid":"k","kid":"k"}"#;
    let (signed, _) = user.rsplit_once('.').expect("three parts");
    vec![
        ("too_large", VerifyError::TooLarge, format!("{user}{}", "A".repeat(8192))),
        ("too_large_header", VerifyError::TooLarge, issuer.sign(&[b' '; 1025], b"{}")),
        ("no_dots", TOKEN, "A".repeat(8192)),
        ("only_dots", TOKEN, ".".repeat(8192)),
        ("alphabet", TOKEN, format!("{signed}=.AAAA")),
        ("deep_header", HEADER, issuer.sign(deep, b"{}")),
        ("duplicate_kid", HEADER, issuer.sign(twice, b"{}")),
        ("alg_none", VerifyError::UnsupportedAlg, draft().header("alg", "none").token()),
        ("crit", VerifyError::CriticalHeader, draft().header("crit", vec!["exp"]).token()),
        ("typ", VerifyError::WrongType, draft().header("typ", "at+jwt").token()),
        ("missing_kid", VerifyError::MissingKid, draft().without_header("kid").token()),
        ("unknown_kid", VerifyError::UnknownKid, draft().header("kid", "f".repeat(64)).token()),
        ("long_payload", VerifyError::UnknownKid, unknown),
        ("many_members", HEADER, issuer.sign(many.as_bytes(), b"{}")),
        ("long_kid", VerifyError::UnknownKid, issuer.sign(long.as_bytes(), b"{}")),
        ("spaces", VerifyError::UnknownKid, issuer.sign(spaces.as_bytes(), b"{}")),
        ("bad_signature", VerifyError::BadSignature, format!("{signed}.{}", "A".repeat(342))),
    ]
}

/// The floor: the signature alone, over the same bytes, with the key ready.
fn raw(certs: &str, token: &str) -> impl FnMut() + use<> {
    let set: serde_json::Value = serde_json::from_str(certs).expect("a certs document");
    let kid = decode_header(token).expect("a header").kid.expect("a kid");
    let jwk = set["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .find(|jwk| jwk["kid"] == *kid)
        .expect("the key")
        .clone();
    let uint =
        |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().expect("text")).expect("base64url");
    let key = RsaPublicKeyComponents { n: uint("n"), e: uint("e") }
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .expect("a key");
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let (signed, signature) =
        (signed.to_owned(), URL_SAFE_NO_PAD.decode(signature).expect("base64url"));
    move || key.verify_sig(signed.as_bytes(), &signature).expect("a genuine signature")
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "what an application reads of a token, for the peers to fill")]
struct Claims {
    aud: Vec<String>,
    iss: String,
    exp: u64,
    iat: u64,
    sub: String,
    email: Option<String>,
    common_name: Option<String>,
    country: Option<String>,
    r#type: Option<String>,
}

fn jsonwebtoken_peer(
    issuer: &Issuer,
) -> impl Fn(&str) -> jsonwebtoken::errors::Result<Claims> + use<> {
    let set: JwkSet = serde_json::from_str(&issuer.certs()).expect("a certs document");
    let keys: HashMap<String, DecodingKey> = set
        .keys
        .iter()
        .map(|jwk| {
            let kid = jwk.common.key_id.clone().expect("a kid");
            (kid, DecodingKey::from_jwk(jwk).expect("a key"))
        })
        .collect();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[issuer.audience().as_str()]);
    validation.set_issuer(&[issuer.team().issuer()]);
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    validation.validate_nbf = true;
    move |token| {
        let kid = decode_header(token)?.kid.unwrap_or_default();
        Ok(decode(token, &keys[&kid], &validation)?.claims)
    }
}

struct InMemory(String);

#[async_trait::async_trait]
impl JwksSource for InMemory {
    async fn fetch_keys(&self) -> Result<JsonWebKeySet, JwksClientError> {
        Ok(serde_json::from_str(&self.0).expect("a certs document"))
    }
}

fn jwks_client_peer(issuer: &Issuer) -> impl Fn(&str) -> Result<Claims, JwksClientError> + use<> {
    let client = JwksClient::builder().build(InMemory(issuer.certs()));
    let audience = issuer.audience().to_string();
    move |token| {
        let audiences = [&audience];
        let decoded = client.decode(token, &audiences);
        decoded.now_or_never().expect("keys in memory")
    }
}
