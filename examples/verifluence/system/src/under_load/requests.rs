use std::error::Error;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use cf_access::testing::Issuer;
use kick_hmac::testing::{KickSigner, Message};
use load::Request;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use siwe_session::testing::{Site, Wallet};
use siwe_session::{Audience, Claims};
use testkit::haproxy::Edge;
use verifluence::{ADMIN_API, API, AUDIENCE, KICK, System, WEB};

/// What people and staff ask for.
pub(crate) async fn good(system: &System) -> Result<Vec<Vec<Request>>, Box<dyn Error>> {
    let session = sign_in(system).await?;
    let bearer = ("Authorization", format!("Bearer {session}"));
    let staff = ("Cookie", access(&system.issuer.user("alice@verifluence.io")));
    let get = |kind, host, path, header: Option<&(&str, String)>| {
        vec![request(kind, "GET", host, path, header.into_iter().cloned(), b"")]
    };
    Ok(vec![
        get("streams", API, "/api/streams", None),
        get("me", API, "/api/me", Some(&bearer)),
        get("watchlist", API, "/api/watchlist", Some(&bearer)),
        get("admin: streams", ADMIN_API, "/api/streams", Some(&staff)),
    ])
}

/// What Kick sends, each once.
pub(crate) fn deliveries(system: &System, count: usize) -> Vec<Request> {
    let event = || system.kick.event("channel.followed", FOLLOW);
    (0..count).map(|_| delivery("delivery", &event())).collect()
}

