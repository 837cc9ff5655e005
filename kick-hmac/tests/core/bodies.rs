//! A body of each type, as Kick sends them: nulls, offsets and fields that are there at times.

/// The type, and its usual body.
pub(crate) const ALL: [(&str, &str); 10] = [
    ("channel.followed", FOLLOWED),
    ("channel.reward.redemption.updated", REDEMPTION),
    ("channel.subscription.gifts", GIFTS),
    ("channel.subscription.new", SUBSCRIPTION),
    ("channel.subscription.renewal", SUBSCRIPTION),
    ("chat.message.sent", CHAT),
    ("kicks.gifted", KICKS),
    ("livestream.metadata.updated", METADATA),
    ("livestream.status.updated", STATUS),
    ("moderation.banned", BANNED),
];

pub(crate) const CHAT: &str = r##"{
    "message_id": "c2f1a6c8-6f5f-4f4d-9c51-9f7b3f5b2d10",
    "replies_to": {
        "message_id": "c2f1a6c8-6f5f-4f4d-9c51-9f7b3f5b2d0f",
        "content": "hello",
        "sender": {"is_anonymous": false, "user_id": 12, "username": "first"}
    },
    "broadcaster": {
        "is_anonymous": false, "user_id": 4809577, "username": "ours", "is_verified": null,
        "profile_picture": "https://example.com/1.webp", "channel_slug": "ours", "identity": null
    },
    "sender": {
        "is_anonymous": false, "user_id": 34, "username": "second", "is_verified": false,
        "profile_picture": null, "channel_slug": "second",
        "identity": {
            "username_color": "#FF5733",
            "badges": [
                {"text": "Moderator", "type": "moderator"},
                {"text": "Sub Gifter", "type": "sub_gifter", "count": 5}
            ]
        }
    },
    "content": "hi [emote:4148074:HYPERCLAP]",
    "emotes": [{"emote_id": "4148074", "positions": [{"s": 3, "e": 27}]}],
    "created_at": "2025-04-01T07:56:18Z"
}"##;

pub(crate) const FOLLOWED: &str = r#"{
    "broadcaster": {"user_id": 4809577, "username": "ours"},
    "follower": {"is_anonymous": false, "user_id": 34, "username": "second", "is_verified": true}
}"#;

pub(crate) const SUBSCRIPTION: &str = r#"{
    "broadcaster": {"user_id": 4809577, "username": "ours"},
    "subscriber": {"user_id": 34, "username": "second"},
    "duration": 3,
    "created_at": "2025-04-01T07:56:18Z",
    "expires_at": "2025-05-01T07:56:18Z"
}"#;

/// Of somebody who does not want to be known.
pub(crate) const GIFTS: &str = r#"{
    "broadcaster": {"user_id": 4809577, "username": "ours"},
    "gifter": {
        "is_anonymous": true, "user_id": null, "username": null, "is_verified": null,
        "profile_picture": null, "channel_slug": null, "identity": null
    },
    "giftees": [{"user_id": 34, "username": "second"}, {"user_id": 35, "username": "third"}],
    "created_at": "2025-04-01T07:56:18Z",
    "expires_at": null
}"#;

pub(crate) const REDEMPTION: &str = r#"{
    "id": "01KBHE78QE4HZY1617DK5FC7YD",
    "user_input": "unban me",
    "status": "pending",
    "redeemed_at": "2025-12-02T22:54:19.323Z",
    "reward": {
        "id": "01KBHE7RZNHB0SKDV1H86CD4F3", "title": "Unban", "cost": 1000,
        "description": "with a reason"
    },
    "redeemer": {"user_id": 34, "username": "second", "profile_picture": ""},
    "broadcaster": {"user_id": 4809577, "username": "ours"}
}"#;

pub(crate) const STATUS: &str = r#"{
    "broadcaster": {"user_id": 4809577, "username": "ours"},
    "is_live": true,
    "title": "a title",
    "started_at": "2025-04-01T18:56:18+11:00",
    "ended_at": null
}"#;

/// The category is there under two names.
pub(crate) const METADATA: &str = r#"{
    "broadcaster": {"user_id": 4809577, "username": "ours"},
    "metadata": {
        "title": "a title",
        "language": "en",
        "has_mature_content": false,
        "category": {"id": 15, "name": "Just Chatting", "thumbnail": "https://example.com/15"},
        "Category": {"id": 16, "name": "another", "thumbnail": null}
    }
}"#;

pub(crate) const BANNED: &str = r#"{
    "broadcaster": {"user_id": 4809577, "username": "ours"},
    "moderator": {"user_id": 34, "username": "second"},
    "banned_user": {"user_id": 35, "username": "third"},
    "metadata": {
        "reason": "a reason",
        "created_at": "2025-04-01T07:56:18Z",
        "expires_at": "2025-04-01T08:56:18Z"
    }
}"#;

pub(crate) const KICKS: &str = r#"{
    "broadcaster": {"user_id": 4809577, "username": "ours"},
    "sender": {"user_id": 34, "username": "second"},
    "gift": {
        "amount": 500, "name": "Rage Quit", "type": "LEVEL_UP", "tier": "MID", "message": "w",
        "pinned_time_seconds": 600
    },
    "created_at": "2025-10-20T04:00:08.634Z"
}"#;
