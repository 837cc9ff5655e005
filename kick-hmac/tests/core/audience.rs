//! For whom a message is: by what is signed, which is the broadcaster or the campaign.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kick_hmac::testing::Message;
use kick_hmac::{Broadcasters, Campaigns, Event, KickHmac, Replays, VerifyError};

use crate::{
    BROADCASTER, CAMPAIGN, CLAIM, FOLLOWED, RELAY, anything, parts, refusal, sent, verify,
};

const BROADCASTER_WRONG: Option<VerifyError> = Some(VerifyError::WrongBroadcaster);
const CAMPAIGN_WRONG: Option<VerifyError> = Some(VerifyError::WrongCampaign);

fn of(broadcasters: Broadcasters) -> KickHmac {
    KickHmac::builder(RELAY.keys(), broadcasters, Replays::single_process()).build().unwrap()
}

fn of_campaigns(campaigns: Campaigns) -> KickHmac {
    KickHmac::builder(RELAY.keys(), Broadcasters::only([BROADCASTER]), Replays::single_process())
        .drops(campaigns)
        .build()
        .unwrap()
}

fn event(body: &str) -> Message<'static> {
    RELAY.event("channel.followed", body).sent_at(sent())
}

fn claim(body: &str) -> Message<'static> {
    RELAY.drops_claim(body).sent_at(sent())
}

