use bytes::Bytes;
use kick_hmac::{Delivery, Event, MessageId};

/// What a delivery told, in the form that it is kept in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewEvent {
    /// The message's id: one event is kept for each.
    pub message_id: MessageId,
    /// When Kick sent it, as it is signed.
    pub sent_at: String,
    /// Which kind of event the body has the shape of.
    pub kind: &'static str,
    /// What it claimed to be; a Drops claim claims nothing. Not signed.
    pub claimed_type: Option<String>,
    /// Of which version. Not signed.
    pub claimed_version: Option<String>,
    /// The body, as it is signed: bytes, which no store can find wrong.
    pub body: Bytes,
}

impl NewEvent {
    /// From a proof.
    #[must_use]
    pub fn of(delivery: &Delivery) -> Self {
        Self {
            message_id: *delivery.message_id(),
            sent_at: delivery.timestamp().as_str().to_owned(),
            kind: Event::parse(delivery).as_ref().map_or(MALFORMED, kind),
            claimed_type: delivery.claimed_type().map(str::to_owned),
            claimed_version: delivery.claimed_version().map(str::to_owned),
            body: delivery.body().clone(),
        }
    }
}

/// An event that is kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeptEvent {
    /// In the order of keeping.
    pub sequence: u64,
    /// When it was kept, in seconds since 1970.
    pub kept_at: u64,
    /// The message's id.
    pub message_id: String,
    /// As [`NewEvent::sent_at`].
    pub sent_at: String,
    /// As [`NewEvent::kind`].
    pub kind: String,
    /// As [`NewEvent::claimed_type`].
    pub claimed_type: Option<String>,
    /// As [`NewEvent::claimed_version`].
    pub claimed_version: Option<String>,
    /// As [`NewEvent::body`].
    pub body: Vec<u8>,
}

/// Few words, whatever a header says: they become labels of counters.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::ChannelFollowed(_) => "channel.followed",
        Event::ChannelRewardRedemptionUpdated(_) => "channel.reward.redemption.updated",
        Event::ChannelSubscriptionGifts(_) => "channel.subscription.gifts",
        Event::ChannelSubscriptionNew(_) => "channel.subscription.new",
        Event::ChannelSubscriptionRenewal(_) => "channel.subscription.renewal",
        Event::ChatMessageSent(_) => "chat.message.sent",
        Event::DropsClaim(_) => "drops.claim",
        Event::KicksGifted(_) => "kicks.gifted",
        Event::LivestreamMetadataUpdated(_) => "livestream.metadata.updated",
        Event::LivestreamStatusUpdated(_) => "livestream.status.updated",
        Event::ModerationBanned(_) => "moderation.banned",
        // Also one that a later version of kick-hmac tells apart.
        _ => "unknown",
    }
}

const MALFORMED: &str = "malformed";
