//! Who comes and goes while something is replaced: none of them may be refused.

use std::sync::{Arc, Mutex};

use kick_hmac::testing::{KickSigner, RelaySigner};
use reqwest::RequestBuilder;
use siwe_session::testing::Wallet;
use testkit::issuer::IssuerServer;
use testkit::traffic::Visitor;
use verifluence::{ADMIN_API, API, AUDIENCE, KICK, Server, WEB};

use crate::{Answer, Outside, Scene, send};

/// Somebody of the staff, with the token of now and the one of the visit before.
pub(crate) struct Staff {
    /// The application that they come through.
    pub(crate) audience: Arc<Mutex<String>>,
    issuer: Arc<IssuerServer>,
    outside: Outside,
    before: Option<String>,
}

impl Staff {
    pub(crate) fn new(scene: &Scene) -> Self {
        Self {
            audience: Arc::new(Mutex::new(AUDIENCE.to_owned())),
            issuer: Arc::clone(&scene.system.issuer),
            outside: scene.outside.clone(),
            before: None,
        }
    }

    fn token(&self) -> String {
        let audience = self.audience.lock().unwrap().parse().unwrap();
        self.issuer.with(|issuer| issuer.user("alice@verifluence.io").audience(&audience).token())
    }
}

impl Visitor for Staff {
    async fn visit(&mut self) -> Result<(), String> {
        let token = self.token();
        for token in [Some(token.clone()), self.before.replace(token)].into_iter().flatten() {
            let request = self.outside.request("GET", ADMIN_API, "/api/streams");
            good(request.header("cookie", format!("CF_Authorization={token}")), 200).await?;
        }
        Ok(())
    }
}

/// Somebody who is signed in and renews that, and somebody who signs in and takes their time, at two instances
/// by turns.
pub(crate) struct Wallets {
    first: Outside,
    second: Outside,
    session: String,
    signing_in: RequestBuilder,
}

impl Wallets {
    pub(crate) async fn sign_in(scene: &Scene, second: &Server) -> Self {
        let session = scene.sign_in(&Wallet::new()).await;
        let (first, second) = (scene.outside.clone(), scene.outside.at(second));
        let signing_in = first.begin(&Wallet::new(), &second).await;
        Self { first, second, session, signing_in }
    }
}

impl Visitor for Wallets {
    async fn visit(&mut self) -> Result<(), String> {
        let request = self.first.request("GET", API, "/api/me");
        good(request.bearer_auth(&self.session), 200).await?;
        let request = self.first.request("POST", API, "/api/auth/refresh").header("origin", WEB);
        let renewed = good(request.bearer_auth(&self.session), 200).await?;
        self.session = renewed.body["token"].as_str().unwrap().to_owned();
        let request = self.second.request("GET", API, "/api/me");
        good(request.bearer_auth(&self.session), 200).await?;

        let next = self.first.begin(&Wallet::new(), &self.second).await;
        good(std::mem::replace(&mut self.signing_in, next), 200).await?;
        // And the other way round.
        std::mem::swap(&mut self.first, &mut self.second);
        Ok(())
    }
}

/// Who sends deliveries.
pub(crate) struct Deliveries {
    pub(crate) signer: Signer,
    outside: Outside,
}

/// Kick, or a relay; another one from one moment to the next.
#[derive(Clone)]
pub(crate) struct Signer(Arc<Mutex<Who>>);

enum Who {
    Kick(Arc<KickSigner>),
    Relay(RelaySigner),
}

impl Deliveries {
    pub(crate) fn new(scene: &Scene) -> Self {
        let kick = Who::Kick(Arc::clone(&scene.system.kick));
        Self { signer: Signer(Arc::new(Mutex::new(kick))), outside: scene.outside.clone() }
    }
}

impl Signer {
    pub(crate) fn kick(&self, signer: KickSigner) {
        *self.0.lock().unwrap() = Who::Kick(Arc::new(signer));
    }

    pub(crate) fn relay(&self, signer: RelaySigner) {
        *self.0.lock().unwrap() = Who::Relay(signer);
    }

    pub(crate) fn delivery(&self) -> http::Request<Vec<u8>> {
        let (kind, body) = ("channel.followed", r#"{"broadcaster":{"user_id":7}}"#);
        match &*self.0.lock().unwrap() {
            Who::Kick(signer) => signer.event(kind, body).request(),
            Who::Relay(signer) => signer.event(kind, body).request(),
        }
    }
}

impl Visitor for Deliveries {
    async fn visit(&mut self) -> Result<(), String> {
        let (head, body) = self.signer.delivery().into_parts();
        let request = self.outside.request("POST", KICK, "/").headers(head.headers);
        good(request.body(body), 204).await.map(drop)
    }
}

async fn good(request: RequestBuilder, status: u16) -> Result<Answer, String> {
    let answer = send(request).await.map_err(|error| format!("no answer: {error:?}"))?;
    if answer.status == status { Ok(answer) } else { Err(format!("{answer:?}")) }
}
