//! What callers may rely on to pass the values on: between threads, and by copying.

use std::error::Error;
use std::fmt::Debug;
use std::hash::Hash;

use origin_mtls::{
    ConfigError, Crls, EdgeIdentity, HostPattern, OriginPullPolicy, OriginPullPolicyBuilder,
    SpkiPin, TrustAnchors, VerifyError,
};

fn is_a_handle<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
fn is_a_value<T: Copy + Eq + Debug + Send + Sync + 'static>() {}
fn is_a_key<T: Clone + Eq + Hash + Send + Sync + 'static>() {}
fn is_an_error<T: Copy + Eq + Error + Send + Sync + 'static>() {}

#[test]
fn everything_goes_to_any_thread_and_can_be_cloned() {
    is_a_handle::<OriginPullPolicy>();
    is_a_handle::<OriginPullPolicyBuilder>();
    is_a_handle::<EdgeIdentity>();
    is_a_handle::<TrustAnchors>();
    is_a_handle::<Crls>();
    is_a_handle::<HostPattern>();
}

#[test]
fn pins_and_errors_are_copied_and_can_be_counted_by() {
    is_a_value::<SpkiPin>();
    is_a_value::<VerifyError>();
    is_a_value::<ConfigError>();
    is_a_key::<SpkiPin>();
    is_a_key::<HostPattern>();
    is_a_key::<VerifyError>();
}

#[test]
fn what_went_wrong_is_an_error_that_can_be_boxed() {
    is_an_error::<VerifyError>();
    is_an_error::<ConfigError>();
}

#[test]
fn handles_and_refusals_are_small_enough_to_be_passed_on() {
    assert_eq!(size_of::<OriginPullPolicy>(), size_of::<usize>());
    assert_eq!(size_of::<EdgeIdentity>(), size_of::<usize>());
    assert_eq!(size_of::<Option<VerifyError>>(), 1);
}
