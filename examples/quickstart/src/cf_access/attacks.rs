//! A stand-in for Cloudflare Access, and requests to the origin, most of them hostile.

use std::error::Error;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cf_access::TeamKeys;
use cf_access::testing::{Issuer, Token};
use testkit::issuer::IssuerServer;
use tokio::net::TcpListener;

use super::{AUDIENCE, DEPLOY_BOT};
use crate::table::Table;

const ALICE: &str = "alice@verifluence.io";
const OTHER_APPLICATION: &str = "0d9e4d6c1c2b4f0d9a0e4a4ab0a9f9a1c7c9d1f2b3a4958677665544332211ff";

/// The issuer and the origin, listening.
pub(crate) struct Scene {
    issuer: IssuerServer,
    origin: String,
}

impl Scene {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let issuer = IssuerServer::start(AUDIENCE.parse()?).await?;
        let keys = TeamKeys::fetch(issuer.team().clone())?;
        keys.ready().await;
        let access = super::configure(keys)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}/whoami", listener.local_addr()?);
        tokio::spawn(super::run(listener, access));
        Ok(Self { issuer, origin })
    }

    #[expect(clippy::print_stdout, reason = "these lines are to be pasted")]
    pub(crate) fn print_curl(&self) {
        let curl = |comment: &str, token: &str| {
            let header = format!("Cf-Access-Jwt-Assertion: {token}");
            println!("# {comment}\ncurl -i -H '{header}' {}\n", self.origin);
        };
        curl("a person of the team", &self.issuer.user(ALICE));
        curl("a person of another domain: 403 denied", &self.issuer.user("eve@example.com"));
        curl(
            "a token of another application: 401 wrong_audience",
            &self.issuer.with(for_another_application),
        );
        println!("# no token: 401 missing\ncurl -i {}\n", self.origin);
        println!("Ctrl-C ends the servers.");
    }

    pub(crate) async fn play(&self, table: &mut Table) -> Result<(), Box<dyn Error>> {
        Table::section("cf-access: who Cloudflare Access let in");
        let client = reqwest::Client::new();
        for (sent, headers, must) in self.issuer.with(requests)? {
            let mut request = client.get(&self.origin);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let answer = request.send().await?;
            let code =
                answer.headers().get("x-code").map_or("-", |code| code.to_str().unwrap_or("?"));
            table.line(sent, (answer.status().as_u16(), code), must);
        }
        Ok(())
    }
}

/// What is sent: a description, the headers, and the status and code that must come.
fn requests(issuer: &Issuer) -> Result<Vec<Line>, Box<dyn Error>> {
    let alice = || issuer.user(ALICE);
    let deploy_bot = issuer.service_token(&DEPLOY_BOT.parse()?);
    let genuine = alice().token();
    let mallory = Issuer::at(issuer.team().clone(), issuer.audience().clone());
    let spoofed = ("cf-access-authenticated-user-email", ALICE.to_owned());

    let ok = (200, "-");
    let refused = |code| (401, code);
    let with = |sent, token: Token<'_>, must| (sent, vec![header(token.token())], must);
    Ok(vec![
        with("a person of the team", alice(), ok),
        with("the service token that the policy names", deploy_bot.clone(), ok),
        ("no token", vec![], refused("missing")),
        (
            "only the header with the e-mail, which anyone can set",
            vec![spoofed],
            refused("missing"),
        ),
        ("two tokens", vec![header(genuine.clone()), header(genuine.clone())], refused("several")),
        ("not a token", vec![header("secret".to_owned())], refused("malformed")),
        with("9 KiB", alice().claim("x", "x".repeat(7000)), refused("too_large")),
        ("alg none, and no signature", vec![header(unsigned()?)], refused("malformed")),
        with(
            "alg none, and a signature",
            alice().header("alg", "none"),
            refused("unsupported_alg"),
        ),
        with(
            "alg HS256, to use the public key as a secret",
            alice().header("alg", "HS256"),
            refused("unsupported_alg"),
        ),
        with(
            "an extension that must be understood",
            alice().header("crit", vec!["exp"]),
            refused("critical_header"),
        ),
        with("another kind of token", alice().header("typ", "at+jwt"), refused("wrong_type")),
        with("no kid", alice().without_header("kid"), refused("missing_kid")),
        with("a key of the attacker's own", mallory.user(ALICE), refused("unknown_kid")),
        with(
            "the attacker's key under the team's kid",
            mallory.user(ALICE).header("kid", kid(issuer)?),
            refused("bad_signature"),
        ),
        (
            "a genuine token with another e-mail put in",
            vec![header(tampered(&genuine)?)],
            refused("bad_signature"),
        ),
        (
            "a token of another application of the team",
            vec![header(for_another_application(issuer))],
            refused("wrong_audience"),
        ),
        with("no audience", alice().without_claim("aud"), refused("missing_claim")),
        with(
            "another issuer, who ends alike",
            alice().claim("iss", format!("{}.evil.example", issuer.team())),
            refused("wrong_issuer"),
        ),
        with("the team's session token", alice().claim("type", "org"), refused("wrong_type")),
        with("expired", alice().lifetime(hours_ago(2), HOUR), refused("expired")),
        with("an expiry that is text", alice().claim("exp", "never"), refused("invalid_claim")),
        with("not valid yet", alice().claim("nbf", 253_402_300_799_u64), refused("not_yet_valid")),
        with(
            "issued in the future",
            alice().claim("iat", 253_402_300_799_u64),
            refused("issued_in_future"),
        ),
        with(
            "a person and a service token in one",
            alice().claim("common_name", DEPLOY_BOT),
            refused("ambiguous_identity"),
        ),
        with(
            "a service token that the policy does not name",
            deploy_bot.claim("common_name", "other.access"),
            (403, "denied"),
        ),
        with(
            "a person of a domain that ends alike",
            issuer.user("eve@evilverifluence.io"),
            (403, "denied"),
        ),
    ])
}

fn for_another_application(issuer: &Issuer) -> String {
    issuer.user(ALICE).claim("aud", vec![OTHER_APPLICATION]).token()
}

/// The name of the key that signs.
fn kid(issuer: &Issuer) -> Result<String, Box<dyn Error>> {
    let certs: serde_json::Value = serde_json::from_str(&issuer.certs())?;
    let kid = certs.pointer("/public_cert/kid").and_then(serde_json::Value::as_str);
    Ok(kid.ok_or("no kid")?.to_owned())
}

type Line = (&'static str, Vec<(&'static str, String)>, (u16, &'static str));

fn header(token: String) -> (&'static str, String) {
    ("cf-access-jwt-assertion", token)
}

/// RFC 7519 §6.1: an unsecured token.
fn unsigned() -> Result<String, Box<dyn Error>> {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let claims = serde_json::json!({ "aud": AUDIENCE, "email": ALICE });
    Ok(format!("{header}.{}.", URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims)?)))
}

fn tampered(genuine: &str) -> Result<String, Box<dyn Error>> {
    let mut parts = genuine.split('.');
    let (Some(header), Some(payload), Some(signature)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err("not three parts".into());
    };
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(payload)?)?;
    let payload = URL_SAFE_NO_PAD.encode(claims.replace("alice@", "carol@"));
    Ok(format!("{header}.{payload}.{signature}"))
}

#[expect(clippy::disallowed_methods, reason = "the tokens are issued around the present")]
fn hours_ago(hours: u32) -> SystemTime {
    HOUR.checked_mul(hours)
        .and_then(|ago| SystemTime::now().checked_sub(ago))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

const HOUR: Duration = Duration::from_secs(3600);
