use serde::{Deserialize, Deserializer};

use crate::Timestamp;

/// Somebody on Kick. An anonymous gifter has nothing but `is_anonymous`.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct User {
    pub is_anonymous: Option<bool>,
    pub user_id: Option<u64>,
    pub username: Option<String>,
    pub is_verified: Option<bool>,
    pub profile_picture: Option<String>,
    pub channel_slug: Option<String>,
    pub identity: Option<Identity>,
}

/// How somebody's name is shown in a chat.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct Identity {
    pub username_color: Option<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub badges: Vec<Badge>,
}

/// A badge beside a name.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct Badge {
    pub text: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub count: Option<u64>,
}

/// A message in a chat.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct ChatMessageSent {
    pub message_id: String,
    pub replies_to: Option<RepliesTo>,
    pub broadcaster: User,
    pub sender: User,
    pub content: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub emotes: Vec<Emote>,
    pub created_at: Option<Timestamp>,
}

/// The message that another one answers.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct RepliesTo {
    pub message_id: String,
    pub content: Option<String>,
    pub sender: Option<User>,
}

/// An emote, and where it stands in the message.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct Emote {
    #[serde(deserialize_with = "text_or_number")]
    pub emote_id: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub positions: Vec<EmotePosition>,
}

/// Where an emote stands: from character `s` to character `e` of the content.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct EmotePosition {
    pub s: u64,
    pub e: u64,
}

/// Somebody follows a channel.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct ChannelFollowed {
    pub broadcaster: User,
    pub follower: User,
}

/// Somebody subscribes to a channel, anew or again.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct ChannelSubscription {
    pub broadcaster: User,
    pub subscriber: User,
    /// In months.
    pub duration: u64,
    pub created_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}

/// Somebody gives subscriptions to others.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct ChannelSubscriptionGifts {
    pub broadcaster: User,
    pub gifter: User,
    pub giftees: Vec<User>,
    pub created_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}

/// Somebody redeems a reward, or it is accepted or rejected.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct ChannelRewardRedemptionUpdated {
    pub id: String,
    pub user_input: Option<String>,
    /// `pending`, `accepted` or `rejected`.
    pub status: String,
    pub redeemed_at: Option<Timestamp>,
    pub reward: Reward,
    pub redeemer: User,
    pub broadcaster: User,
}

/// What is redeemed.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct Reward {
    pub id: String,
    pub title: Option<String>,
    pub cost: Option<u64>,
    pub description: Option<String>,
}

/// A livestream begins or ends.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct LivestreamStatusUpdated {
    pub broadcaster: User,
    pub is_live: bool,
    pub title: Option<String>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// What is said of a livestream has changed.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct LivestreamMetadataUpdated {
    pub broadcaster: User,
    pub metadata: LivestreamMetadata,
}

/// A moderator bans somebody, for a time or for good.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct ModerationBanned {
    pub broadcaster: User,
    pub moderator: User,
    pub banned_user: User,
    pub metadata: ModerationMetadata,
}

/// Why somebody is banned, and until when.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct ModerationMetadata {
    pub reason: Option<String>,
    pub created_at: Option<Timestamp>,
    /// `None` is for good.
    pub expires_at: Option<Timestamp>,
}

/// Somebody gives kicks.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct KicksGifted {
    pub broadcaster: User,
    pub sender: User,
    pub gift: Kicks,
    pub created_at: Option<Timestamp>,
}

/// A gift of kicks.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct Kicks {
    pub amount: u64,
    pub name: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub tier: Option<String>,
    pub message: Option<String>,
    pub pinned_time_seconds: Option<u64>,
}

/// What a livestream is about.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct Category {
    pub id: Option<u64>,
    pub name: Option<String>,
    pub thumbnail: Option<String>,
}

/// Somebody claims a reward of a Drops campaign. Kick wants 200 for it, and for each `claim_id` once.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
pub struct DropsClaim {
    pub claim_id: String,
    #[serde(deserialize_with = "text_or_number")]
    pub user_id: String,
    pub campaign_id: String,
    pub reward_id: String,
    pub external_id: Option<String>,
}

/// What is said of a livestream.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
#[serde(from = "WireMetadata")]
pub struct LivestreamMetadata {
    pub title: Option<String>,
    pub language: Option<String>,
    pub has_mature_content: Option<bool>,
    pub category: Option<Category>,
}

/// Kick sends the category under two names, both in one event.
#[derive(Deserialize)]
struct WireMetadata {
    // There, though it may be null: that tells it from the metadata of a ban.
    #[serde(deserialize_with = "Option::deserialize")]
    title: Option<String>,
    language: Option<String>,
    has_mature_content: Option<bool>,
    category: Option<Category>,
    #[serde(rename = "Category")]
    capital_category: Option<Category>,
}

impl From<WireMetadata> for LivestreamMetadata {
    fn from(wire: WireMetadata) -> Self {
        Self {
            title: wire.title,
            language: wire.language,
            has_mature_content: wire.has_mature_content,
            category: wire.category.or(wire.capital_category),
        }
    }
}

fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// An id that some senders write as a number.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Number(u64),
        Text(String),
    }

    Ok(match Id::deserialize(deserializer)? {
        Id::Number(number) => number.to_string(),
        Id::Text(text) => text,
    })
}
