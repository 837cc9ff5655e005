//! A type and, behind a line end, a body, which a relay signs: what an event says stands in the body, by
//! `serde_json::Value`; a body passes as the types whose own fields it has; any JSON is an unknown event;
//! and it is for a broadcaster, or of a campaign, that it names once.

#![no_main]

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use kick_hmac::event::{
    Badge, Category, ChannelSubscription, ChatMessageSent, Emote, EmotePosition, Identity, Kicks,
    Reward, User,
};
use kick_hmac::{Broadcasters, Campaigns, Event, KickHmac, MemoryReplays, Timestamp, VerifyError};
use libfuzzer_sys::{fuzz_crossover, fuzz_target};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use edgeproof_fuzz::copy_member;
use edgeproof_fuzz::kick_hmac::{NOW, RELAY, at, only_member};

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (claimed, body) = (&input[..end], &input[end + 1..]);
    let value = serde_json::from_slice::<Value>(body).ok();
    let event = RELAY.event("claimed", body).sent_at(at(NOW)).headers();
    let claim = RELAY.drops_claim(body).sent_at(at(NOW)).headers();

    check_audience(body, &event, &claim);
    check_unknown(body, claimed, &event);
    for (kind, own) in OWN {
        let event = match kind {
            DROPS => parse(&claim, body),
            _ => parse(&with(event.clone(), "kick-event-type", kind.as_bytes()), body),
        };
        let (Ok(event), Some(value)) = (event, &value) else { continue };
        // So a body that passes as two types has the own fields of both.
        assert!(own.iter().all(|field| value.pointer(field).is_some()), "{kind} without its own");
        let said = said(&event);
        assert!(holds(&said, Some(&with_one_category(value))), "{kind}: {said}");
    }
});

fuzz_crossover!(|into: &[u8], from: &[u8], out: &mut [u8], seed: u32| {
    copy_member(from, into, out, seed)
});

/// The broadcaster, or the campaign, is there once, and ours.
fn check_audience(body: &[u8], event: &HeaderMap, claim: &HeaderMap) {
    let broadcaster = only_member(body, "broadcaster");
    let user_id = broadcaster.and_then(|of| only_member(of.get().as_bytes(), "user_id"));
    let campaign_id = only_member(body, "campaign_id");
    let is_ours = user_id.is_some_and(|id| id.get() == "7");
    let campaign_id = campaign_id.and_then(|id| serde_json::from_str::<String>(id.get()).ok());
    let is_our_claim = campaign_id.is_some_and(|id| id == "c");
    // What is no text elsewhere in the body, a reader of these fields alone does not see.
    if str::from_utf8(body).is_err() {
        return;
    }
    let outcome = OURS.verify(event, body.to_vec(), at(NOW)).err();
    assert_eq!(outcome, (!is_ours).then_some(VerifyError::WrongBroadcaster));
    let outcome = OURS.verify(claim, body.to_vec(), at(NOW)).err();
    assert_eq!(outcome, (!is_our_claim).then_some(VerifyError::WrongCampaign));
}

fn check_unknown(body: &[u8], claimed: &[u8], headers: &HeaderMap) {
    let is_json =
        str::from_utf8(body).is_ok() && serde_json::from_slice::<IgnoredAny>(body).is_ok();
    let is_word = (1..=128).contains(&claimed.len()) && claimed.iter().all(u8::is_ascii_graphic);
    let is_known = OWN.iter().any(|(kind, _)| kind.as_bytes() == claimed);
    let claimed = if is_word { claimed } else { b"claimed" };
    let with_type = with(headers.clone(), "kick-event-type", claimed);
    let of_version_2 = with(with_type.clone(), "kick-event-version", b"2");
    let mut read = vec![parse(&of_version_2, body)];
    if !is_known {
        read.push(parse(&with_type, body));
    }
    for event in read {
        match event {
            Ok(Event::Unknown(event)) => {
                assert!(is_json);
                assert_eq!(event.claimed_type.as_bytes(), claimed);
                assert_eq!(event.body.get().trim(), str::from_utf8(body).unwrap().trim());
            }
            Ok(event) => panic!("known: {event:?}"),
            Err(error) => assert_eq!((error, is_json), (VerifyError::MalformedEvent, false)),
        }
    }
}

