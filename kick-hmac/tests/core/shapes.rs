//! The type is not signed, so the body must have its shape.

use kick_hmac::{Event, VerifyError};
use proptest::prelude::*;
use serde_json::Value;

use crate::bodies::{ALL, CHAT, FOLLOWED, SUBSCRIPTION};
use crate::events::{claim, event};
use crate::{CLAIM, RELAY, anything, sent, verify};

const MALFORMED: VerifyError = VerifyError::MalformedEvent;

/// The two that have one shape.
fn are_one_shape(one: &str, other: &str) -> bool {
    let subscription = ["channel.subscription.new", "channel.subscription.renewal"];
    one == other || subscription.contains(&one) && subscription.contains(&other)
}

#[test]
fn a_body_of_one_type_claimed_as_another_is_refused() {
    let mut refused = 0;
    for (of, body) in ALL {
        for (claimed, _) in ALL {
            let parsed = event(claimed, body);
            assert_eq!(parsed.is_ok(), are_one_shape(of, claimed), "{of} as {claimed}");
            if let Err(error) = parsed {
                assert_eq!(error, MALFORMED);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 10 * 10 - 10 - 2);
}

#[test]
fn an_event_is_no_claim_and_a_claim_no_event() {
    for (of, body) in ALL {
        let with_campaign = body.replacen('{', "{\"campaign_id\":\"x\",", 1);
        assert_eq!(claim(&with_campaign).unwrap_err(), MALFORMED, "{of}");
        assert_eq!(event(of, CLAIM).unwrap_err(), MALFORMED, "{of}");
    }
}

/// The fields without which a body is of no type, or not of this one.
const NEEDED: [(&str, &[&str]); 10] = [
    ("channel.followed", &["broadcaster", "follower"]),
    (
        "channel.reward.redemption.updated",
        &["broadcaster", "id", "redeemer", "reward", "reward/id", "status"],
    ),
    ("channel.subscription.gifts", &["broadcaster", "giftees", "gifter"]),
    ("channel.subscription.new", &["broadcaster", "duration", "subscriber"]),
    ("channel.subscription.renewal", &["broadcaster", "duration", "subscriber"]),
    (
        "chat.message.sent",
        &[
            "broadcaster",
            "content",
            "emotes/0/emote_id",
            "emotes/0/positions/0/e",
            "emotes/0/positions/0/s",
            "message_id",
            "replies_to/message_id",
            "sender",
        ],
    ),
    ("kicks.gifted", &["broadcaster", "gift", "gift/amount", "sender"]),
    ("livestream.metadata.updated", &["broadcaster", "metadata", "metadata/title"]),
    ("livestream.status.updated", &["broadcaster", "is_live"]),
    ("moderation.banned", &["banned_user", "broadcaster", "metadata", "moderator"]),
];

/// The paths of all fields, at every depth.
fn paths(value: &Value, at: &str, out: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(all) => all.iter().enumerate().map(|(n, it)| (n.to_string(), it)).collect(),
        _ => return,
    };
    for (name, child) in children {
        let path = if at.is_empty() { name } else { format!("{at}/{name}") };
        if value.is_object() {
            out.push(path.clone());
        }
        paths(child, &path, out);
    }
}

/// The body with what stands at a path replaced, or without it.
fn with(body: &str, path: &str, replacement: Option<Value>) -> String {
    let mut body: Value = serde_json::from_str(body).unwrap();
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let pointer = if parent.is_empty() { String::new() } else { format!("/{parent}") };
    let object = body.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
    match replacement {
        Some(value) => drop(object.insert(name.to_owned(), value)),
        None => drop(object.remove(name)),
    }
    body.to_string()
}

fn fields(body: &str) -> Vec<String> {
    let mut all = Vec::new();
    paths(&serde_json::from_str(body).unwrap(), "", &mut all);
    all
}

#[test]
fn what_a_type_needs_must_be_there_and_everything_else_may_be_left_out() {
    for ((of, body), (named, needed)) in ALL.into_iter().zip(NEEDED) {
        assert_eq!(of, named);
        for path in fields(body) {
            let is_ok = event(of, &with(body, &path, None)).is_ok();
            assert_eq!(is_ok, !needed.contains(&path.as_str()), "{of} without {path}");
        }
    }
}

#[test]
fn what_is_not_needed_may_be_null() {
    for ((of, body), (_, needed)) in ALL.into_iter().zip(NEEDED) {
        for path in fields(body) {
            // A title is there, and may be null.
            let may_be = !needed.contains(&path.as_str()) || path == "metadata/title";
            let is_ok = event(of, &with(body, &path, Some(Value::Null))).is_ok();
            assert_eq!(is_ok, may_be, "{of} with {path} null");
        }
    }
}

#[test]
fn no_field_has_another_kind_of_value() {
    for (of, body) in ALL {
        for path in fields(body).iter().filter(|path| !path.ends_with("Category")) {
            let strange = Value::from(vec![Value::from(-1.5)]);
            let refused = event(of, &with(body, path, Some(strange)));
            assert_eq!(refused.unwrap_err(), MALFORMED, "{of} with {path}");
        }
    }
}

#[test]
fn what_is_no_json_is_no_event_of_any_type() {
    for body in [
        "",
        " ",
        "{",
        "}",
        "nul",
        "{}{}",
        "{} x",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "[1,]",
        "{/* */}",
        "NaN",
        "\"\u{1}\"",
        "\u{feff}{}",
        "{\"a\":\"\\ud800\"}x",
    ] {
        for (of, _) in ALL {
            assert_eq!(event(of, body).unwrap_err(), MALFORMED, "{body}");
        }
        assert_eq!(event("another.type", body).unwrap_err(), MALFORMED, "{body}");
    }
}

#[test]
fn what_is_no_utf_8_is_no_event() {
    for (of, body) in ALL {
        let body = [body.as_bytes(), b"\xFF"].concat();
        let message = RELAY.event(of, body).sent_at(sent());
        let delivery = verify(&anything(), &message).unwrap();
        assert_eq!(Event::parse(&delivery).unwrap_err(), MALFORMED);
    }
}

#[test]
fn a_field_that_is_there_twice_is_refused() {
    for (of, body) in ALL {
        let name = fields(body).into_iter().find(|path| !path.contains('/')).unwrap();
        let value: Value = serde_json::from_str(body).unwrap();
        let again = format!("{{\"{name}\":{},", value[&name]);
        assert_eq!(event(of, &body.replacen('{', &again, 1)).unwrap_err(), MALFORMED, "{name}");
    }
}

#[test]
fn a_list_in_the_place_of_an_object_is_refused() {
    let lists = [
        ("channel.followed", "[{\"user_id\":7},{\"user_id\":8}]".to_owned()),
        (
            "channel.followed",
            FOLLOWED.replacen(
                "{\"user_id\": 4809577, \"username\": \"ours\"}",
                "[false,7,null,null,null,null,null]",
                1,
            ),
        ),
        ("channel.subscription.new", "[{},{},3,null,null]".to_owned()),
    ];
    for (of, body) in lists {
        assert_eq!(event(of, &body).unwrap_err(), MALFORMED, "{body}");
    }
}

#[test]
fn fields_that_nobody_knows_are_left_out_even_twice() {
    let more = "{\"new_field\":{\"a\":[1,{}]},\"new_field\":null,\"Broadcaster\":7,";
    for (of, body) in ALL {
        assert!(event(of, &body.replacen('{', more, 1)).is_ok(), "{of}");
        assert!(event(of, &body.replacen("{\"user_id\"", "{\"x\":[],\"user_id\"", 1)).is_ok());
    }
}

#[test]
fn depth_without_end_overflows_no_stack() {
    let deep = |opening: &str, closing: &str| {
        format!("{}1{}", opening.repeat(50_000), closing.repeat(50_000))
    };
    for nested in [deep("[", "]"), deep("{\"a\":", "}"), "[".repeat(100_000)] {
        for (of, body) in ALL {
            // In a field that nobody knows, and in the place of those that are known.
            drop(event(of, &body.replacen('{', &format!("{{\"x\":{nested},"), 1)));
            assert_eq!(event(of, &nested).unwrap_err(), MALFORMED);
        }
        // What is not needed to tell the campaign is passed over, however deep it is.
        let deep = CLAIM.replace(":7", &format!(":{nested}"));
        match verify(&anything(), &RELAY.drops_claim(deep).sent_at(sent())) {
            Ok(delivery) => assert_eq!(Event::parse(&delivery).unwrap_err(), MALFORMED),
            Err(error) => assert_eq!(error, VerifyError::WrongCampaign),
        }
        let emote = CHAT.replace("\"4148074\"", &nested);
        assert_eq!(event("chat.message.sent", &emote).unwrap_err(), MALFORMED);
        drop(event("another.type", &nested));
    }
}

#[test]
fn new_and_renewed_cannot_be_told_apart() {
    let new = event("channel.subscription.new", SUBSCRIPTION).unwrap();
    assert!(matches!(new, Event::ChannelSubscriptionNew(_)));
    let renewal = event("channel.subscription.renewal", SUBSCRIPTION).unwrap();
    assert!(matches!(renewal, Event::ChannelSubscriptionRenewal(_)));
}

proptest! {
    #[test]
    fn no_body_panics(
        of in 0..11_usize,
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let (claimed, body) = *ALL.get(of).unwrap_or(&("another.type", CHAT));
        let mut body = body.as_bytes().to_vec();
        *place.get_mut(&mut body) = byte;
        for body in [body.clone(), body[..cut.index(body.len())].to_vec()] {
            let message = RELAY.event(claimed, body).sent_at(sent());
            let delivery = verify(&anything(), &message).unwrap();
            let parsed = Event::parse(&delivery);
            prop_assert!(matches!(parsed, Ok(_) | Err(VerifyError::MalformedEvent)));
        }
    }
}
