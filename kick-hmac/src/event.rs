//! What a delivery tells, by type.

mod types;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub use types::{
    Badge, Category, ChannelFollowed, ChannelRewardRedemptionUpdated, ChannelSubscription,
    ChannelSubscriptionGifts, ChatMessageSent, DropsClaim, Emote, EmotePosition, Identity, Kicks,
    KicksGifted, LivestreamMetadata, LivestreamMetadataUpdated, LivestreamStatusUpdated,
    ModerationBanned, ModerationMetadata, RepliesTo, Reward, User,
};

use crate::{Delivery, VerifyError};

/// What a delivery tells, by [Kick's documentation].
///
/// Which kind it is stands in a header that is not signed. So the body, which is, must have the shape of
/// that kind: its own fields, not those that all have. Two kinds have one shape and cannot be told apart
/// so: [`ChannelSubscriptionNew`](Self::ChannelSubscriptionNew) and
/// [`ChannelSubscriptionRenewal`](Self::ChannelSubscriptionRenewal).
///
/// Fields that nobody knows yet are left out, and what Kick has been seen to leave out or to send as
/// `null` is an `Option`. That an event is signed does not make it true for ever: Kick has sent gifts
/// whose payment failed.
///
/// [Kick's documentation]: https://docs.kick.com/events/event-types
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// `channel.followed`
    ChannelFollowed(ChannelFollowed),
    /// `channel.reward.redemption.updated`
    ChannelRewardRedemptionUpdated(ChannelRewardRedemptionUpdated),
    /// `channel.subscription.gifts`
    ChannelSubscriptionGifts(ChannelSubscriptionGifts),
    /// `channel.subscription.new`: or a renewal, see above.
    ChannelSubscriptionNew(ChannelSubscription),
    /// `channel.subscription.renewal`: or a new one, see above.
    ChannelSubscriptionRenewal(ChannelSubscription),
    /// `chat.message.sent`
    ChatMessageSent(ChatMessageSent),
    /// A Drops claim, which comes with headers of its own.
    DropsClaim(DropsClaim),
    /// `kicks.gifted`
    KicksGifted(KicksGifted),
    /// `livestream.metadata.updated`
    LivestreamMetadataUpdated(LivestreamMetadataUpdated),
    /// `livestream.status.updated`
    LivestreamStatusUpdated(LivestreamStatusUpdated),
    /// `moderation.banned`
    ModerationBanned(ModerationBanned),
    /// Another type, or another version than `1`.
    Unknown(UnknownEvent),
}

/// What is known of an event that is not: its signed body, and what it claims to be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnknownEvent {
    /// `Kick-Event-Type`, not signed.
    pub claimed_type: String,
    /// `Kick-Event-Version`, not signed.
    pub claimed_version: String,
    /// The body: JSON, of whatever shape.
    pub body: Box<RawValue>,
}

impl Event {
    /// Reads what a delivery tells.
    ///
    /// # Errors
    ///
    /// [`VerifyError::MalformedEvent`] if the body is not JSON, or not of the shape that the claimed type
    /// has.
    pub fn parse(delivery: &Delivery) -> Result<Self, VerifyError> {
        let body = delivery.body();
        let (Some(claimed_type), Some(claimed_version)) =
            (delivery.claimed_type(), delivery.claimed_version())
        else {
            return read(body).map(Self::DropsClaim);
        };
        if claimed_version != "1" {
            return unknown(claimed_type, claimed_version, body);
        }
        match claimed_type {
            CHANNEL_FOLLOWED => read(body).map(Self::ChannelFollowed),
            CHANNEL_REWARD_REDEMPTION_UPDATED => {
                read(body).map(Self::ChannelRewardRedemptionUpdated)
            }
            CHANNEL_SUBSCRIPTION_GIFTS => read(body).map(Self::ChannelSubscriptionGifts),
            CHANNEL_SUBSCRIPTION_NEW => read(body).map(Self::ChannelSubscriptionNew),
            CHANNEL_SUBSCRIPTION_RENEWAL => read(body).map(Self::ChannelSubscriptionRenewal),
            CHAT_MESSAGE_SENT => read(body).map(Self::ChatMessageSent),
            KICKS_GIFTED => read(body).map(Self::KicksGifted),
            LIVESTREAM_METADATA_UPDATED => read(body).map(Self::LivestreamMetadataUpdated),
            LIVESTREAM_STATUS_UPDATED => read(body).map(Self::LivestreamStatusUpdated),
            MODERATION_BANNED => read(body).map(Self::ModerationBanned),
            _ => unknown(claimed_type, claimed_version, body),
        }
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, VerifyError> {
    serde_json::from_slice(body).map_err(|_| VerifyError::MalformedEvent)
}

fn unknown(claimed_type: &str, claimed_version: &str, body: &[u8]) -> Result<Event, VerifyError> {
    Ok(Event::Unknown(UnknownEvent {
        claimed_type: claimed_type.to_owned(),
        claimed_version: claimed_version.to_owned(),
        body: read(body)?,
    }))
}

const CHANNEL_FOLLOWED: &str = "channel.followed";
const CHANNEL_REWARD_REDEMPTION_UPDATED: &str = "channel.reward.redemption.updated";
const CHANNEL_SUBSCRIPTION_GIFTS: &str = "channel.subscription.gifts";
const CHANNEL_SUBSCRIPTION_NEW: &str = "channel.subscription.new";
const CHANNEL_SUBSCRIPTION_RENEWAL: &str = "channel.subscription.renewal";
const CHAT_MESSAGE_SENT: &str = "chat.message.sent";
const KICKS_GIFTED: &str = "kicks.gifted";
const LIVESTREAM_METADATA_UPDATED: &str = "livestream.metadata.updated";
const LIVESTREAM_STATUS_UPDATED: &str = "livestream.status.updated";
const MODERATION_BANNED: &str = "moderation.banned";

/// Those that are known, the most usual first.
pub(crate) const TYPES: [&str; 10] = [
    CHAT_MESSAGE_SENT,
    CHANNEL_FOLLOWED,
    LIVESTREAM_STATUS_UPDATED,
    LIVESTREAM_METADATA_UPDATED,
    CHANNEL_SUBSCRIPTION_NEW,
    CHANNEL_SUBSCRIPTION_RENEWAL,
    CHANNEL_SUBSCRIPTION_GIFTS,
    CHANNEL_REWARD_REDEMPTION_UPDATED,
    KICKS_GIFTED,
    MODERATION_BANNED,
];
