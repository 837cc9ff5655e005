//! What callers may rely on to pass the values on: between threads, and by copying.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;

use kick_hmac::{
    Broadcasters, Campaigns, Check, ConfigError, Delivery, DeliveryHeaders, Event, KeyError, Keys,
    KickHmac, KickHmacBuilder, KickKeyStatus, KickKeys, KickPublicKey, Lease, MemoryReplays,
    MessageId, RelayKeys, RelaySecret, Replays, Reserved, StoreError, TagEncoding, Timestamp,
    VerifyError,
};

fn is_a_handle<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
fn is_passed_on<T: Debug + Send + Sync + Unpin + 'static>() {}
fn is_a_value<T: Copy + Eq + Debug + Send + Sync + 'static>() {}
fn is_a_key<T: Clone + Eq + Hash + Send + Sync + 'static>() {}
fn is_an_error<T: Error + Send + Sync + 'static>() {}
fn is_text<T: Display + FromStr<Err = ConfigError>>() {}

#[test]
fn everything_goes_to_any_thread_and_handles_can_be_cloned() {
    is_a_handle::<KickHmac>();
    is_a_handle::<Keys>();
    is_a_handle::<KickKeys>();
    is_a_handle::<KickKeyStatus>();
    is_a_handle::<KickPublicKey>();
    is_a_handle::<RelayKeys>();
    is_a_handle::<RelaySecret>();
    is_a_handle::<Broadcasters>();
    is_a_handle::<Campaigns>();
    is_a_handle::<Replays>();
    is_a_handle::<Delivery>();
    is_a_handle::<Event>();
    is_passed_on::<KickHmacBuilder>();
    is_a_handle::<Check<'static>>();
    is_passed_on::<MemoryReplays>();
    is_a_handle::<DeliveryHeaders<'static>>();
}

#[test]
fn ids_times_and_errors_are_copied_and_can_be_counted_by() {
    is_a_value::<MessageId>();
    is_a_value::<Timestamp>();
    is_a_value::<Lease>();
    is_a_value::<Reserved>();
    is_a_value::<TagEncoding>();
    is_a_value::<VerifyError>();
    is_a_value::<ConfigError>();
    is_a_value::<KeyError>();
    is_a_key::<MessageId>();
    is_a_key::<Timestamp>();
    is_a_key::<VerifyError>();
    is_text::<MessageId>();
    is_text::<Timestamp>();
}

#[test]
fn what_went_wrong_is_an_error_that_can_be_boxed() {
    is_an_error::<VerifyError>();
    is_an_error::<ConfigError>();
    is_an_error::<KeyError>();
    is_an_error::<StoreError>();
}

#[test]
fn handles_are_small_enough_to_be_passed_on() {
    assert_eq!(size_of::<KickHmac>(), size_of::<usize>());
    assert_eq!(size_of::<KickKeys>(), size_of::<usize>());
    assert_eq!(size_of::<KickPublicKey>(), size_of::<usize>());
    assert_eq!(size_of::<MessageId>(), 26);
    assert!(size_of::<Option<VerifyError>>() <= 3 * size_of::<usize>());
}

#[test]
fn a_store_s_failure_has_its_cause_as_its_source() {
    let error = StoreError::new("the disk is full");
    assert_eq!(error.to_string(), "the store of ids failed");
    assert_eq!(error.source().unwrap().to_string(), "the disk is full");
}
