//! Keys that are read again, on a paused clock: it stands still while anything can run.

use std::time::Duration;

use cf_access::testing::{Answer, Issuer};
use cf_access::{CfAccess, ConfigError, FetchError, TeamKeys, VerifyError};
use tokio::task::JoinSet;
use tokio::time::{Instant, advance, sleep, timeout};

use crate::{ALICE, Team, headers, naming};

const COOL_DOWN: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test(start_paused = true)]
async fn ten_thousand_random_kids_cost_at_most_one_fetch_per_cool_down() {
    let large = vec![b' '; 1024 * 1024];
    let answers = [
        Answer::Certs,
        Answer::Document(br#"{"keys":[]}"#.to_vec()),
        Answer::Document(b"<html>502 Bad Gateway</html>".to_vec()),
        Answer::Document(large),
        Answer::Fail(FetchError::Status(500)),
        Answer::Fail(FetchError::Redirect),
        Answer::Hang,
    ];
    for answer in answers {
        let team = Team::ready().await;
        team.endpoint.set(answer.clone());
        let start = Instant::now();
        for n in 0..10_000 {
            let refused = team.authenticate(&naming(&format!("kid-{n}"))).await.unwrap_err();
            assert!(
                matches!(refused, VerifyError::UnknownKid | VerifyError::KeysUnavailable),
                "{refused}"
            );
            advance(Duration::from_millis(10)).await;
        }
        let cool_downs =
            u64::try_from(start.elapsed().as_millis() / COOL_DOWN.as_millis()).unwrap();
        let fetches = team.endpoint.fetches() - 1;
        assert!(fetches <= cool_downs + 1, "{fetches} in {cool_downs} cool-downs: {answer:?}");
        assert!(fetches >= 9, "only {fetches} in {cool_downs} cool-downs: {answer:?}");
        // Nothing of it harmed whoever has a good token.
        assert_eq!(team.code(&team.alice()).await, "accepted");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_concurrent_callers_with_an_unknown_kid_cost_one_fetch() {
    let mut team = Team::ready().await;
    advance(COOL_DOWN).await;
    team.issuer.rotate();
    team.endpoint.set_latency(Duration::from_secs(1));
    let genuine = headers(&team.alice());
    let mut callers = JoinSet::new();
    for n in 0..1_000 {
        let access = team.access.clone();
        // Half of them are good, with the new key, and half are not.
        let headers = if n % 2 == 0 { genuine.clone() } else { headers(&naming(&n.to_string())) };
        callers.spawn(async move {
            let decision = access.authenticate(&headers).await;
            (n, decision.map(|_| ()))
        });
    }
    while let Some(caller) = callers.join_next().await {
        let (n, decision) = caller.unwrap();
        let expected = if n % 2 == 0 { Ok(()) } else { Err(VerifyError::UnknownKid) };
        assert_eq!(decision, expected, "caller {n}");
    }
    assert_eq!(team.endpoint.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_endpoint_does_not_delay_a_known_kid() {
    let team = Team::ready().await;
    advance(COOL_DOWN).await;
    team.endpoint.set(Answer::Hang);
    let access = team.access.clone();
    let stuck = tokio::spawn(async move { access.authenticate(&headers(&naming("k"))).await });
    sleep(Duration::from_secs(1)).await;
    assert_eq!(team.endpoint.fetches(), 2);
    assert!(!stuck.is_finished());

    let before = Instant::now();
    assert_eq!(team.code(&team.alice()).await, "accepted");
    assert_eq!(before.elapsed(), Duration::ZERO);

    // And the one that waits does not wait for ever.
    assert_eq!(stuck.await.unwrap().unwrap_err(), VerifyError::KeysUnavailable);
    assert_eq!(before.elapsed(), Duration::from_secs(4));
    assert_eq!(team.last_error(), Some("timeout"));
}

#[tokio::test(start_paused = true)]
async fn a_rotated_key_works_after_one_fetch_and_a_removed_one_stops() {
    let mut team = Team::ready().await;
    advance(COOL_DOWN).await;
    let first = team.alice();
    team.issuer.rotate();
    let second = team.alice();

    assert_eq!(team.code(&second).await, "accepted");
    assert_eq!(team.code(&first).await, "accepted");
    assert_eq!((team.endpoint.fetches(), team.keys.status().generation), (2, 2));

    advance(COOL_DOWN).await;
    team.issuer.rotate();
    let third = team.alice();
    // Until the keys are read again, the first key is there.
    assert_eq!(team.code(&first).await, "accepted");
    assert_eq!(team.code(&third).await, "accepted");
    assert_eq!(team.code(&second).await, "accepted");
    assert_eq!(team.code(&first).await, "unknown_kid");
    assert_eq!(team.endpoint.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_kid_that_is_unknown_within_the_cool_down_is_refused_at_once() {
    let mut team = Team::ready().await;
    team.issuer.rotate();
    let rotated = team.alice();
    let before = Instant::now();
    for _ in 0..3 {
        assert_eq!(team.code(&rotated).await, "unknown_kid");
    }
    advance(COOL_DOWN - Duration::from_millis(1)).await;
    assert_eq!(team.code(&rotated).await, "unknown_kid");
    assert_eq!(
        (before.elapsed(), team.endpoint.fetches()),
        (COOL_DOWN - Duration::from_millis(1), 1)
    );
    advance(Duration::from_millis(1)).await;
    assert_eq!(team.code(&rotated).await, "accepted");
}

#[tokio::test(start_paused = true)]
async fn nothing_but_an_unknown_kid_reads_the_keys_again() {
    let team = Team::ready().await;
    advance(COOL_DOWN).await;
    let genuine = team.alice();
    let (signed, _) = genuine.rsplit_once('.').unwrap();
    let user = || team.issuer.user(ALICE);
    let refused = [
        (format!("{signed}.{}", "A".repeat(342)), "bad_signature"),
        (user().audience(&"other".parse().unwrap()).token(), "wrong_audience"),
        (user().claim("iss", "https://other.cloudflareaccess.com").token(), "wrong_issuer"),
        (user().claim("exp", 1).token(), "expired"),
        (user().header("alg", "none").token(), "unsupported_alg"),
        (user().header("crit", vec!["exp"]).token(), "critical_header"),
        (user().without_header("kid").token(), "missing_kid"),
        ("no.token".to_owned(), "malformed"),
        ("x".repeat(9000), "too_large"),
    ];
    for (token, code) in refused {
        assert_eq!(team.code(&token).await, code);
        assert_eq!(team.endpoint.fetches(), 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_keys_are_read_every_hour_give_or_take_a_tenth() {
    let team = Team::ready().await;
    let mut intervals = Vec::new();
    for generation in 2..40 {
        let before = Instant::now();
        let next = team.keys.status().next_refresh.unwrap();
        // It counts down, and from the second turn on one second of it is gone.
        assert!((HOUR * 9 / 10 - SECOND..=HOUR * 11 / 10).contains(&next), "{next:?}");
        sleep(next - SECOND).await;
        assert_eq!(team.keys.status().generation, generation - 1);
        sleep(2 * SECOND).await;
        assert_eq!(team.keys.status().generation, generation);
        intervals.push(before.elapsed());
    }
    intervals.sort_unstable();
    // The tenth is made use of: instances that started together do not stay together.
    assert!(intervals[intervals.len() - 1] - intervals[0] > HOUR / 20, "{intervals:?}");
    assert_eq!(team.endpoint.fetches(), 39);
}

#[tokio::test(start_paused = true)]
async fn one_team_serves_any_number_of_handles_with_one_fetch() {
    let team = Team::ready().await;
    advance(COOL_DOWN).await;
    let other: cf_access::Audience = "other".parse().unwrap();
    let second = CfAccess::builder(team.keys.clone(), [other.clone()]).build().unwrap();
    let for_other = headers(&team.issuer.user(ALICE).audience(&other).token());

    assert!(second.authenticate(&for_other).await.is_ok());
    assert_eq!(
        second.authenticate(&headers(&team.alice())).await.unwrap_err(),
        VerifyError::WrongAudience
    );
    assert_eq!(team.authenticate(&naming("k")).await.unwrap_err(), VerifyError::UnknownKid);
    // The cool-down is the team's.
    assert_eq!(
        second.authenticate(&headers(&naming("k"))).await.unwrap_err(),
        VerifyError::UnknownKid
    );
    assert_eq!(team.endpoint.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_teams_in_one_process_have_nothing_in_common() {
    let (one, other) = (Team::ready().await, Team::ready().await);
    advance(COOL_DOWN).await;
    assert_eq!(one.code(&one.alice()).await, "accepted");
    assert_eq!(other.code(&other.alice()).await, "accepted");
    other.endpoint.set(Answer::Hang);
    // The same issuer and audience, so the key alone tells them apart.
    assert_eq!(one.code(&other.alice()).await, "unknown_kid");
    assert_eq!((one.endpoint.fetches(), other.endpoint.fetches()), (2, 1));
    assert_eq!(other.code(&one.alice()).await, "keys_unavailable");
    assert_eq!(one.code(&one.alice()).await, "accepted");
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_gives_up_ends_no_fetch_that_others_wait_for() {
    let mut team = Team::ready().await;
    advance(COOL_DOWN).await;
    team.issuer.rotate();
    team.endpoint.set_latency(Duration::from_secs(2));
    let rotated = team.alice();
    let first = timeout(Duration::from_secs(1), team.authenticate(&rotated)).await;
    assert!(first.is_err());
    assert_eq!(team.code(&rotated).await, "accepted");
    assert_eq!(team.endpoint.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn reading_ends_with_the_last_clone() {
    let Team { issuer, endpoint, keys, access } = Team::ready().await;
    let clone = access.clone();
    drop((keys, access));
    advance(HOUR * 2).await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(endpoint.fetches(), 2);
    assert!(clone.authenticate(&headers(&issuer.user(ALICE).token())).await.is_ok());

    drop(clone);
    sleep(HOUR * 100).await;
    assert_eq!(endpoint.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn ready_waits_for_the_first_keys() {
    let team = Team::new();
    team.endpoint.set_latency(Duration::from_secs(3));
    assert!(!team.keys.status().is_ready());
    let before = Instant::now();
    team.keys.ready().await;
    assert_eq!(before.elapsed(), Duration::from_secs(3));
    assert!(team.keys.status().is_ready());
    assert!(team.access.status().is_ready());
}

#[test]
fn keys_that_are_read_again_need_a_runtime() {
    let issuer = Issuer::new();
    let refused = TeamKeys::from_source(issuer.team().clone(), issuer.endpoint());
    assert_eq!(refused.unwrap_err(), ConfigError::NoRuntime);
}

#[tokio::test]
async fn fixed_keys_are_ready_and_are_never_read_again() {
    let issuer = Issuer::new();
    let keys = issuer.keys();
    keys.ready().await;
    let status = keys.status();
    assert!(status.is_ready());
    assert_eq!((status.generation, status.age, status.next_refresh), (1, None, None));
    let access = CfAccess::builder(keys, [issuer.audience().clone()]).build().unwrap();
    let refused = access.authenticate(&headers(&naming("k"))).await;
    assert_eq!(refused.unwrap_err(), VerifyError::UnknownKid);
}
