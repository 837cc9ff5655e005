//! What a refusal is answered with: a status and a few headers, and never the reason.

use http::StatusCode;
use http::header::{ALLOW, CACHE_CONTROL, RETRY_AFTER};
use kick_hmac::VerifyError;

use crate::errors::all;

/// By status, all of them.
const STATUSES: [(u16, &[&str]); 9] = [
    (200, &["duplicate"]),
    (
        400,
        &[
            "content_encoding",
            "missing_header",
            "repeated_header",
            "malformed_header",
            "broken_body",
            "malformed_event",
        ],
    ),
    (401, &["stale", "sent_in_future", "malformed_signature", "bad_signature", "forgotten"]),
    (403, &["unexpected_drops", "wrong_broadcaster", "wrong_campaign"]),
    (405, &["wrong_method"]),
    (408, &["too_slow"]),
    (413, &["too_large"]),
    (500, &["missing_layer"]),
    (503, &["no_valid_secret", "in_flight", "store_unavailable"]),
];

#[test]
fn each_is_answered_with_its_status() {
    let mut count = 0;
    for (status, codes) in STATUSES {
        for code in codes {
            let error = all().find(|error| error.code() == *code).unwrap();
            assert_eq!(error.status(), StatusCode::from_u16(status).unwrap(), "{code}");
            count += 1;
        }
    }
    assert_eq!(count, all().count());
}

#[test]
fn only_what_was_handled_before_is_answered_as_if_it_were_handled() {
    for error in all() {
        assert_eq!(error.status().is_success(), error == VerifyError::Duplicate, "{error}");
    }
}

#[test]
fn an_answer_has_the_body_it_is_given_and_no_reason() {
    for error in all() {
        let response = error.response("body");
        assert_eq!(response.status(), error.status());
        assert_eq!(*response.body(), "body");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(response.extensions().get::<VerifyError>(), Some(&error));
        for (name, value) in response.headers() {
            let is_expected = [CACHE_CONTROL, ALLOW, RETRY_AFTER].contains(name);
            assert!(is_expected, "{name}: {value:?}");
        }
    }
}

#[test]
fn an_answer_says_when_to_come_again_and_what_is_allowed_where_it_helps() {
    for error in all() {
        let response = error.response(());
        let retry_after = response.headers().get(RETRY_AFTER);
        let is_for_later = error.status() == StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(retry_after.map(http::HeaderValue::as_bytes), is_for_later.then_some(&b"2"[..]));
        let allow = response.headers().get(ALLOW);
        let is_wrong_method = error == VerifyError::WrongMethod;
        assert_eq!(allow.map(http::HeaderValue::as_bytes), is_wrong_method.then_some(&b"POST"[..]));
    }
}
