//! Sessions of several processes that share a store: what one of them ends has ended for the others.

use http::HeaderMap;
use siwe_session::testing::{Site, Wallet};
use siwe_session::{
    Audience, Claims, LoginVerifier, NonceKeys, Nonces, Session, SessionError, SiweLogin,
    SiweSession,
};
use tokio::time::sleep;

use crate::scene::{SOON, Server, now};
use crate::within;

fn siwe(site: &Site, nonces: Nonces) -> SiweSession {
    let audience = Audience::origin("https://example.com").unwrap().chains([1]);
    let verifier = LoginVerifier::builder(audience, NonceKeys::new([[7; 32]]).unwrap());
    let login = SiweLogin::builder(verifier, nonces);
    SiweSession::builder(login, site.keys().clone()).build().unwrap()
}

fn headers(token: &str) -> HeaderMap {
    let value = format!("Bearer {token}").parse().unwrap();
    HeaderMap::from_iter([(http::header::AUTHORIZATION, value)])
}

/// What it is when the store answers: a slow machine is no outage.
async fn answered(siwe: &SiweSession, token: &str) -> Result<Session, SessionError> {
    let answered = async {
        loop {
            match siwe.authenticate(&headers(token)).await {
                Err(SessionError::StoreUnavailable) => sleep(SOON).await,
                answer => return answer,
            }
        }
    };
    within("an answer", answered).await
}

async fn end(siwe: &SiweSession, session: &Session) {
    let ended = async {
        while siwe.end(session).await.is_err() {
            sleep(SOON).await;
        }
    };
    within("an answer", ended).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn what_one_process_ends_has_ended_for_the_others_with_redis() {
    it_ends_everywhere(Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_one_process_ends_has_ended_for_the_others_with_postgres() {
    it_ends_everywhere(Server::postgres().await).await;
}

async fn it_ends_everywhere(mut server: Server) {
    let site = Site::new();
    let [one, other] =
        [server.nonces().await, server.nonces().await].map(|nonces| siwe(&site, nonces));
    let [first, second] = [(); 2].map(|()| site.token(&Wallet::new(), Claims::new(), now()));
    let session = answered(&one, &first).await.unwrap();
    assert_eq!(answered(&other, &first).await.as_ref(), Ok(&session));
    end(&one, &session).await;
    end(&other, &session).await;
    for siwe in [&one, &other] {
        assert_eq!(answered(siwe, &first).await, Err(SessionError::Revoked));
        assert!(answered(siwe, &second).await.is_ok());
    }
    // While it is down or hangs, nobody is believed, nor said to have ended.
    server.freeze();
    for token in [&first, &second] {
        let answer = one.authenticate(&headers(token)).await;
        assert_eq!(answer, Err(SessionError::StoreUnavailable));
    }
    assert_eq!(one.end(&session).await, Err(SessionError::StoreUnavailable));
    server.thaw();
    assert!(answered(&one, &second).await.is_ok());
    server.stop().await;
    for token in [&first, &second] {
        let answer = other.authenticate(&headers(token)).await;
        assert_eq!(answer, Err(SessionError::StoreUnavailable));
    }
    server.start_again().await;
    assert!(answered(&other, &second).await.is_ok());
}
