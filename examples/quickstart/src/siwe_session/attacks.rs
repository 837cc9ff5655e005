//! Browsers with wallets, and requests to the origin, most of them hostile.

mod client;
mod sign_ins;
mod tokens;

use std::error::Error;
use std::time::{Duration, SystemTime};

use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, CONNECTION, COOKIE, ORIGIN, UPGRADE};
use siwe_session::testing::Wallet;
use siwe_session::{Audience, KeyRing, NonceKeys, Session, SessionKey};
use tokio::net::TcpListener;
use tokio::time::sleep;

use self::client::{Answer, Client, Signed, session_cookie};
use self::tokens::Forger;
use super::{NOBODY, WHO};
use crate::table::Table;

const KID: &str = "2026-11";
const EVIL: &str = "https://evil.example";
const PROTECTED: &str = "/settings/keys";
const PUBLIC: &str = "/ann/forge";
const OURS: &str = "its address";

/// The origin, listening, and somebody with a wallet.
pub(crate) struct Scene {
    site: Audience,
    keys: KeyRing,
    client: Client,
    ann: Wallet,
}

impl Scene {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let site = Audience::origin(&format!("http://localhost:{}", address.port()))?.chains([1]);
        // Throw-away secrets; yours are the same on every instance.
        let seals = NonceKeys::new([random::<32>()?])?;
        let keys = KeyRing::new([SessionKey::hs256(KID, random::<32>()?)?])?;
        let siwe = super::configure(site.clone(), seals, keys.clone())?;
        tokio::spawn(super::run(listener, siwe));
        let client = Client::new(format!("http://{address}"));
        Ok(Self { site, keys, client, ann: Wallet::new() })
    }

    #[expect(clippy::print_stdout, reason = "these lines are to be pasted")]
    pub(crate) async fn print_curl(&self) -> Result<(), Box<dyn Error>> {
        let url = self.client.url();
        println!("# a public page, and a protected one: 401 missing_session");
        println!("curl -i {url}{PUBLIC}\ncurl -i {url}{PROTECTED}\n");
        let session = self.sign_in().await?;
        println!("# with a session\ncurl -i -H 'Cookie: {session}' {url}{PROTECTED}\n");
        let begun = self.client.begin().await?;
        let signed = Signed::new(begun.message(self.ann.address()), &self.ann)?;
        println!("# a sign-in, good for ten minutes: 200, and again: 401 used_nonce");
        println!(
            "curl -i -H 'Cookie: {}' -H 'Content-Type: application/json' -d '{}' \
             {url}/api/auth/verify\n",
            begun.cookie,
            signed.body()
        );
        Ok(())
    }

    pub(crate) async fn play(&self, table: &mut Table) -> Result<(), Box<dyn Error>> {
        Table::section("siwe-session: which Ethereum wallet signed in");
        self.play_sign_ins(table).await?;
        self.play_signatures(table).await?;
        let session = self.sign_in().await?;
        self.play_paths(table, &session).await?;
        self.play_spoofs(table, &session).await?;
        self.play_tokens(table, &session).await?;
        self.play_other_sites(table, &session).await?;
        self.play_end(table, session).await
    }

    /// What is public, and what only looks like it.
    async fn play_paths(&self, table: &mut Table, session: &str) -> Result<(), Box<dyn Error>> {
        let client = &self.client;
        let page = client.get(PROTECTED).header(COOKIE, session);
        self.line(table, "a protected page, with the session", page, (200, OURS)).await?;
        self.line(table, "GET /ann/forge, a public page", client.get(PUBLIC), (200, NOBODY))
            .await?;
        for path in PATHS {
            self.line(table, &format!("GET {path}"), client.get(path), MISSING).await?;
        }
        let post = client.post(PUBLIC);
        self.line(table, "POST /ann/forge", post, MISSING).await?;
        let upgrade = client.get(PUBLIC).header(UPGRADE, "websocket");
        self.line(table, "GET /ann/forge, for a WebSocket", upgrade, MISSING).await?;

        let answer = Answer::of(client.get("/")).await?;
        let public = (200, "public, max-age=60");
        let got = (answer.status, answer.header("cache-control"));
        table.line("a page for caches, without a session", got, public);
        let answer = Answer::of(client.get("/").header(COOKIE, session)).await?;
        let got = (answer.status, answer.header("cache-control"));
        table.line("the page for caches, with the session", got, (200, "no-store"));
        Ok(())
    }

    /// The header that tells who is signed in, sent by the client.
    async fn play_spoofs(&self, table: &mut Table, session: &str) -> Result<(), Box<dyn Error>> {
        let victim = Wallet::new().address().to_string();
        for name in [WHO, "x_plue_user_address", "x-plue_user-address"] {
            let sent = format!("{name} of the client's own");
            let spoofed = || self.client.get(PUBLIC).header(name, &victim);
            self.line(table, &sent, spoofed(), (200, NOBODY)).await?;
            let with_session = spoofed().header(COOKIE, session);
            self.line(table, &format!("{sent}, session"), with_session, (200, OURS)).await?;
        }
        let hidden = self.client.get(PUBLIC).header(COOKIE, session).header(CONNECTION, WHO);
        self.line(table, "Connection: x-plue-user-address", hidden, (200, OURS)).await
    }

    async fn play_tokens(&self, table: &mut Table, session: &str) -> Result<(), Box<dyn Error>> {
        let page = || self.client.get(PROTECTED);
        let genuine = session.split_once('=').ok_or("no cookie")?.1;
        let forger = Forger { site: &self.site, keys: &self.keys, kid: KID };
        let tokens = forger.tokens(&self.ann, genuine)?;
        for (sent, token, code) in &tokens {
            let request = page().header(COOKIE, session_cookie(token));
            self.line(table, sent, request, (401, code)).await?;
        }
        let (_, forged, _) = tokens.get(1).ok_or("no token")?;
        let public = self.client.get(PUBLIC).header(COOKIE, session_cookie(forged));
        self.line(table, "alg none, on a public page", public, (200, NOBODY)).await?;
        let conflicting = (401, "conflicting_sessions");
        let (_, other, _) = tokens.last().ok_or("no token")?;
        let two = format!("{}; {session}", session_cookie(other));
        self.line(table, "two cookies that differ", page().header(COOKIE, two), conflicting)
            .await?;
        let both = page().header(COOKIE, session).header(AUTHORIZATION, format!("Bearer {other}"));
        self.line(table, "a cookie, and another bearer token", both, conflicting).await?;
        let bearer = page().header(AUTHORIZATION, format!("Bearer {genuine}"));
        self.line(table, "the session as a bearer token", bearer, (200, OURS)).await
    }

    async fn play_other_sites(
        &self,
        table: &mut Table,
        session: &str,
    ) -> Result<(), Box<dyn Error>> {
        let post = || self.client.post(PROTECTED).header(COOKIE, session);
        let own = post().header(ORIGIN, self.site.as_str());
        self.line(table, "a POST by a page of ours", own, (200, OURS)).await?;
        for (sent, name, value) in [
            ("a POST by a page of another site", ORIGIN.as_str(), EVIL),
            ("by a sandboxed frame", ORIGIN.as_str(), "null"),
            ("by another origin of the same site", "sec-fetch-site", "same-site"),
        ] {
            self.line(table, sent, post().header(name, value), CROSS_SITE).await?;
        }
        let logout = self.client.post("/api/auth/logout").header(COOKIE, session);
        let logout = logout.header(ORIGIN, EVIL);
        self.line(table, "a sign-out by a page of another site", logout, CROSS_SITE).await
    }

    /// A session is renewed, and ends with all of its tokens.
    async fn play_end(&self, table: &mut Table, session: String) -> Result<(), Box<dyn Error>> {
        let page = |session: &str| self.client.get(PROTECTED).header(COOKIE, session);
        let refresh = |session: &str| self.client.post("/api/auth/refresh").header(COOKIE, session);
        // Tokens of one second are the same.
        sleep(Duration::from_millis(1100)).await;
        let answer = Answer::of(refresh(&session)).await?;
        table.line("a refresh", (answer.status, answer.code()), (200, "-"));
        let renewed = answer.cookie(Session::COOKIE).filter(|renewed| *renewed != session);
        let renewed = renewed.ok_or("not renewed")?;
        self.line(table, "the page, with the renewed cookie", page(&renewed), (200, OURS)).await?;

        let logout = self.client.post("/api/auth/logout").header(COOKIE, &renewed);
        let answer = Answer::of(logout).await?;
        table.line("a sign-out", (answer.status, answer.code()), (204, "-"));
        let revoked = (401, "revoked_session");
        self.line(table, "the page, with the first cookie", page(&session), revoked).await?;
        self.line(table, "the page, with the renewed cookie", page(&renewed), revoked).await?;
        self.line(table, "a refresh of it", refresh(&renewed), revoked).await
    }

    /// A line of the table for a page that says who it is for.
    async fn line(
        &self,
        table: &mut Table,
        sent: &str,
        request: RequestBuilder,
        must: (u16, &str),
    ) -> Result<(), Box<dyn Error>> {
        let answer = Answer::of(request).await?;
        table.line(sent, (answer.status, answer.who(self.ann.address())), must);
        Ok(())
    }

    /// Signs in, and gives the session's cookie.
    async fn sign_in(&self) -> Result<String, Box<dyn Error>> {
        let begun = self.client.begin().await?;
        let signed = Signed::new(begun.message(self.ann.address()), &self.ann)?;
        let answer = Answer::of(self.client.verify(&begun.cookie, &signed)).await?;
        Ok(answer.cookie(Session::COOKIE).ok_or("no session")?)
    }
}

fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut random = [0; N];
    getrandom::fill(&mut random)?;
    Ok(random)
}

#[expect(clippy::disallowed_methods, reason = "the messages are of the present")]
fn hours_ago(hours: u32) -> SystemTime {
    let now = SystemTime::now();
    HOUR.checked_mul(hours).and_then(|ago| now.checked_sub(ago)).unwrap_or(now)
}

const HOUR: Duration = Duration::from_secs(3600);
const MISSING: (u16, &str) = (401, "missing_session");
const CROSS_SITE: (u16, &str) = (403, "cross_site");

/// What is not public, though the pattern `/{owner}/{repo}` is.
const PATHS: [&str; 8] = [
    "/settings/keys",
    "/api/admin",
    "/%61pi/users",
    "/owner/..%2fadmin",
    "/owner/repo%2Fsettings",
    "/ann/forge;admin",
    "/ann//forge",
    "//",
];
