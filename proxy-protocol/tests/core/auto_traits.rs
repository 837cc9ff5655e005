//! What callers may rely on to pass the values on: between threads, and by copying.

use std::error::Error;
use std::hash::Hash;
use std::panic::{RefUnwindSafe, UnwindSafe};

use proxy_protocol::{
    Command, EncodeError, EncoderV2, Family, Header, ParseError, Progress, SimpleHeader, Ssl, Tlv,
    TlvError, Tlvs, Transport, Version,
};

fn moves_between_threads<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
fn is_a_value<T: Copy + Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
fn is_a_key<T: Copy + Eq + Hash + Send + Sync + 'static>() {}
fn is_an_error<T: Copy + Eq + Error + Send + Sync + 'static>() {}

#[test]
fn what_is_read_is_copied_and_goes_to_any_thread() {
    is_a_value::<Header<'_>>();
    is_a_value::<Progress<'_>>();
    is_a_value::<Ssl<'_>>();
    is_a_value::<Tlv<'_>>();
    is_a_value::<Tlvs<'_>>();
    is_a_value::<SimpleHeader>();
}

#[test]
fn what_a_header_says_can_be_counted_by() {
    is_a_key::<Command>();
    is_a_key::<Family>();
    is_a_key::<SimpleHeader>();
    is_a_key::<Transport>();
    is_a_key::<Version>();
    is_a_key::<ParseError>();
    is_a_key::<TlvError>();
    is_a_key::<EncodeError>();
}

#[test]
fn what_went_wrong_is_an_error_that_can_be_boxed() {
    is_an_error::<ParseError>();
    is_an_error::<TlvError>();
    is_an_error::<EncodeError>();
}

#[test]
fn a_header_can_be_written_on_any_thread() {
    fn sends<T: Send + Sync + Unpin>() {}
    sends::<EncoderV2<'_>>();
    moves_between_threads::<EncodeError>();
}

#[test]
fn a_header_is_small_enough_to_be_returned() {
    assert!(size_of::<Progress<'_>>() <= 80, "{}", size_of::<Progress<'_>>());
    assert!(size_of::<Option<ParseError>>() == 1);
}
