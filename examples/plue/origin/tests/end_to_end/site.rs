//! What wallets sign in to: `https://plue.dev`, with keys that the program is told, and that the tests have
//! as well.

use std::time::SystemTime;

use serve::wallets::NonceStorage;
use siwe_session::testing::{self, Wallet};
use siwe_session::{
    Audience, Claims, KeyRing, LoginVerifier, NonceKeys, Session, SessionKey, SessionTokens,
    SiweLogin, SiweSession,
};

/// A visitor whom Cloudflare, or an edge in its place, names.
pub(crate) const VISITOR: (&str, &str) = ("cf-connecting-ip", "203.0.113.7");

/// The settings of a server that signs people in, but for its store.
pub(crate) const SETTINGS: [(&str, &str); 4] = [
    ("PLUE_SIGN_IN", "origin"),
    ("PLUE_ORIGIN", "https://plue.dev"),
    ("PLUE_SESSION_KEYS", "a:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
    ("PLUE_NONCE_SECRETS", SECRET),
];

/// In base64, these bytes.
pub(crate) const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const SECRET_BYTES: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

pub(crate) struct Site {
    audience: Audience,
    keys: KeyRing,
}

impl Site {
    pub(crate) fn new() -> Self {
        let key = SessionKey::hs256("a", SECRET_BYTES).unwrap();
        Self {
            audience: Audience::origin("https://plue.dev").unwrap().chains([1]),
            keys: KeyRing::new([key]).unwrap(),
        }
    }

    pub(crate) fn audience(&self) -> &Audience {
        &self.audience
    }

    /// A session that this wallet began just now, and its token.
    pub(crate) fn session(&self, wallet: &Wallet) -> (Session, String) {
        let tokens = SessionTokens::builder(self.keys.clone(), [&self.audience]).build().unwrap();
        let login = testing::Site::for_audience(self.audience.clone()).login(wallet, now());
        tokens
            .issue(&login, Claims::new(), *wallet.address().first_chunk().unwrap(), now())
            .unwrap()
    }

    /// What signs people in at an edge with the same keys, and with this store.
    pub(crate) async fn siwe(&self, storage: NonceStorage) -> SiweSession {
        let verifier =
            LoginVerifier::builder(self.audience.clone(), NonceKeys::new([SECRET_BYTES]).unwrap());
        let login = SiweLogin::builder(verifier, storage.open("plue_").await.unwrap());
        edge::guard(SiweSession::builder(login, self.keys.clone())).unwrap().build().unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "the program reads the system's clock")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
