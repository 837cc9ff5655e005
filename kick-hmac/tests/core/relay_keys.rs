//! A relay's keys: several secrets, replaced all or not at all, and the header that the tag is in.

use std::iter;
use std::time::Duration;

use http::HeaderName;
use kick_hmac::testing::RelaySigner;
use kick_hmac::{
    Broadcasters, ConfigError, KickHmac, RelayKeys, RelaySecret, Replays, VerifyError,
};

use crate::{
    BROADCASTER, CLAIM, FOLLOWED, KICK, of_kick, parts, refusal, secret, sent, verify, with_drops,
};

const NANOSECOND: Duration = Duration::from_nanos(1);
const BAD: Option<VerifyError> = Some(VerifyError::BadSignature);

fn keys(secrets: impl IntoIterator<Item = RelaySecret>) -> RelayKeys {
    RelayKeys::kick_relay(secrets).unwrap()
}

fn kick(keys: &RelayKeys) -> KickHmac {
    let ours = Broadcasters::only([BROADCASTER]);
    KickHmac::builder(keys.clone(), ours, Replays::single_process()).build().unwrap()
}

/// What is said of a message signed with this secret.
fn signed_with(byte: u8, kick: &KickHmac) -> Option<VerifyError> {
    let signer = RelaySigner::with(keys([secret(byte)]));
    refusal(kick, &signer.event("channel.followed", FOLLOWED).sent_at(sent()))
}

#[test]
fn each_of_several_secrets_is_accepted_and_no_other() {
    let kick = kick(&keys((1..=8).map(secret)));
    for byte in 1..=8 {
        assert_eq!(signed_with(byte, &kick), None, "{byte}");
    }
    assert_eq!(signed_with(9, &kick), BAD);
    assert_eq!(signed_with(0, &kick), BAD);
}

#[test]
fn there_are_1_to_8_secrets() {
    assert_eq!(RelayKeys::kick_relay([]).unwrap_err(), ConfigError::NoSecret);
    assert!(RelayKeys::kick_relay((1..=8).map(secret)).is_ok());
    let refused = RelayKeys::kick_relay((1..=9).map(secret)).unwrap_err();
    assert_eq!(refused, ConfigError::TooManySecrets);
    // A source without end is given up.
    let refused = RelayKeys::kick_relay(iter::repeat(secret(1))).unwrap_err();
    assert_eq!(refused, ConfigError::TooManySecrets);
}

#[test]
fn a_secret_that_is_not_valid_beside_one_that_is_verifies_nothing() {
    let kick = kick(&keys([
        secret(1).not_after(sent()),
        secret(2).not_before(sent() + NANOSECOND),
        secret(3).not_before(sent()),
    ]));
    assert_eq!(signed_with(1, &kick), BAD);
    assert_eq!(signed_with(2, &kick), BAD);
    assert_eq!(signed_with(3, &kick), None);
}

#[test]
fn with_no_secret_that_is_valid_nothing_is_verified_and_the_server_is_at_fault() {
    let none = Some(VerifyError::NoValidSecret);
    let kick =
        kick(&keys([secret(1).not_after(sent()), secret(2).not_before(sent() + NANOSECOND)]));
    for byte in 1..=3 {
        assert_eq!(signed_with(byte, &kick), none, "{byte}");
    }
}

#[test]
fn a_secret_that_ends_between_head_and_body_counts_no_more() {
    let keys = keys([secret(1).not_after(sent() + NANOSECOND)]);
    let kick = kick(&keys);
    let signer = RelaySigner::with(keys);
    let (headers, body) = parts(&signer.event("channel.followed", FOLLOWED).sent_at(sent()));
    let none = Some(VerifyError::NoValidSecret);
    for (end, expected) in [(sent(), None), (sent() + NANOSECOND, none)] {
        let mut check = kick.begin(kick.headers(&headers).unwrap(), sent()).unwrap();
        check.update(body.clone()).unwrap();
        assert_eq!(check.finish(end).err(), expected);
    }
}

#[test]
fn secrets_are_replaced_in_all_handles_at_once() {
    let keys = keys([secret(1)]);
    let (one, other) = (kick(&keys), kick(&keys));
    keys.clone().reload([secret(1), secret(2)]).unwrap();
    for kick in [&one, &other] {
        assert_eq!(signed_with(1, kick), None);
        assert_eq!(signed_with(2, kick), None);
    }
    keys.reload([secret(2)]).unwrap();
    for kick in [&one, &other] {
        assert_eq!(signed_with(1, kick), BAD);
        assert_eq!(signed_with(2, kick), None);
    }
}

