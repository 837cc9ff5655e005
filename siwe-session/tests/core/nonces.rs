//! What a nonce is made of, and that all of it is sealed.

use std::time::Duration;

use siwe_session::VerifyError;

use crate::{audience, browser, message, now, sign_in, verifier};

#[test]
fn a_nonce_is_made_as_its_documents_say() {
    let verifier = verifier();
    // Written by hand, with the HMAC-SHA256 of Python: what one version makes another must take.
    let bound = "09090909090909090909006b02d9403166d3769b21291aeac73bd6";
    let made = verifier.nonce(&audience(), Some(&browser()), [9; 10], now());
    assert_eq!((made.as_str(), made.to_string().as_str()), (bound, bound));
    let unbound = "09090909090909090909006b02d940ec3b894d6ad4490ece9de696";
    assert_eq!(verifier.nonce(&audience(), None, [9; 10], now()).as_str(), unbound);
    assert!(sign_in(&verifier, message(&verifier).nonce(bound)).is_ok());
}

#[test]
fn no_digit_of_a_nonce_can_be_another() {
    let verifier = verifier();
    let own = crate::nonce(&verifier);
    for at in 0..own.len() {
        let digit = if own[at..].starts_with('0') { "1" } else { "0" };
        let mut other = own.clone();
        other.replace_range(at..=at, digit);
        let refused = sign_in(&verifier, message(&verifier).nonce(other)).unwrap_err();
        assert_eq!(refused, VerifyError::UnknownNonce, "digit {at}");
    }
}

#[test]
fn an_expired_nonce_is_not_made_young_by_the_time_of_another() {
    let verifier = verifier();
    let at = |made_at| verifier.nonce(&audience(), Some(&browser()), [9; 10], made_at).to_string();
    let (young, old) = (at(now()), at(now() - Duration::from_secs(3600)));
    assert_eq!(young[..20], old[..20], "their random bytes are the same");
    // The time of the one, the seal of the other.
    let mixed = format!("{}{}", &young[..30], &old[30..]);
    let refused = |nonce: String| sign_in(&verifier, message(&verifier).nonce(nonce)).unwrap_err();
    assert_eq!(refused(mixed), VerifyError::UnknownNonce);
    assert_eq!(refused(old), VerifyError::ExpiredNonce);
}

#[test]
fn a_nonce_in_upper_case_is_no_second_one() {
    let verifier = verifier();
    let own = crate::nonce(&verifier);
    for other in [own.to_uppercase(), own.replacen('b', "B", 1)] {
        assert_ne!(other, own, "it has letters");
        let refused = sign_in(&verifier, message(&verifier).nonce(other)).unwrap_err();
        assert_eq!(refused, VerifyError::UnknownNonce);
    }
}
