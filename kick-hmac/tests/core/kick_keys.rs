//! Kick's keys: replaced while the process runs, and the one before for a while.

use std::time::{Duration, SystemTime};

use kick_hmac::testing::{KickSigner, Message};
use kick_hmac::{Broadcasters, KickHmac, KickKeys, KickPublicKey, Replays, VerifyError};
use serde_json::Value;

use crate::{BROADCASTER, FOLLOWED, KICK, OTHER, parts, sent, verify_at};

const NANOSECOND: Duration = Duration::from_nanos(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn kick(keys: &KickKeys) -> KickHmac {
    let ours = Broadcasters::only([BROADCASTER]);
    KickHmac::builder(keys.clone(), ours, Replays::single_process()).build().unwrap()
}

fn event(signer: &KickSigner) -> Message<'_> {
    signer.event("channel.followed", FOLLOWED)
}

/// What is said of a message that this signer has just sent.
fn at(kick: &KickHmac, signer: &KickSigner, now: SystemTime) -> Option<VerifyError> {
    // The signers write whole seconds; what is a little ahead is within the leeway.
    verify_at(kick, &event(signer).sent_at(now), now).err()
}

const BAD: Option<VerifyError> = Some(VerifyError::BadSignature);

/// A key of 3072 bits, of which nobody here has the other half.
fn larger() -> KickPublicKey {
    let set: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
    KickPublicKey::from_pem(set["signed"][0]["pem"].as_str().unwrap()).unwrap()
}

#[test]
fn a_key_that_is_replaced_is_accepted_for_a_day() {
    let keys = KICK.keys();
    let kick = kick(&keys);
    assert_eq!(at(&kick, &KICK, sent()), None);
    assert_eq!(at(&kick, &OTHER, sent()), BAD);

    keys.reload(&OTHER.public_key(), sent());
    for now in [sent(), sent() + MINUTE, sent() + DAY - NANOSECOND] {
        assert_eq!(at(&kick, &OTHER, now), None);
        assert_eq!(at(&kick, &KICK, now), None);
    }
    for now in [sent() + DAY, sent() + DAY + NANOSECOND, sent() + 400 * DAY] {
        assert_eq!(at(&kick, &OTHER, now), None);
        assert_eq!(at(&kick, &KICK, now), BAD);
    }
}

#[test]
fn the_grace_is_what_it_is_set_to_and_may_be_none() {
    for grace in [Duration::ZERO, NANOSECOND, MINUTE] {
        let keys = KickKeys::with_grace(KICK.public_key(), grace);
        let kick = kick(&keys);
        keys.reload(&OTHER.public_key(), sent());
        assert_eq!(at(&kick, &KICK, sent() + grace), BAD);
        assert_eq!(at(&kick, &OTHER, sent() + grace), None);
        if let Some(before) = grace.checked_sub(NANOSECOND) {
            assert_eq!(at(&kick, &KICK, sent() + before), None);
        }
    }
}

#[test]
fn a_grace_without_end_is_none() {
    let keys = KickKeys::with_grace(KICK.public_key(), Duration::MAX);
    keys.reload(&OTHER.public_key(), sent());
    assert_eq!(at(&kick(&keys), &KICK, sent()), BAD);
    assert_eq!(at(&kick(&keys), &OTHER, sent()), None);
}

#[test]
fn of_three_keys_the_first_is_gone() {
    let keys = KICK.keys();
    let kick = kick(&keys);
    keys.reload(&OTHER.public_key(), sent());
    keys.reload(&larger(), sent());
    assert_eq!(at(&kick, &KICK, sent()), BAD);
    assert_eq!(at(&kick, &OTHER, sent()), None);
}

#[test]
fn a_key_comes_back_and_the_one_before_it_has_its_grace() {
    let keys = KICK.keys();
    let kick = kick(&keys);
    keys.reload(&OTHER.public_key(), sent());
    keys.reload(&KICK.public_key(), sent() + MINUTE);
    let end = sent() + MINUTE + DAY;
    assert_eq!(at(&kick, &OTHER, end - NANOSECOND), None);
    assert_eq!(at(&kick, &OTHER, end), BAD);
    assert_eq!(at(&kick, &KICK, end), None);
}

