//! What a delivery tells, by type.

use kick_hmac::event::{
    ChannelRewardRedemptionUpdated, ChatMessageSent, KicksGifted, LivestreamStatusUpdated,
};
use kick_hmac::{Event, Timestamp, VerifyError};

use crate::bodies::{
    BANNED, CHAT, FOLLOWED, GIFTS, KICKS, METADATA, REDEMPTION, STATUS, SUBSCRIPTION,
};
use crate::{BROADCASTER, CAMPAIGN, CLAIM, RELAY, anything, sent, verify};

/// What a signed event of this type tells.
pub(crate) fn event(claimed_type: &str, body: &str) -> Result<Event, VerifyError> {
    let message = RELAY.event(claimed_type, body).sent_at(sent());
    Event::parse(&verify(&anything(), &message).unwrap())
}

pub(crate) fn claim(body: &str) -> Result<Event, VerifyError> {
    let message = RELAY.drops_claim(body).sent_at(sent());
    Event::parse(&verify(&anything(), &message).unwrap())
}

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

#[test]
fn a_message_in_a_chat() {
    let Ok(Event::ChatMessageSent(event)) = event("chat.message.sent", CHAT) else { panic!() };
    let ChatMessageSent { message_id, replies_to, broadcaster, sender, content, emotes, .. } =
        event;
    assert_eq!(message_id, "c2f1a6c8-6f5f-4f4d-9c51-9f7b3f5b2d10");
    assert_eq!(content, "hi [emote:4148074:HYPERCLAP]");
    assert_eq!(event.created_at, at("2025-04-01T07:56:18Z"));

    let replies_to = replies_to.unwrap();
    assert_eq!(replies_to.message_id, "c2f1a6c8-6f5f-4f4d-9c51-9f7b3f5b2d0f");
    assert_eq!(replies_to.content.as_deref(), Some("hello"));
    assert_eq!(replies_to.sender.unwrap().user_id, Some(12));

    assert_eq!((broadcaster.user_id, broadcaster.is_verified), (Some(BROADCASTER), None));
    assert_eq!(broadcaster.profile_picture.as_deref(), Some("https://example.com/1.webp"));
    assert_eq!(broadcaster.channel_slug.as_deref(), Some("ours"));
    assert!(broadcaster.identity.is_none());

    assert_eq!((sender.is_anonymous, sender.is_verified), (Some(false), Some(false)));
    assert_eq!((sender.username.as_deref(), sender.profile_picture), (Some("second"), None));
    let identity = sender.identity.unwrap();
    assert_eq!(identity.username_color.as_deref(), Some("#FF5733"));
    let badges: Vec<_> = identity
        .badges
        .iter()
        .map(|badge| (badge.text.as_deref(), badge.kind.as_deref(), badge.count))
        .collect();
    let moderator = (Some("Moderator"), Some("moderator"), None);
    assert_eq!(badges, [moderator, (Some("Sub Gifter"), Some("sub_gifter"), Some(5))]);

    assert_eq!(emotes.len(), 1);
    assert_eq!(emotes[0].emote_id, "4148074");
    let positions: Vec<_> = emotes[0].positions.iter().map(|it| (it.s, it.e)).collect();
    assert_eq!(positions, [(3, 27)]);
}

#[test]
fn a_follower() {
    let Ok(Event::ChannelFollowed(event)) = event("channel.followed", FOLLOWED) else { panic!() };
    assert_eq!(event.broadcaster.user_id, Some(BROADCASTER));
    assert_eq!((event.follower.user_id, event.follower.is_verified), (Some(34), Some(true)));
}

#[test]
fn a_subscription_that_is_new_or_renewed() {
    let new = event("channel.subscription.new", SUBSCRIPTION);
    let Ok(Event::ChannelSubscriptionNew(new)) = new else { panic!() };
    let renewal = event("channel.subscription.renewal", SUBSCRIPTION);
    let Ok(Event::ChannelSubscriptionRenewal(renewal)) = renewal else { panic!() };
    for event in [new, renewal] {
        assert_eq!(event.broadcaster.user_id, Some(BROADCASTER));
        assert_eq!((event.subscriber.user_id, event.duration), (Some(34), 3));
        assert_eq!(event.created_at, at("2025-04-01T07:56:18Z"));
        assert_eq!(event.expires_at, at("2025-05-01T07:56:18Z"));
    }
}

#[test]
fn subscriptions_that_are_given_by_nobody_known() {
    let gifts = event("channel.subscription.gifts", GIFTS);
    let Ok(Event::ChannelSubscriptionGifts(event)) = gifts else { panic!() };
    assert_eq!(event.gifter.is_anonymous, Some(true));
    assert_eq!((event.gifter.user_id, event.gifter.username), (None, None));
    let giftees: Vec<_> = event.giftees.iter().map(|giftee| giftee.user_id).collect();
    assert_eq!(giftees, [Some(34), Some(35)]);
    assert_eq!((event.created_at, event.expires_at), (at("2025-04-01T07:56:18Z"), None));
}

#[test]
fn a_reward_that_is_redeemed() {
    let redemption = event("channel.reward.redemption.updated", REDEMPTION);
    let Ok(Event::ChannelRewardRedemptionUpdated(event)) = redemption else { panic!() };
    let ChannelRewardRedemptionUpdated { id, user_input, status, reward, redeemer, .. } = event;
    assert_eq!((id.as_str(), status.as_str()), ("01KBHE78QE4HZY1617DK5FC7YD", "pending"));
    assert_eq!(user_input.as_deref(), Some("unban me"));
    assert_eq!(event.redeemed_at, at("2025-12-02T22:54:19.323Z"));
    assert_eq!((reward.id.as_str(), reward.cost), ("01KBHE7RZNHB0SKDV1H86CD4F3", Some(1000)));
    assert_eq!(reward.title.as_deref(), Some("Unban"));
    assert_eq!(reward.description.as_deref(), Some("with a reason"));
    assert_eq!((redeemer.user_id, redeemer.is_anonymous), (Some(34), None));
    assert_eq!(redeemer.profile_picture.as_deref(), Some(""));
}