/// A body about this broadcaster.
fn about(user_id: &str) -> String {
    format!(r#"{{"broadcaster":{{"user_id":{user_id}}}}}"#)
}

#[test]
fn an_event_is_about_one_of_the_broadcasters() {
    let kick = of(Broadcasters::only([1, BROADCASTER, u64::MAX]));
    for user_id in [1, BROADCASTER, u64::MAX] {
        assert_eq!(refusal(&kick, &event(&about(&user_id.to_string()))), None);
    }
    for user_id in [0, 2, BROADCASTER - 1, BROADCASTER + 1, u64::MAX - 1] {
        let refused = refusal(&kick, &event(&about(&user_id.to_string())));
        assert_eq!(refused, BROADCASTER_WRONG, "{user_id}");
    }
}

#[test]
fn whose_event_it_is_may_be_asked_each_time() {
    let ours = Arc::new(AtomicU64::new(BROADCASTER));
    let asked = Arc::clone(&ours);
    let kick = of(Broadcasters::matching(move |id| id == asked.load(Ordering::Relaxed)));
    assert_eq!(refusal(&kick, &event(FOLLOWED)), None);
    ours.store(7, Ordering::Relaxed);
    assert_eq!(refusal(&kick, &event(FOLLOWED)), BROADCASTER_WRONG);
    assert_eq!(refusal(&kick, &event(&about("7"))), None);
    assert_eq!(refusal(&kick, &event("{}")), BROADCASTER_WRONG);
    let all = of(Broadcasters::matching(|_| true));
    assert_eq!(refusal(&all, &event(&about("0"))), None);
    assert_eq!(refusal(&all, &event("{}")), BROADCASTER_WRONG);
}

#[test]
fn an_id_is_a_number_and_no_text() {
    let kick = of(Broadcasters::only([BROADCASTER, 0]));
    for user_id in [
        "\"4809577\"",
        "4809577.0",
        "4809577.5",
        "4.809577e6",
        "-4809577",
        "-0",
        "04809577",
        "+4809577",
        "4809577 7",
        "0x496369",
        "18446744073714361193",
        "null",
        "true",
        "[4809577]",
        "{\"user_id\":4809577}",
    ] {
        assert_eq!(refusal(&kick, &event(&about(user_id))), BROADCASTER_WRONG, "{user_id}");
    }
    assert_eq!(refusal(&kick, &event(&about(" 4809577 "))), None);
}

#[test]
fn the_broadcaster_stands_in_its_place_and_nowhere_else() {
    let kick = of(Broadcasters::only([BROADCASTER]));
    for body in [
        "",
        "{}",
        "null",
        "4809577",
        "not json",
        r#"{"broadcaster":null}"#,
        r#"{"broadcaster":4809577}"#,
        r#"{"broadcaster":{}}"#,
        r#"{"broadcaster":{"id":4809577}}"#,
        r#"{"broadcaster":{"User_Id":4809577}}"#,
        r#"{"Broadcaster":{"user_id":4809577}}"#,
        r#"{"broadcaster_user_id":4809577,"user_id":4809577}"#,
        r#"{"follower":{"user_id":4809577},"broadcaster":{"user_id":7}}"#,
        r#"{"data":{"broadcaster":{"user_id":4809577}}}"#,
        r#"{"content":"\"broadcaster\":{\"user_id\":4809577}","broadcaster":{"user_id":7}}"#,
        r#"{"broadcaster":{"user_id":4809577}"#,
        r#"{"broadcaster":{"user_id":4809577}},"#,
        r#"{"broadcaster":{"user_id":4809577}}{"broadcaster":{"user_id":4809577}}"#,
        r#"{"broadcaster":{"user_id":4809577},}"#,
        r#"// {"broadcaster":{"user_id":4809577}}"#,
        "\u{feff}{\"broadcaster\":{\"user_id\":4809577}}",
    ] {
        assert_eq!(refusal(&kick, &event(body)), BROADCASTER_WRONG, "{body}");
    }
    // Written with an escape it is the same name, and what stands around it does not matter.
    let escaped = r#" {"x":[{"broadcaster":7}],"\u0062roadcaster":{"y":{},"user_id":4809577}} "#;
    assert_eq!(refusal(&kick, &event(escaped)), None);
}

#[test]
fn a_broadcaster_who_is_named_twice_is_none() {
    let kick = of(Broadcasters::only([BROADCASTER]));
    for body in [
        r#"{"broadcaster":{"user_id":4809577},"broadcaster":{"user_id":7}}"#,
        r#"{"broadcaster":{"user_id":7},"broadcaster":{"user_id":4809577}}"#,
        r#"{"broadcaster":{"user_id":4809577},"broadcaster":{"user_id":4809577}}"#,
        r#"{"broadcaster":{"user_id":4809577},"\u0062roadcaster":{"user_id":4809577}}"#,
        r#"{"broadcaster":{"user_id":4809577,"user_id":7}}"#,
        r#"{"broadcaster":{"user_id":7,"user_id":4809577}}"#,
    ] {
        assert_eq!(refusal(&kick, &event(body)), BROADCASTER_WRONG, "{body}");
    }
}

#[test]
fn a_list_in_the_place_of_an_object_names_nobody() {
    let kick = of(Broadcasters::only([BROADCASTER]));
    for body in ["[[4809577]]", r#"{"broadcaster":[4809577]}"#, r#"[{"user_id":4809577}]"#] {
        assert_eq!(refusal(&kick, &event(body)), BROADCASTER_WRONG, "{body}");
    }
    let kick = of_campaigns(Campaigns::any());
    let list = format!(r#"["{CAMPAIGN}"]"#);
    assert_eq!(refusal(&kick, &claim(&list)), CAMPAIGN_WRONG);
}

#[test]
fn any_is_whoever_it_is_about_and_nobody() {
    let kick = of(Broadcasters::any());
    for body in [FOLLOWED, &about("7"), "{}", "", "not json", r#"{"broadcaster":null}"#] {
        assert_eq!(refusal(&kick, &event(body)), None, "{body}");
    }
}

#[test]
fn a_claim_is_of_one_of_the_campaigns() {
    let kick = of_campaigns(Campaigns::only([CAMPAIGN, "x"]));
    assert_eq!(refusal(&kick, &claim(CLAIM)), None);
    assert_eq!(refusal(&kick, &claim(r#"{"campaign_id":"x"}"#)), None);
    for body in [
        CLAIM.to_lowercase(),
        CLAIM.replace(CAMPAIGN, "01KBHE78QE4HZY1617DK5FC7YE"),
        CLAIM.replace(CAMPAIGN, &format!("{CAMPAIGN} ")),
        CLAIM.replace("campaign_id", "campaign"),
        format!(r#"{{"data":{CLAIM}}}"#),
        r#"{"campaign_id":null}"#.to_owned(),
        r#"{"campaign_id":7}"#.to_owned(),
        r#"{"campaign_id":"x","campaign_id":"x"}"#.to_owned(),
        r#"{"campaign_id":"x"}}"#.to_owned(),
        "{}".to_owned(),
        String::new(),
    ] {
        assert_eq!(refusal(&kick, &claim(&body)), CAMPAIGN_WRONG, "{body}");
    }
}

#[test]
fn whose_claim_it_is_may_be_asked_each_time() {
    let kick = of_campaigns(Campaigns::matching(|id| id.starts_with("01KB")));
    assert_eq!(refusal(&kick, &claim(CLAIM)), None);
    assert_eq!(refusal(&kick, &claim(&CLAIM.replace("01KBHE78", "01KAHE78"))), CAMPAIGN_WRONG);
    assert_eq!(refusal(&kick, &claim("{}")), CAMPAIGN_WRONG);
}

#[test]
fn any_campaign_is_one_still() {
    let kick = of_campaigns(Campaigns::any());
    for body in [CLAIM, r#"{"campaign_id":""}"#, r#"{"campaign_id":"of nobody"}"#] {
        assert_eq!(refusal(&kick, &claim(body)), None, "{body}");
    }
    for body in ["{}", FOLLOWED, "", r#"{"campaign_id":7}"#] {
        assert_eq!(refusal(&kick, &claim(body)), CAMPAIGN_WRONG, "{body}");
    }
}

/// The message under the other set of headers, neither of which is signed.
fn disguised(message: &Message<'_>, from: &'static str, to: &'static str) -> http::HeaderMap {
    let (mut headers, _) = parts(message);
    let time = headers.remove(from).unwrap();
    headers.insert(to, time);
    headers.insert("kick-event-type", "channel.followed".parse().unwrap());
    headers.insert("kick-event-version", "1".parse().unwrap());
    headers
}

#[test]
fn an_event_under_the_headers_of_a_claim_is_no_claim() {
    let headers =
        disguised(&event(FOLLOWED), "kick-event-message-timestamp", "kick-event-timestamp");
    for kick in [of_campaigns(Campaigns::only([CAMPAIGN])), anything()] {
        assert_eq!(kick.verify(&headers, FOLLOWED, sent()).err(), CAMPAIGN_WRONG);
    }
    let without = of(Broadcasters::only([BROADCASTER]));
    let refused = without.verify(&headers, FOLLOWED, sent()).err();
    assert_eq!(refused, Some(VerifyError::UnexpectedDrops));
}

#[test]
fn a_claim_under_the_headers_of_an_event_is_no_event() {
    let headers = disguised(&claim(CLAIM), "kick-event-timestamp", "kick-event-message-timestamp");
    let kick = of_campaigns(Campaigns::only([CAMPAIGN]));
    assert_eq!(kick.verify(&headers, CLAIM, sent()).err(), BROADCASTER_WRONG);
    // Where whoever it is about is accepted, it has the shape of no event.
    let delivery = anything().verify(&headers, CLAIM, sent()).unwrap();
    assert_eq!(Event::parse(&delivery).unwrap_err(), VerifyError::MalformedEvent);
}

#[test]
fn broadcasters_are_not_asked_of_a_claim_nor_campaigns_of_an_event() {
    let never = KickHmac::builder(
        RELAY.keys(),
        Broadcasters::matching(|_| panic!("asked of a claim")),
        Replays::single_process(),
    );
    let kick = never.drops(Campaigns::only([CAMPAIGN])).build().unwrap();
    assert!(verify(&kick, &claim(CLAIM)).is_ok());
    let kick = of_campaigns(Campaigns::matching(|_| panic!("asked of an event")));
    assert!(verify(&kick, &event(FOLLOWED)).is_ok());
}

#[test]
fn nobody_is_asked_before_the_signature_holds() {
    let never = KickHmac::builder(
        RELAY.keys(),
        Broadcasters::matching(|_| panic!("asked of a forgery")),
        Replays::single_process(),
    );
    let kick = never.drops(Campaigns::matching(|_| panic!("asked of a forgery"))).build().unwrap();
    let tag = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for message in [event(FOLLOWED), claim(CLAIM)] {
        let forged = message.without_header("Kick-Event-Signature");
        let forged = forged.header("Kick-Event-Signature", tag);
        assert_eq!(refusal(&kick, &forged), Some(VerifyError::BadSignature));
    }
}
