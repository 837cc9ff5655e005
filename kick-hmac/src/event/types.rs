use serde::{Deserialize, Deserializer};

use crate::Timestamp;
use crate::object::Object;

/// A struct that is read from an object, and not from a list of its fields.
macro_rules! object {
    (
        #[doc = $what:literal]
        pub struct $name:ident {
            $($(#[doc = $doc:literal])* $(#[serde($($serde:tt)*)])? pub $field:ident: $type:ty,)*
        }
    ) => {
        #[doc = $what]
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
        pub struct $name {
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                struct Wire {
                    $($(#[serde($($serde)*)])? $field: $type,)*
                }

                let Object(wire) = Object::<Wire>::deserialize(deserializer)?;
                Ok(Self { $($field: wire.$field,)* })
            }
        }
    };
}

object! {
    /// Somebody on Kick. An anonymous gifter has nothing but `is_anonymous`.
    pub struct User {
        pub is_anonymous: Option<bool>,
        pub user_id: Option<u64>,
        pub username: Option<String>,
        pub is_verified: Option<bool>,
        pub profile_picture: Option<String>,
        pub channel_slug: Option<String>,
        pub identity: Option<Identity>,
    }
}

object! {
    /// How somebody's name is shown in a chat.
    pub struct Identity {
        pub username_color: Option<String>,
        #[serde(default, deserialize_with = "null_is_default")]
        pub badges: Vec<Badge>,
    }
}

object! {
    /// A badge beside a name.
    pub struct Badge {
        pub text: Option<String>,
        #[serde(rename = "type")]
        pub kind: Option<String>,
        pub count: Option<u64>,
    }
}

object! {
    /// A message in a chat.
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
}

object! {
    /// The message that another one answers.
    pub struct RepliesTo {
        pub message_id: String,
        pub content: Option<String>,
        pub sender: Option<User>,
    }
}

object! {
    /// An emote, and where it stands in the message.
    pub struct Emote {
        #[serde(deserialize_with = "text_or_number")]
        pub emote_id: String,
        #[serde(default, deserialize_with = "null_is_default")]
        pub positions: Vec<EmotePosition>,
    }
}

object! {
    /// Where an emote stands: from character `s` to character `e` of the content.
    pub struct EmotePosition {
        pub s: u64,
        pub e: u64,
    }
}

object! {
    /// Somebody follows a channel.
    pub struct ChannelFollowed {
        pub broadcaster: User,
        pub follower: User,
    }
}

object! {
    /// Somebody subscribes to a channel, anew or again.
    pub struct ChannelSubscription {
        pub broadcaster: User,
        pub subscriber: User,
        /// In months.
        pub duration: u64,
        pub created_at: Option<Timestamp>,
        pub expires_at: Option<Timestamp>,
    }
}

object! {
    /// Somebody gives subscriptions to others.
    pub struct ChannelSubscriptionGifts {
        pub broadcaster: User,
        pub gifter: User,
        pub giftees: Vec<User>,
        pub created_at: Option<Timestamp>,
        pub expires_at: Option<Timestamp>,
    }
}

object! {
    /// Somebody redeems a reward, or it is accepted or rejected.
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
}

object! {
    /// What is redeemed.
    pub struct Reward {
        pub id: String,
        pub title: Option<String>,
        pub cost: Option<u64>,
        pub description: Option<String>,
    }
}

object! {
    /// A livestream begins or ends.
    pub struct LivestreamStatusUpdated {
        pub broadcaster: User,
        pub is_live: bool,
        pub title: Option<String>,
        pub started_at: Option<Timestamp>,
        pub ended_at: Option<Timestamp>,
    }
}

object! {
    /// What is said of a livestream has changed.
    pub struct LivestreamMetadataUpdated {
        pub broadcaster: User,
        pub metadata: LivestreamMetadata,
    }
}

object! {
    /// A moderator bans somebody, for a time or for good.
    pub struct ModerationBanned {
        pub broadcaster: User,
        pub moderator: User,
        pub banned_user: User,
        pub metadata: ModerationMetadata,
    }
}

object! {
    /// Why somebody is banned, and until when.
    pub struct ModerationMetadata {
        pub reason: Option<String>,
        pub created_at: Option<Timestamp>,
        /// `None` is for good.
        pub expires_at: Option<Timestamp>,
    }
}

object! {
    /// Somebody gives kicks.
    pub struct KicksGifted {
        pub broadcaster: User,
        pub sender: User,
        pub gift: Kicks,
        pub created_at: Option<Timestamp>,
    }
}

object! {
    /// A gift of kicks.
    pub struct Kicks {
        pub amount: u64,
        pub name: Option<String>,
        #[serde(rename = "type")]
        pub kind: Option<String>,
        pub tier: Option<String>,
        pub message: Option<String>,
        pub pinned_time_seconds: Option<u64>,
    }
}

object! {
    /// What a livestream is about.
    pub struct Category {
        pub id: Option<u64>,
        pub name: Option<String>,
        pub thumbnail: Option<String>,
    }
}

object! {
    /// Somebody claims a reward of a Drops campaign. Kick wants 200 for it, and for each `claim_id` once.
    pub struct DropsClaim {
        pub claim_id: String,
        #[serde(deserialize_with = "text_or_number")]
        pub user_id: String,
        pub campaign_id: String,
        pub reward_id: String,
        pub external_id: Option<String>,
    }
}

/// What is said of a livestream.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are Kick's, and all there is to say")]
#[serde(from = "Object<WireMetadata>")]
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

impl From<Object<WireMetadata>> for LivestreamMetadata {
    fn from(Object(wire): Object<WireMetadata>) -> Self {
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
