//! The whole of a sign-in, with real stores: through one process with several connections, through two
//! processes, and while the store is down or hangs.

use siwe_session::testing::Wallet;
use siwe_session::{
    Audience, BrowserBinding, Login, LoginVerifier, Message, NonceKeys, Nonces, SiweLogin,
    VerifyError,
};
use tokio::task::JoinSet;

use crate::scene::{Server, now};
use crate::servers::{Servers, sign_in_at};

fn audience() -> Audience {
    Audience::origin(ORIGIN).unwrap().chains([1])
}

fn siwe(nonces: impl Into<Nonces>) -> SiweLogin {
    let verifier = LoginVerifier::builder(audience(), NonceKeys::new([[7; 32]]).unwrap());
    SiweLogin::builder(verifier, nonces).build().unwrap()
}

/// A message as a wallet makes it, and its signature.
pub(crate) fn signed(nonce: &str) -> (String, String) {
    let wallet = Wallet::new();
    let message = Message::builder("localhost:8080", wallet.address())
        .uri(ORIGIN)
        .chain_id(1)
        .nonce(nonce)
        .issued_at(now())
        .build()
        .unwrap();
    (message.to_string(), wallet.sign(&message))
}

fn browser() -> BrowserBinding {
    BrowserBinding::new([3; 16])
}

async fn sign_in(siwe: &SiweLogin, signed: &(String, String)) -> Result<Login, VerifyError> {
    siwe.login(&signed.0, &signed.1, Some(&browser())).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn of_64_sign_ins_with_one_nonce_one_succeeds_with_redis() {
    let server = Server::redis().await;
    one_succeeds([server.nonces().await, server.nonces().await]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn of_64_sign_ins_with_one_nonce_one_succeeds_with_postgres() {
    let server = Server::postgres().await;
    one_succeeds([server.nonces().await, server.nonces().await]).await;
}

async fn one_succeeds(nonces: [Nonces; 2]) {
    let siwe = nonces.map(siwe);
    let mut succeeded = 0;
    for _ in 0..ROUNDS {
        let nonce = siwe[0].nonce(&audience(), Some(&browser())).unwrap();
        let signed = signed(nonce.as_str());
        let mut attempts = JoinSet::new();
        for siwe in siwe.iter().cycle().take(AT_ONCE) {
            let (siwe, signed) = (siwe.clone(), signed.clone());
            attempts.spawn(async move { sign_in(&siwe, &signed).await });
        }
        let answers = attempts.join_all().await;
        succeeded += one_at_most(
            &answers
                .iter()
                .map(|answer| match answer {
                    Ok(_) => 200,
                    Err(error) => error.status().as_u16(),
                })
                .collect::<Vec<_>>(),
        );
        // Whatever became of it, it is used.
        assert!(sign_in(&siwe[1], &signed).await.is_err());
    }
    assert!(succeeded > 0);
}

/// How many succeeded: one, but that a burn of which the answer came too late is nobody's.
fn one_at_most(statuses: &[u16]) -> usize {
    let count = |status| statuses.iter().filter(|other| **other == status).count();
    assert_eq!(count(200) + count(401) + count(503), statuses.len(), "{statuses:?}");
    assert!(count(200) <= 1, "{statuses:?}");
    assert!(count(200) == 1 || count(503) > 0, "{statuses:?}");
    count(200)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn of_64_sign_ins_at_two_processes_one_succeeds_with_redis() {
    one_succeeds_at_two_processes(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn of_64_sign_ins_at_two_processes_one_succeeds_with_postgres() {
    one_succeeds_at_two_processes(&Server::postgres().await).await;
}

async fn one_succeeds_at_two_processes(server: &Server) {
    let servers = Servers::start(server, ORIGIN).await;
    let mut succeeded = 0;
    for _ in 0..ROUNDS {
        let (nonce, cookie) = servers.nonce().await;
        let signed = signed(&nonce);
        let mut attempts = JoinSet::new();
        for address in servers.addresses().into_iter().cycle().take(AT_ONCE) {
            let (signed, cookie) = (signed.clone(), cookie.clone());
            attempts.spawn(async move { sign_in_at(address, &signed, &cookie).await });
        }
        succeeded += one_at_most(&attempts.join_all().await);
    }
    assert!(succeeded > 0);
    // One browser's nonce is no other's.
    let (nonce, _) = servers.nonce().await;
    let (_, cookie) = servers.nonce().await;
    let [address, _] = servers.addresses();
    assert_eq!(sign_in_at(address, &signed(&nonce), &cookie).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn while_redis_is_down_or_hangs_nobody_is_signed_in() {
    nobody_is_signed_in(Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn while_postgres_is_down_or_hangs_nobody_is_signed_in() {
    nobody_is_signed_in(Server::postgres().await).await;
}

async fn nobody_is_signed_in(mut server: Server) {
    let siwe = siwe(server.nonces().await);
    let fresh = || signed(siwe.nonce(&audience(), Some(&browser())).unwrap().as_str());
    server.freeze();
    for _ in 0..12 {
        let refused = sign_in(&siwe, &fresh()).await.unwrap_err();
        assert_eq!(refused, VerifyError::StoreUnavailable);
    }
    server.thaw();
    signs_in_again(&siwe, &fresh).await;
    server.stop().await;
    for _ in 0..3 {
        let refused = sign_in(&siwe, &fresh()).await.unwrap_err();
        assert_eq!((refused, refused.status().as_u16()), (VerifyError::StoreUnavailable, 503));
    }
    server.start_again().await;
    signs_in_again(&siwe, &fresh).await;
}

async fn signs_in_again(siwe: &SiweLogin, fresh: &impl Fn() -> (String, String)) {
    let signed_in = async { while sign_in(siwe, &fresh()).await.is_err() {} };
    crate::within("a sign-in after an outage", signed_in).await;
}

const ORIGIN: &str = "http://localhost:8080";
const ROUNDS: usize = 4;
const AT_ONCE: usize = 64;
