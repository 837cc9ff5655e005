use std::time::SystemTime;

use http::Request;
use http::header::{AUTHORIZATION, HeaderValue};

use super::Wallet;
use crate::{
    Audience, BrowserBinding, Claims, KeyRing, Login, LoginVerifier, LoginVerifierBuilder, Message,
    NonceKeys, Nonces, SessionKey, SessionTokens, SiweLogin, SiweSession, SiweSessionBuilder,
};

/// A site with throw-away keys, for the tests of your own handlers: no socket, no bypass, real sessions
/// through the real verifier.
#[derive(Clone, Debug)]
pub struct Site {
    audience: Audience,
    nonce_keys: NonceKeys,
    keys: KeyRing,
    nonces: Nonces,
    wallet: Wallet,
}

impl Site {
    /// `https://example.com`, on chain 1.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn new() -> Self {
        let audience = Audience::origin("https://example.com").expect("an origin").chains([1]);
        Self::for_audience(audience)
    }

    /// This site, with its chains.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn for_audience(audience: Audience) -> Self {
        let key = SessionKey::hs256("test", random::<32>()).expect("32 bytes");
        Self {
            audience,
            nonce_keys: NonceKeys::new([random::<32>()]).expect("32 bytes"),
            keys: KeyRing::new([key]).expect("a key that signs"),
            nonces: Nonces::single_process(),
            wallet: Wallet::new(),
        }
    }

    /// What makes the site's [`SiweSession`], for the configuration of yours.
    pub fn builder(&self) -> SiweSessionBuilder {
        let login = SiweLogin::builder(self.verifier(), self.nonces.clone());
        SiweSession::builder(login, self.keys.clone())
    }

    /// The keys of its sessions.
    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The wallet that [`sign`](Self::sign) signs in.
    #[must_use]
    pub fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// Adds a new session of the [`wallet`](Self::wallet) to a request, in `Authorization`.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn sign<B>(&self, mut request: Request<B>) -> Request<B> {
        let token = self.token(&self.wallet, Claims::new(), now());
        let value = HeaderValue::try_from(format!("Bearer {token}")).expect("a token is ASCII");
        request.headers_mut().insert(AUTHORIZATION, value);
        request
    }

    /// The token of a new session: of this wallet, with these claims, begun at this time.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn token(&self, wallet: &Wallet, claims: Claims, now: SystemTime) -> String {
        let tokens = SessionTokens::builder(self.keys.clone(), [&self.audience]).build();
        let tokens = tokens.expect("a site");
        tokens.issue(&self.login(wallet, now), claims, random(), now).expect("a session").1
    }

    /// A login of this wallet, through the verifier.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn login(&self, wallet: &Wallet, now: SystemTime) -> Login {
        let verifier = self.verifier().build().expect("a site");
        let binding = BrowserBinding::new(random());
        let nonce = verifier.nonce(&self.audience, Some(&binding), random(), now);
        let chain_id = self.audience.chain_ids().next().expect("a chain");
        let message = Message::builder(self.audience.domain(), wallet.address())
            .uri(self.audience.as_str())
            .chain_id(chain_id)
            .nonce(nonce.as_str())
            .issued_at(now)
            .build()
            .expect("a message");
        let signature = wallet.sign(&message).parse().expect("a signature");
        let checked = verifier.check(message.as_str(), &signature, Some(&binding), now);
        let consumed = checked.expect("a good message").consume(true).expect("a new nonce");
        consumed.verify().and_then(crate::Verification::login).expect("a good signature")
    }

    fn verifier(&self) -> LoginVerifierBuilder {
        LoginVerifier::builder(self.audience.clone(), self.nonce_keys.clone())
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::expect_used, reason = "for tests")]
fn random<const N: usize>() -> [u8; N] {
    let mut random = [0; N];
    getrandom::fill(&mut random).expect("random numbers");
    random
}

fn now() -> SystemTime {
    crate::tokio::system_time()
}