#[test]
fn secrets_that_cannot_be_used_leave_everything_as_it_was() {
    let keys = keys([secret(1)]);
    let kick = kick(&keys);
    assert_eq!(keys.reload([]).unwrap_err(), ConfigError::NoSecret);
    let refused = keys.reload((2..=10).map(secret)).unwrap_err();
    assert_eq!(refused, ConfigError::TooManySecrets);
    assert_eq!(signed_with(1, &kick), None);
    assert_eq!(signed_with(2, &kick), BAD);
}

#[test]
fn secrets_that_are_replaced_between_head_and_body_count() {
    for (reloaded, expected) in [(2, BAD), (1, None)] {
        let keys = keys([secret(1)]);
        let kick = kick(&keys);
        let signer = RelaySigner::with(RelayKeys::kick_relay([secret(1)]).unwrap());
        let (headers, body) = parts(&signer.event("channel.followed", FOLLOWED).sent_at(sent()));
        let mut check = kick.begin(kick.headers(&headers).unwrap(), sent()).unwrap();
        check.update(body).unwrap();
        keys.reload([secret(reloaded)]).unwrap();
        assert_eq!(check.finish(sent()).err(), expected);
    }
}

#[test]
fn the_tag_stands_in_the_header_that_is_named_and_in_no_other() {
    let name = HeaderName::from_static("x-relay-signature");
    let keys = keys([secret(1)]).signature_header(name).unwrap();
    let kick = kick(&keys);
    let signer = RelaySigner::with(keys);
    let event = || signer.event("channel.followed", FOLLOWED).sent_at(sent());
    assert_eq!(refusal(&kick, &event()), None);
    // Kick's own signature may be there still, whatever it says, even twice.
    let beside = event().header("Kick-Event-Signature", "x").header("Kick-Event-Signature", "x");
    assert_eq!(refusal(&kick, &beside), None);

    let (mut headers, body) = parts(&event());
    let tag = headers.remove("x-relay-signature").unwrap();
    headers.insert("kick-event-signature", tag);
    let refused = kick.verify(&headers, body, sent()).unwrap_err();
    assert_eq!(refused.code(), "missing_header");
    let twice = event().header("X-Relay-Signature", "x");
    assert_eq!(refusal(&kick, &twice).unwrap().code(), "repeated_header");
}

#[test]
fn no_header_that_has_a_meaning_is_the_signature_s() {
    let named = |name: &str| keys([secret(1)]).signature_header(name.parse().unwrap()).map(drop);
    for name in ["kick-event-signature", "x-relay-signature", "x-signature-256", "signature"] {
        assert_eq!(named(name), Ok(()), "{name}");
    }
    for name in [
        "kick-event-message-id",
        "kick-event-message-timestamp",
        "kick-event-timestamp",
        "kick-event-subscription-id",
        "kick-event-type",
        "kick-event-version",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "date",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ] {
        assert_eq!(named(name), Err(ConfigError::SignatureHeader), "{name}");
    }
}

#[test]
fn what_a_relay_has_verified_it_sends_on_signed_by_the_first_secret_that_is_valid() {
    let from_kick = with_drops(of_kick());
    let keys = keys([secret(1).not_after(sent()), secret(2), secret(3)]);
    let to_us = with_drops(KickHmac::builder(
        RelayKeys::kick_relay([secret(2)]).unwrap(),
        Broadcasters::only([BROADCASTER]),
        Replays::single_process(),
    ));
    for message in [
        KICK.event("channel.followed", FOLLOWED).sent_at(sent()),
        KICK.drops_claim(CLAIM).sent_at(sent()),
    ] {
        let delivery = verify(&from_kick, &message).unwrap();
        let (mut headers, body) = parts(&message);
        assert!(to_us.verify(&headers, body.clone(), sent()).is_err());
        let tag = keys.sign(&delivery, sent()).unwrap();
        headers.insert("kick-event-signature", tag.parse().unwrap());
        let passed_on = to_us.verify(&headers, body.clone(), sent()).unwrap();
        assert_eq!(passed_on.message_id(), delivery.message_id());
        assert_eq!(passed_on.body(), delivery.body());
        // An earlier second, and the first secret is valid.
        assert_ne!(keys.sign(&delivery, sent() - NANOSECOND), Some(tag));
        let refused = to_us.verify(&headers, [&body[..], b" "].concat(), sent());
        assert_eq!(refused.err(), BAD);
    }
}

#[test]
fn without_a_valid_secret_nothing_is_signed() {
    let delivery =
        verify(&with_drops(of_kick()), &KICK.drops_claim(CLAIM).sent_at(sent())).unwrap();
    let keys = keys([secret(1).not_after(sent())]);
    assert_eq!(keys.sign(&delivery, sent()), None);
    assert!(keys.sign(&delivery, sent() - NANOSECOND).is_some());
}