/// What is sent by who would like to be somebody else.
pub(crate) fn hostile(system: &System) -> Result<Vec<Request>, Box<dyn Error>> {
    let of = |kind, method, host, path, headers: &[(&'static str, &str)]| {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        request(kind, method, host, path, headers, b"")
    };
    // Sessions of somebody else's keys.
    let elsewhere = Site::for_audience(Audience::origin(WEB)?.chains([1]));
    let forged = elsewhere.token(&Wallet::new(), Claims::new(), now());
    let forged = format!("Bearer {forged}");
    let garbage = format!("Bearer {}", "e".repeat(2000));

    let issuer = &system.issuer;
    let stranger = access(&issuer.user("mallory@example.com"));
    let impostor = Issuer::at(issuer.team().clone(), AUDIENCE.parse()?);
    let impostor = access(&impostor.user("alice@verifluence.io").token());
    let genuine = issuer.user("alice@verifluence.io");
    let other = issuer
        .with(|it| it.user("alice@verifluence.io").claim("aud", json!(["0".repeat(64)])).token());
    let other = access(&other);
    let expired = issuer.with(|it| {
        let user = it.user("alice@verifluence.io");
        user.lifetime(hours_ago(2), Duration::from_secs(3600)).token()
    });
    let expired = access(&expired);
    let staff = access(&genuine);

    let event = || system.kick.event("channel.followed", FOLLOW);
    let mut altered = delivery("altered delivery", &event());
    altered.body = FOLLOW.replace('8', "9").into_bytes();
    let others_key = KickSigner::new();
    let elsewhere = system.kick.event("channel.followed", FOLLOW.replace('7', "6"));
    Ok(vec![
        of("nobody", "GET", API, "/api/me", &[]),
        of("forged session", "GET", API, "/api/me", &[("Authorization", &forged)]),
        of("garbage session", "GET", API, "/api/me", &[("Authorization", &garbage)]),
        of(
            "sign-in of another site",
            "POST",
            API,
            "/api/auth/verify",
            &[("Origin", "https://evil.example")],
        ),
        of("nobody's watchlist", "POST", API, "/api/watchlist/rust", &[]),
        of("nobody of the staff", "GET", ADMIN_API, "/api/streams", &[]),
        of("stranger", "GET", ADMIN_API, "/api/streams", &[("Cookie", &stranger)]),
        of("forged token", "GET", ADMIN_API, "/api/streams", &[("Cookie", &impostor)]),
        of("other application", "GET", ADMIN_API, "/api/streams", &[("Cookie", &other)]),
        of("expired token", "GET", ADMIN_API, "/api/streams", &[("Cookie", &expired)]),
        of(
            "edge's own header",
            "GET",
            ADMIN_API,
            "/api/streams",
            &[("Cf-Access-Jwt-Assertion", &genuine)],
        ),
        of("old secret", "GET", ADMIN_API, "/api/streams", &[("X-Admin-Secret", "changeme")]),
        of(
            "cross-site post",
            "POST",
            ADMIN_API,
            "/api/operators",
            &[
                ("Cookie", &staff),
                ("Origin", "https://evil.example"),
                ("Sec-Fetch-Site", "cross-site"),
            ],
        ),
        altered,
        delivery("delivery of another key", &others_key.event("channel.followed", FOLLOW)),
        delivery("late delivery", &event().sent_at(hours_ago(1))),
        delivery("another broadcaster's", &elsewhere),
        of("unsigned delivery", "POST", KICK, "/", &[]),
        of("other host", "GET", "db.verifluence.io", "/", &[]),
    ])
}

/// At the API itself, from the address that the tunnel has.
async fn sign_in(system: &System) -> Result<String, Box<dyn Error>> {
    let client = Client::builder().no_proxy().local_address(IpAddr::from(Edge::TUNNEL)).build()?;
    let url = |path: &str| format!("http://{}{path}", system.api.listen);
    let wallet = Wallet::new();
    let (asked, cookie) = answer(client.get(url("/api/auth/nonce"))).await?;
    let text = |name: &str| asked.get(name).and_then(Value::as_str).ok_or("not a nonce");
    let message = siwe_session::Message::builder(text("domain")?, wallet.address())
        .uri(text("uri")?)
        .chain_id(1)
        .nonce(text("nonce")?)
        .issued_at(now())
        .build()?;
    let signature = wallet.sign(&message);
    let body = json!({ "message": message.as_str(), "signature": signature, "session": "token" });
    let verify = client.post(url("/api/auth/verify")).header("cookie", cookie);
    let verify = verify.header("content-type", "application/json").body(body.to_string());
    let (session, _) = answer(verify).await?;
    Ok(session.get("token").and_then(Value::as_str).ok_or("no session")?.to_owned())
}

/// The body, and the cookie that is set.
async fn answer(request: RequestBuilder) -> Result<(Value, String), Box<dyn Error>> {
    let request = request.header("origin", WEB).header("cf-connecting-ip", "203.0.113.7");
    let answer = request.send().await?.error_for_status()?;
    let cookie = answer.headers().get("set-cookie").map(|cookie| cookie.to_str()).transpose()?;
    let cookie = cookie.and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
    Ok((serde_json::from_slice(&answer.bytes().await?)?, cookie))
}

fn delivery(kind: &'static str, message: &Message<'_>) -> Request {
    let signed = message.request::<Vec<u8>>();
    let headers = signed.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let host = ("Host".to_owned(), KICK.to_owned());
    Request {
        kind,
        method: "POST",
        path: "/".to_owned(),
        headers: std::iter::once(host).chain(headers).collect(),
        body: signed.into_body(),
    }
}

fn request<'a>(
    kind: &'static str,
    method: &'static str,
    host: &str,
    path: &str,
    headers: impl IntoIterator<Item = (&'a str, String)>,
    body: &[u8],
) -> Request {
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value));
    let host = ("Host".to_owned(), host.to_owned());
    Request {
        kind,
        method,
        path: path.to_owned(),
        headers: std::iter::once(host).chain(headers).collect(),
        body: body.to_vec(),
    }
}

fn access(token: &str) -> String {
    format!("CF_Authorization={token}")
}

fn hours_ago(hours: u64) -> SystemTime {
    let now = now();
    now.checked_sub(Duration::from_secs(hours.saturating_mul(3600))).unwrap_or(now)
}

#[expect(clippy::disallowed_methods, reason = "what is sent is of the present")]
fn now() -> SystemTime {
    SystemTime::now()
}

const FOLLOW: &str =
    r#"{"broadcaster":{"user_id":7},"follower":{"user_id":8,"username":"sample"}}"#;