fn with(mut headers: HeaderMap, name: &'static str, value: &[u8]) -> HeaderMap {
    headers.insert(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
    headers
}

/// Of whoever's broadcaster. An event that passes as a claim has a campaign, or is none.
fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Event, VerifyError> {
    Event::parse(&ANYBODYS.verify(headers, body.to_vec(), at(NOW))?)
}

/// Whether the body says this too. What is absent is `null`, a list that is absent is empty, and the
/// number of an id is its text.
fn holds(said: &Value, body: Option<&Value>) -> bool {
    match (said, body) {
        (Value::Null, None | Some(Value::Null)) => true,
        (Value::Array(said), None | Some(Value::Null)) => said.is_empty(),
        (Value::Array(said), Some(Value::Array(body))) => {
            said.len() == body.len()
                && said.iter().zip(body).all(|(said, body)| holds(said, Some(body)))
        }
        (Value::Object(said), Some(Value::Object(body))) => {
            said.iter().all(|(name, said)| holds(said, body.get(name)))
        }
        (Value::String(said), Some(Value::Number(number))) => *said == number.to_string(),
        (said, body) => Some(said) == body,
    }
}

/// The category under the one name that an event has for it.
fn with_one_category(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(Value::Object(metadata)) = body.get_mut("metadata")
        && metadata.get("category").is_none_or(Value::is_null)
    {
        let category = metadata.get("Category").cloned().unwrap_or_default();
        metadata.insert("category".to_owned(), category);
    }
    body
}

/// What an event says, under Kick's names.
fn said(event: &Event) -> Value {
    match event {
        Event::ChannelFollowed(event) => json!({
            "broadcaster": user(&event.broadcaster), "follower": user(&event.follower),
        }),
        Event::ChannelRewardRedemptionUpdated(event) => json!({
            "id": event.id, "user_input": event.user_input, "status": event.status,
            "redeemed_at": time(&event.redeemed_at), "reward": reward(&event.reward),
            "redeemer": user(&event.redeemer), "broadcaster": user(&event.broadcaster),
        }),
        Event::ChannelSubscriptionGifts(event) => json!({
            "broadcaster": user(&event.broadcaster), "gifter": user(&event.gifter),
            "giftees": event.giftees.iter().map(user).collect::<Vec<_>>(),
            "created_at": time(&event.created_at), "expires_at": time(&event.expires_at),
        }),
        Event::ChannelSubscriptionNew(event) | Event::ChannelSubscriptionRenewal(event) => {
            subscription(event)
        }
        Event::ChatMessageSent(event) => chat_message(event),
        Event::DropsClaim(event) => json!({
            "claim_id": event.claim_id, "user_id": event.user_id, "reward_id": event.reward_id,
            "campaign_id": event.campaign_id, "external_id": event.external_id,
        }),
        Event::KicksGifted(event) => json!({
            "broadcaster": user(&event.broadcaster), "sender": user(&event.sender),
            "gift": kicks(&event.gift), "created_at": time(&event.created_at),
        }),
        Event::LivestreamMetadataUpdated(event) => json!({
            "broadcaster": user(&event.broadcaster),
            "metadata": {
                "title": event.metadata.title, "language": event.metadata.language,
                "has_mature_content": event.metadata.has_mature_content,
                "category": event.metadata.category.as_ref().map(category),
            },
        }),
        Event::LivestreamStatusUpdated(event) => json!({
            "broadcaster": user(&event.broadcaster), "is_live": event.is_live,
            "title": event.title, "started_at": time(&event.started_at),
            "ended_at": time(&event.ended_at),
        }),
        Event::ModerationBanned(event) => json!({
            "broadcaster": user(&event.broadcaster), "moderator": user(&event.moderator),
            "banned_user": user(&event.banned_user),
            "metadata": {
                "reason": event.metadata.reason, "created_at": time(&event.metadata.created_at),
                "expires_at": time(&event.metadata.expires_at),
            },
        }),
        other => panic!("of a known type: {other:?}"),
    }
}

fn subscription(event: &ChannelSubscription) -> Value {
    json!({
        "broadcaster": user(&event.broadcaster), "subscriber": user(&event.subscriber),
        "duration": event.duration, "created_at": time(&event.created_at),
        "expires_at": time(&event.expires_at),
    })
}

fn chat_message(event: &ChatMessageSent) -> Value {
    let position = |at: &EmotePosition| json!({ "s": at.s, "e": at.e });
    let emote = |emote: &Emote| {
        let positions: Vec<_> = emote.positions.iter().map(position).collect();
        json!({ "emote_id": emote.emote_id, "positions": positions })
    };
    let replies_to = event.replies_to.as_ref().map(|to| {
        json!({
            "message_id": to.message_id, "content": to.content,
            "sender": to.sender.as_ref().map(user),
        })
    });
    json!({
        "message_id": event.message_id, "replies_to": replies_to,
        "broadcaster": user(&event.broadcaster), "sender": user(&event.sender),
        "content": event.content, "emotes": event.emotes.iter().map(emote).collect::<Vec<_>>(),
        "created_at": time(&event.created_at),
    })
}

fn user(user: &User) -> Value {
    let badge = |of: &Badge| json!({ "text": of.text, "type": of.kind, "count": of.count });
    let identity = |of: &Identity| {
        let badges: Vec<_> = of.badges.iter().map(badge).collect();
        json!({ "username_color": of.username_color, "badges": badges })
    };
    json!({
        "is_anonymous": user.is_anonymous, "user_id": user.user_id, "username": user.username,
        "is_verified": user.is_verified, "profile_picture": user.profile_picture,
        "channel_slug": user.channel_slug, "identity": user.identity.as_ref().map(identity),
    })
}

fn reward(of: &Reward) -> Value {
    json!({ "id": of.id, "title": of.title, "cost": of.cost, "description": of.description })
}

fn kicks(of: &Kicks) -> Value {
    json!({
        "amount": of.amount, "name": of.name, "type": of.kind, "tier": of.tier,
        "message": of.message, "pinned_time_seconds": of.pinned_time_seconds,
    })
}

fn category(of: &Category) -> Value {
    json!({ "id": of.id, "name": of.name, "thumbnail": of.thumbnail })
}

fn time(time: &Option<Timestamp>) -> Option<&str> {
    time.as_ref().map(Timestamp::as_str)
}

/// The types, and what tells each of them from the others.
const OWN: [(&str, &[&str]); 11] = [
    ("channel.followed", &["/follower"]),
    ("channel.reward.redemption.updated", &["/redeemer", "/reward/id", "/id", "/status"]),
    ("channel.subscription.gifts", &["/gifter", "/giftees"]),
    ("channel.subscription.new", &["/subscriber", "/duration"]),
    ("channel.subscription.renewal", &["/subscriber", "/duration"]),
    ("chat.message.sent", &["/message_id", "/sender", "/content"]),
    ("kicks.gifted", &["/sender", "/gift/amount"]),
    ("livestream.metadata.updated", &["/metadata/title"]),
    ("livestream.status.updated", &["/is_live"]),
    ("moderation.banned", &["/moderator", "/banned_user", "/metadata"]),
    (DROPS, &["/claim_id", "/user_id", "/campaign_id", "/reward_id"]),
];

/// By the headers that it comes with, which have no type.
const DROPS: &str = "a Drops claim";

static ANYBODYS: LazyLock<KickHmac> = LazyLock::new(|| {
    let builder = KickHmac::builder(RELAY.keys(), Broadcasters::any(), MemoryReplays::new(1));
    builder.drops(Campaigns::any()).build().unwrap()
});

static OURS: LazyLock<KickHmac> = LazyLock::new(|| {
    let builder = KickHmac::builder(RELAY.keys(), Broadcasters::only([7]), MemoryReplays::new(1));
    builder.drops(Campaigns::only(["c"])).build().unwrap()
});
