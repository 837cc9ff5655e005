//! Keys that cannot be read: at the start, for a while, for too long, for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cf_access::testing::{Answer, Issuer};
use cf_access::{CfAccess, FetchError, KeySet, KeySource, TeamKeys, VerifyError};
use tokio::time::{Instant, advance, sleep};

use crate::{ALICE, Team, headers, naming};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test(start_paused = true)]
async fn a_start_with_the_endpoint_down_refuses_with_503_and_recovers() {
    let team = Team::new();
    team.endpoint.set(Answer::Fail(FetchError::Status(500)));
    sleep(Duration::from_secs(1)).await;
    let alice = team.alice();
    assert_eq!(team.code(&alice).await, "keys_unavailable");
    // What no key could make good is refused for what it is.
    assert_eq!(team.code("no token").await, "malformed");
    assert_eq!(
        team.code(&team.issuer.user(ALICE).header("alg", "none").token()).await,
        "unsupported_alg"
    );
    let status = team.keys.status();
    assert!(!status.is_ready());
    assert_eq!((status.generation, status.age), (0, None));
    assert_eq!(team.last_error(), Some("status"));

    team.endpoint.set(Answer::Certs);
    sleep(Duration::from_secs(15)).await;
    assert_eq!(team.code(&alice).await, "accepted");
    assert!(team.keys.status().is_ready());
    assert_eq!(team.last_error(), None);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_before_the_first_keys_waits_for_them() {
    let team = Team::new();
    team.endpoint.set_latency(Duration::from_secs(2));
    let before = Instant::now();
    assert_eq!(team.code(&team.alice()).await, "accepted");
    assert_eq!(before.elapsed(), Duration::from_secs(2));
    assert_eq!(team.endpoint.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn failures_are_tried_again_ever_less_often_and_never_within_the_cool_down() {
    let team = Team::new();
    team.endpoint.set(Answer::Fail(FetchError::Status(503)));
    let mut waits = Vec::new();
    let mut last = Instant::now();
    sleep(Duration::from_millis(1)).await;
    for fetches in 2..8 {
        while team.endpoint.fetches() < fetches {
            sleep(Duration::from_millis(100)).await;
        }
        waits.push(last.elapsed().as_secs());
        last = Instant::now();
    }
    let least = [10, 20, 40, 60, 60, 60];
    for (wait, least) in waits.iter().zip(least) {
        assert!((least..=least * 5 / 4 + 1).contains(wait), "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn stale_keys_are_used_for_24_hours_then_refused_with_503_until_they_are_read_again() {
    let team = Team::ready().await;
    let loaded = Instant::now();
    team.endpoint.set(Answer::Fail(FetchError::Timeout));
    let alice = team.issuer.user(ALICE).claim("exp", 253_402_300_799_u64).token();

    sleep(HOUR * 24 - Duration::from_secs(1)).await;
    assert_eq!(team.code(&alice).await, "accepted");
    let status = team.keys.status();
    assert!(status.age.unwrap() >= HOUR * 24 - Duration::from_secs(1), "{:?}", status.age);
    assert_eq!((status.generation, team.last_error()), (1, Some("timeout")));

    sleep(Duration::from_secs(2)).await;
    assert_eq!(loaded.elapsed(), HOUR * 24 + Duration::from_secs(1));
    assert_eq!(team.code(&alice).await, "keys_unavailable");
    assert_eq!(team.keys.status().age, None);
    // An outage of the key source does not take the instance out of rotation.
    assert!(team.keys.status().is_ready());

    team.endpoint.set(Answer::Certs);
    sleep(Duration::from_secs(75)).await;
    assert_eq!(team.code(&alice).await, "accepted");
    assert_eq!(team.last_error(), None);
}

#[tokio::test(start_paused = true)]
async fn a_bad_document_never_replaces_good_keys() {
    let team = Team::ready().await;
    let mut certs: serde_json::Value = serde_json::from_str(&team.issuer.certs()).unwrap();
    for key in certs["keys"].as_array_mut().unwrap() {
        key["alg"] = "none".into();
    }
    let documents = [
        String::new(),
        "null".to_owned(),
        "<html>".to_owned(),
        r#"{"keys":[]}"#.to_owned(),
        team.issuer.certs().replace("keys", "kyes"),
        team.issuer.certs().replace("RSA", "EC"),
        certs.to_string(),
    ];
    for document in documents {
        advance(Duration::from_secs(10)).await;
        team.endpoint.set(Answer::Document(document.clone().into_bytes()));
        assert_eq!(team.code(&naming("k")).await, "keys_unavailable");
        assert_eq!(team.last_error(), Some("document"), "{document}");
        assert_eq!(team.code(&team.alice()).await, "accepted");
        assert_eq!(team.keys.status().generation, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_kid_is_503_while_the_keys_cannot_be_read_and_401_when_they_can() {
    let mut team = Team::ready().await;
    advance(Duration::from_secs(10)).await;
    team.issuer.rotate();
    let rotated = team.alice();
    team.endpoint.set(Answer::Fail(FetchError::Status(500)));
    // The key exists, and Access signs with it: it would be wrong to call the token bad.
    assert_eq!(team.code(&rotated).await, "keys_unavailable");
    assert_eq!(team.code(&rotated).await, "keys_unavailable");
    assert_eq!(team.endpoint.fetches(), 2);

    team.endpoint.set(Answer::Certs);
    advance(Duration::from_secs(10)).await;
    assert_eq!(team.code(&rotated).await, "accepted");
    assert_eq!(team.code(&naming("k")).await, "unknown_kid");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_panics_is_a_fetch_that_failed() {
    struct Panics(AtomicBool, Issuer);

    impl KeySource for Panics {
        async fn fetch(&self) -> Result<KeySet, FetchError> {
            assert!(!self.0.swap(false, Ordering::Relaxed), "on purpose");
            Ok(KeySet::from_json(self.1.certs().as_bytes())?)
        }
    }

    let team = Issuer::new().team().clone();
    let source = Panics(AtomicBool::new(true), Issuer::new());
    let keys = TeamKeys::from_source(team, source).unwrap();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(keys.status().last_error.unwrap().code(), "panic");
    keys.ready().await;
    assert_eq!(keys.status().generation, 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_keys_drops_their_source_and_a_fetch_under_way() {
    struct Hangs(Arc<AtomicBool>);

    impl Drop for Hangs {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    impl KeySource for Hangs {
        async fn fetch(&self) -> Result<KeySet, FetchError> {
            std::future::pending().await
        }
    }

    let dropped = Arc::new(AtomicBool::new(false));
    let team = Issuer::new().team().clone();
    let keys = TeamKeys::from_source(team, Hangs(Arc::clone(&dropped))).unwrap();
    sleep(Duration::from_secs(1)).await;
    drop(keys);
    sleep(Duration::from_millis(1)).await;
    assert!(dropped.load(Ordering::Relaxed));
}

#[test]
fn nothing_passes_once_the_runtime_that_reads_the_keys_has_ended() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reading = runtime();
    let team = reading.block_on(Team::ready());
    assert!(team.access.verify(team.alice(), std::time::SystemTime::now()).is_ok());
    drop(reading);
    let refused = team.access.verify(team.alice(), std::time::SystemTime::now());
    assert_eq!(refused.unwrap_err(), VerifyError::KeysUnavailable);
    // In another runtime neither: there is nothing to wait for.
    let refused = runtime().block_on(team.authenticate(&team.alice()));
    assert_eq!(refused.unwrap_err(), VerifyError::KeysUnavailable);
}

#[tokio::test(start_paused = true)]
async fn a_handle_made_before_the_first_keys_uses_them_when_they_come() {
    let issuer = Issuer::new();
    let keys = TeamKeys::from_source(issuer.team().clone(), issuer.endpoint()).unwrap();
    let access = CfAccess::builder(keys.clone(), [issuer.audience().clone()]).build().unwrap();
    let token = issuer.user(ALICE).token();
    let now = std::time::SystemTime::now();
    assert_eq!(access.verify(&token, now).unwrap_err(), VerifyError::KeysUnavailable);
    keys.ready().await;
    assert!(access.verify(&token, now).is_ok());
    assert!(access.authenticate(&headers(&token)).await.is_ok());
}