#[test]
fn the_key_that_is_there_already_changes_nothing() {
    let keys = KICK.keys();
    let kick = kick(&keys);
    keys.reload(&KICK.public_key(), sent());
    assert_eq!(keys.status().generation, 1);
    assert_eq!(keys.status().previous, None);

    keys.reload(&OTHER.public_key(), sent());
    let status = keys.status();
    // Nor does it prolong the grace of the one before.
    keys.reload(&OTHER.public_key(), sent() + MINUTE);
    assert_eq!(keys.status(), status);
    assert_eq!(at(&kick, &KICK, sent() + DAY), BAD);
}

#[test]
fn the_status_tells_which_keys_are_accepted() {
    let keys = KICK.keys();
    let (first, second) = (KICK.public_key().fingerprint(), OTHER.public_key().fingerprint());
    let status = keys.status();
    assert_eq!((status.generation, &status.current), (1, &first));
    assert_eq!(status.previous, None);

    keys.reload(&OTHER.public_key(), sent());
    let status = keys.status();
    assert_eq!((status.generation, &status.current), (2, &second));
    assert_eq!(status.previous, Some((first, sent() + DAY)));

    keys.reload(&larger(), sent());
    let status = keys.status();
    assert_eq!((status.generation, status.current), (3, larger().fingerprint()));
    assert_eq!(status.previous, Some((second, sent() + DAY)));
}

#[test]
fn replaced_in_one_handle_is_replaced_in_all() {
    let keys = KICK.keys();
    let (one, other) = (kick(&keys), kick(&keys));
    keys.clone().reload(&OTHER.public_key(), sent());
    for kick in [one.clone(), one, other] {
        assert_eq!(at(&kick, &OTHER, sent()), None);
        assert_eq!(at(&kick, &KICK, sent() + DAY), BAD);
    }
}

#[test]
fn a_key_that_is_replaced_between_head_and_body_counts() {
    for (grace, accepted) in [(DAY, None), (Duration::ZERO, BAD)] {
        let keys = KickKeys::with_grace(KICK.public_key(), grace);
        let kick = kick(&keys);
        let (headers, body) = parts(&event(&KICK).sent_at(sent()));
        let mut check = kick.begin(kick.headers(&headers).unwrap(), sent()).unwrap();
        check.update(body).unwrap();
        keys.reload(&OTHER.public_key(), sent());
        assert_eq!(check.finish(sent()).err(), accepted);
    }
}

#[test]
fn a_key_that_came_between_head_and_body_is_tried() {
    let keys = KICK.keys();
    let kick = kick(&keys);
    let (headers, body) = parts(&event(&OTHER).sent_at(sent()));
    let mut check = kick.begin(kick.headers(&headers).unwrap(), sent()).unwrap();
    check.update(body).unwrap();
    keys.reload(&OTHER.public_key(), sent());
    assert_eq!(check.finish(sent()).err(), None);
}

#[test]
fn the_end_of_a_grace_between_head_and_body_counts() {
    let keys = KickKeys::with_grace(KICK.public_key(), MINUTE);
    keys.reload(&OTHER.public_key(), sent());
    let kick = kick(&keys);
    for (end, expected) in [(sent() + MINUTE - NANOSECOND, None), (sent() + MINUTE, BAD)] {
        let (headers, body) = parts(&event(&KICK).sent_at(sent()));
        let mut check = kick.begin(kick.headers(&headers).unwrap(), sent()).unwrap();
        check.update(body).unwrap();
        assert_eq!(check.finish(end).err(), expected);
    }
}

#[test]
fn the_length_of_a_signature_is_that_of_a_key_that_is_accepted_then() {
    let keys = KickKeys::with_grace(KICK.public_key(), MINUTE);
    let kick = kick(&keys);
    keys.reload(&larger(), sent());
    let last = sent() + MINUTE - NANOSECOND;
    assert_eq!(at(&kick, &KICK, last), None);
    // With the key its length is gone.
    assert_eq!(at(&kick, &KICK, sent() + MINUTE), Some(VerifyError::MalformedSignature));
}

#[test]
fn the_published_key_is_there_without_a_network() {
    assert_eq!(KickKeys::published().status().current, KickPublicKey::published().fingerprint());
    assert_eq!(KickKeys::published().status().generation, 1);
}