#[test]
fn a_livestream_that_begins_or_ends() {
    let status = |body: &str| match event("livestream.status.updated", body) {
        Ok(Event::LivestreamStatusUpdated(event)) => event,
        other => panic!("{other:?}"),
    };
    let LivestreamStatusUpdated { is_live, title, started_at, ended_at, .. } = status(STATUS);
    assert!(is_live);
    assert_eq!(title.as_deref(), Some("a title"));
    assert_eq!((started_at, ended_at), (at("2025-04-01T18:56:18+11:00"), None));
    assert_eq!(started_at.unwrap().as_str(), "2025-04-01T18:56:18+11:00");
    let ended = STATUS.replace("true", "false");
    let ended = ended.replace("\"ended_at\": null", "\"ended_at\": \"2025-04-01T19:56:18+11:00\"");
    let event = status(&ended);
    assert!(!event.is_live);
    assert_eq!(event.ended_at, at("2025-04-01T19:56:18+11:00"));
}

#[test]
fn what_is_said_of_a_livestream() {
    let metadata = event("livestream.metadata.updated", METADATA);
    let Ok(Event::LivestreamMetadataUpdated(event)) = metadata else { panic!() };
    let metadata = event.metadata;
    assert_eq!(metadata.title.as_deref(), Some("a title"));
    assert_eq!(
        (metadata.language.as_deref(), metadata.has_mature_content),
        (Some("en"), Some(false))
    );
    let category = metadata.category.unwrap();
    assert_eq!((category.id, category.name.as_deref()), (Some(15), Some("Just Chatting")));
    assert_eq!(category.thumbnail.as_deref(), Some("https://example.com/15"));
}

#[test]
fn somebody_who_is_banned() {
    let banned = event("moderation.banned", BANNED);
    let Ok(Event::ModerationBanned(event)) = banned else { panic!() };
    assert_eq!((event.moderator.user_id, event.banned_user.user_id), (Some(34), Some(35)));
    assert_eq!(event.metadata.reason.as_deref(), Some("a reason"));
    assert_eq!(event.metadata.created_at, at("2025-04-01T07:56:18Z"));
    assert_eq!(event.metadata.expires_at, at("2025-04-01T08:56:18Z"));
}

#[test]
fn kicks_that_are_given() {
    let Ok(Event::KicksGifted(event)) = event("kicks.gifted", KICKS) else { panic!() };
    let KicksGifted { sender, gift, created_at, .. } = event;
    assert_eq!((sender.user_id, gift.amount), (Some(34), 500));
    assert_eq!((gift.name.as_deref(), gift.kind.as_deref()), (Some("Rage Quit"), Some("LEVEL_UP")));
    assert_eq!((gift.tier.as_deref(), gift.message.as_deref()), (Some("MID"), Some("w")));
    assert_eq!(gift.pinned_time_seconds, Some(600));
    assert_eq!(created_at, at("2025-10-20T04:00:08.634Z"));
}

#[test]
fn a_claim_of_drops() {
    let told = |body: &str| match claim(body) {
        Ok(Event::DropsClaim(claim)) => claim,
        other => panic!("{other:?}"),
    };
    let of_number = told(CLAIM);
    assert_eq!(of_number.claim_id, "01KBHE7RZNHB0SKDV1H86CD4F3");
    assert_eq!(of_number.campaign_id, CAMPAIGN);
    assert_eq!(of_number.reward_id, "01KBHE7RZNHB0SKDV1H86CD4F4");
    assert_eq!((of_number.user_id.as_str(), of_number.external_id), ("7", None));
    let of_text = CLAIM.replace("\"user_id\":7", "\"user_id\":\"7\",\"external_id\":\"x\"");
    let of_text = told(&of_text);
    assert_eq!((of_text.user_id.as_str(), of_text.external_id.as_deref()), ("7", Some("x")));
}

#[test]
fn another_type_is_unknown_and_keeps_its_body() {
    for claimed in ["channel.unfollowed", "Channel.Followed", "chat.message.sent2", "x", "1"] {
        for body in [FOLLOWED, "{}", "null", "[1,2]", " 7 ", "{\"a\":1,\"a\":2}"] {
            let Ok(Event::Unknown(event)) = event(claimed, body) else { panic!("{body}") };
            assert_eq!(
                (event.claimed_type.as_str(), event.claimed_version.as_str()),
                (claimed, "1")
            );
            assert_eq!(event.body.get(), body.trim());
        }
    }
}

#[test]
fn another_version_is_unknown_whatever_its_body() {
    for version in ["2", "01", "1.0", "v1", "0", "11"] {
        for body in [FOLLOWED, "{}"] {
            let message = RELAY.event("channel.followed", body).sent_at(sent());
            let message = message.without_header("Kick-Event-Version");
            let message = message.header("Kick-Event-Version", version);
            let delivery = verify(&anything(), &message).unwrap();
            let Ok(Event::Unknown(event)) = Event::parse(&delivery) else { panic!("{version}") };
            assert_eq!(event.claimed_type, "channel.followed");
            assert_eq!((event.claimed_version.as_str(), event.body.get()), (version, body));
        }
    }
}
