//! What is accepted, and what the proof of it tells.

use std::ptr;

use bytes::Bytes;
use http::Extensions;
use kick_hmac::{
    Broadcasters, Campaigns, Delivery, Event, KickHmac, KickKeys, Replays, VerifyError,
};

use crate::{
    BROADCASTER, CAMPAIGN, CLAIM, FOLLOWED, KICK, RELAY, genuine, of_kick, of_relay, refusal, sent,
    verify, with_drops,
};

fn published() -> KickHmac {
    let ours = Broadcasters::only([BROADCASTER]);
    KickHmac::builder(KickKeys::published(), ours, Replays::single_process()).build().unwrap()
}

#[test]
fn accepts_the_genuine_delivery_with_the_key_that_kick_has_published() {
    let delivery = published().verify(&genuine::headers(), genuine::body(), sent()).unwrap();
    assert_eq!(delivery.message_id().as_str(), "01JQR5KV0QC94HMETWYNBWRW4Z");
    assert_eq!(delivery.timestamp().as_str(), "2025-04-01T07:56:19Z");
    assert_eq!(delivery.timestamp().time(), sent());
    assert_eq!(delivery.body(), genuine::body());
    assert_eq!(delivery.claimed_type(), Some("livestream.status.updated"));
    assert_eq!(delivery.claimed_version(), Some("1"));
    assert_eq!(delivery.claimed_subscription_id(), Some("01JQ79DGGK8C9117GJN8EHCYGG"));
    assert!(!delivery.is_drops_claim());
    let Event::LivestreamStatusUpdated(event) = Event::parse(&delivery).unwrap() else {
        panic!("another event");
    };
    assert!(event.is_live);
    assert_eq!(event.broadcaster.is_verified, None);
}

#[test]
fn refuses_the_genuine_delivery_with_any_other_key() {
    let kick = of_kick().build().unwrap();
    let refused = kick.verify(&genuine::headers(), genuine::body(), sent());
    assert_eq!(refused.unwrap_err(), VerifyError::BadSignature);
}

#[test]
fn accepts_an_event_and_a_claim_of_kick_and_of_a_relay() {
    let kick = with_drops(of_kick());
    let relay = with_drops(of_relay());
    for (of, event, claim) in [
        (&kick, KICK.event("channel.followed", FOLLOWED), KICK.drops_claim(CLAIM)),
        (&relay, RELAY.event("channel.followed", FOLLOWED), RELAY.drops_claim(CLAIM)),
    ] {
        let event = verify(of, &event.sent_at(sent())).unwrap();
        assert_eq!(event.claimed_type(), Some("channel.followed"));
        let claim = verify(of, &claim.sent_at(sent())).unwrap();
        assert!(claim.is_drops_claim());
        assert_eq!(claim.claimed_type(), None);
        assert_eq!(claim.claimed_version(), None);
        assert_eq!(claim.claimed_subscription_id(), None);
    }
}

#[test]
fn what_is_claimed_is_told_as_it_stands_there() {
    let kick = of_relay().build().unwrap();
    for claimed in ["channel.followed", "channel.Followed", "chat.message.sent", "1", "x"] {
        let message = RELAY.event(claimed, FOLLOWED).sent_at(sent());
        assert_eq!(verify(&kick, &message).unwrap().claimed_type(), Some(claimed));
        let message = message.without_header("Kick-Event-Version");
        let message = message.header("Kick-Event-Version", claimed);
        assert_eq!(verify(&kick, &message).unwrap().claimed_version(), Some(claimed));
    }
    let message = RELAY.event("channel.followed", FOLLOWED).sent_at(sent());
    let message = message.without_header("Kick-Event-Subscription-Id");
    assert_eq!(verify(&kick, &message).unwrap().claimed_subscription_id(), None);
}

#[test]
fn a_claim_is_refused_where_none_is_expected() {
    let kick = of_kick().build().unwrap();
    let claim = KICK.drops_claim(CLAIM).sent_at(sent());
    assert_eq!(refusal(&kick, &claim), Some(VerifyError::UnexpectedDrops));
    let kick = of_kick().drops(Campaigns::only([CAMPAIGN])).build().unwrap();
    assert_eq!(refusal(&kick, &claim), None);
}

#[test]
fn a_proof_is_found_in_the_extensions_or_the_server_is_at_fault() {
    let mut extensions = Extensions::new();
    assert_eq!(Delivery::of(&extensions).unwrap_err(), VerifyError::MissingLayer);
    let delivery = published().verify(&genuine::headers(), genuine::body(), sent()).unwrap();
    extensions.insert(delivery);
    assert_eq!(Delivery::of(&extensions).unwrap().body(), genuine::body());
}

#[test]
fn a_clone_shares_the_body() {
    let delivery = published().verify(&genuine::headers(), genuine::body(), sent()).unwrap();
    let clone = delivery.clone();
    assert!(ptr::eq(delivery.body().as_ptr(), clone.body().as_ptr()));
    assert_eq!(clone.body(), &Bytes::from_static(genuine::body().as_bytes()));
}
