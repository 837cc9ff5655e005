//! The body: its limit, its pieces, and that it is not copied.

use bytes::{Bytes, BytesMut};
use kick_hmac::testing::Message;
use kick_hmac::{Check, KickHmac, KickHmacBuilder, VerifyError};
use proptest::prelude::*;

use crate::{FOLLOWED, RELAY, followed, of_relay, parts, refusal, sent};

const TOO_LARGE: Option<VerifyError> = Some(VerifyError::TooLarge);

fn limited(limit: usize) -> KickHmac {
    of_relay().body_limit(limit).build().unwrap()
}

/// A follow of this many bytes.
fn of_length(length: usize) -> String {
    format!("{FOLLOWED}{}", " ".repeat(length - FOLLOWED.len()))
}

fn event(body: &str) -> Message<'static> {
    RELAY.event("channel.followed", body).sent_at(sent())
}

fn begin<'a>(kick: &'a KickHmac, message: &Message<'_>) -> (Check<'a>, Bytes) {
    let (headers, body) = parts(message);
    (kick.begin(kick.headers(&headers).unwrap(), sent()).unwrap(), body)
}

#[test]
fn by_default_a_body_has_at_most_256_kib() {
    let kick = of_relay().build().unwrap();
    assert_eq!(refusal(&kick, &event(&of_length(256 * 1024))), None);
    assert_eq!(refusal(&kick, &event(&of_length(256 * 1024 + 1))), TOO_LARGE);
}

#[test]
fn the_limit_is_exact_and_what_it_is_set_to() {
    for limit in [FOLLOWED.len(), 100, 1024 * 1024] {
        let kick = limited(limit);
        assert_eq!(refusal(&kick, &event(&of_length(limit))), None);
        assert_eq!(refusal(&kick, &event(&of_length(limit + 1))), TOO_LARGE);
    }
    assert_eq!(refusal(&limited(FOLLOWED.len() - 1), &followed()), TOO_LARGE);
    assert_eq!(refusal(&limited(1), &followed()), TOO_LARGE);
}

#[test]
fn the_largest_limit_is_16_mib() {
    let limit = 16 * 1024 * 1024;
    let kick = limited(limit);
    let (mut check, _) = begin(&kick, &followed());
    let piece = Bytes::from(vec![b' '; limit / 4]);
    for _ in 0..4 {
        check.update(piece.clone()).unwrap();
    }
    check.update("").unwrap();
    assert_eq!(check.update(" ").err(), TOO_LARGE);
}

#[test]
fn each_piece_counts_wherever_the_limit_is_passed() {
    let body = of_length(100);
    let kick = limited(99);
    for first in [0, 1, 50, 98, 99] {
        let (mut check, _) = begin(&kick, &event(&body));
        check.update(body[..first].to_owned()).unwrap();
        assert_eq!(check.update(body[first..].to_owned()).err(), TOO_LARGE, "{first}");
    }
    let (mut check, _) = begin(&kick, &event(&body));
    for piece in body.as_bytes()[..99].chunks(1) {
        check.update(piece.to_vec()).unwrap();
    }
    assert_eq!(check.update(vec![b' ']).err(), TOO_LARGE);
}

#[test]
fn after_too_large_a_piece_the_check_is_as_it_was() {
    let kick = limited(FOLLOWED.len());
    let (mut check, body) = begin(&kick, &followed());
    check.update(body.slice(..10)).unwrap();
    assert_eq!(check.update(body.clone()).err(), TOO_LARGE);
    check.update(body.slice(10..)).unwrap();
    assert_eq!(check.finish(sent()).unwrap().body(), FOLLOWED);
}

/// Where the body of the proof stands.
fn place(builder: KickHmacBuilder, pieces: &[Bytes]) -> *const u8 {
    let kick = builder.build().unwrap();
    let (mut check, _) = begin(&kick, &followed());
    for piece in pieces {
        check.update(piece.clone()).unwrap();
    }
    check.finish(sent()).unwrap().body().as_ptr()
}

#[test]
fn a_body_in_one_piece_is_not_copied() {
    let body = Bytes::from(FOLLOWED.to_owned());
    let empty = Bytes::new();
    for pieces in [
        vec![body.clone()],
        vec![empty.clone(), body.clone()],
        vec![body.clone(), empty.clone()],
        vec![empty.clone(), empty.clone(), body.clone(), empty.clone(), empty],
    ] {
        assert_eq!(place(of_relay(), &pieces), body.as_ptr());
    }
    let kick = of_relay().build().unwrap();
    let (headers, _) = parts(&followed());
    let delivery = kick.verify(&headers, body.clone(), sent()).unwrap();
    assert_eq!(delivery.body().as_ptr(), body.as_ptr());
}

#[test]
fn two_pieces_are_copied_together_and_let_go() {
    let large = BytesMut::from(&vec![b' '; 1024 * 1024][..]).freeze();
    let body = Bytes::from(FOLLOWED.to_owned());
    let (head, tail) = (body.slice(..1), body.slice(1..));
    let copied = place(of_relay(), &[head, tail]);
    assert_ne!(copied, body.as_ptr());
    // A small part of a large buffer that is not held by anybody else afterwards.
    let kick = of_relay().build().unwrap();
    let (mut check, body) = begin(&kick, &event(&format!("{FOLLOWED}  ")));
    check.update(body.slice(..FOLLOWED.len())).unwrap();
    check.update(large.slice(..1)).unwrap();
    check.update(large.slice(1..2)).unwrap();
    let delivery = check.finish(sent()).unwrap();
    assert_eq!(delivery.body(), &format!("{FOLLOWED}  "));
    assert!(large.try_into_mut().is_ok(), "a piece is still held");
}

#[test]
fn a_body_in_pieces_has_room_for_a_quarter_more_and_grows_only_when_it_is_full() {
    let room = |pieces: &[usize]| {
        let kick = of_relay().build().unwrap();
        let (mut check, body) = begin(&kick, &event(&of_length(pieces.iter().sum())));
        let mut rest = body;
        for piece in pieces {
            check.update(rest.split_to(*piece)).unwrap();
        }
        let delivery = check.finish(sent()).unwrap();
        let body = delivery.body().clone();
        drop(delivery);
        body.try_into_mut().unwrap().capacity()
    };
    assert_eq!(room(&[400, 10]), 500);
    assert_eq!(room(&[400, 10, 89]), 500);
    assert_eq!(room(&[400, 10, 90]), 500);
    assert_eq!(room(&[400, 10, 91]), 535);
    // A piece that is larger than that has the room it needs.
    assert_eq!(room(&[400, 101]), 501);
}

#[test]
fn without_a_body_there_is_nothing_that_anybody_signed() {
    let kick = crate::anything();
    let (check, _) = begin(&kick, &followed());
    assert_eq!(check.finish(sent()).unwrap_err(), VerifyError::BadSignature);
    // An empty body that was signed is one.
    let (check, _) = begin(&kick, &event(""));
    assert_eq!(check.finish(sent()).unwrap().body(), "");
}

proptest! {
    #[test]
    fn however_it_is_cut_it_is_the_same_body(
        body in "[ -~]{0,300}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let kick = crate::anything();
        let message = event(&body);
        let (mut check, whole) = begin(&kick, &message);
        let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        places.push(body.len());
        places.sort_unstable();
        let mut from = 0;
        for to in places {
            check.update(whole.slice(from..to)).unwrap();
            from = to;
        }
        let delivery = check.finish(sent()).unwrap();
        prop_assert_eq!(delivery.body(), &whole);
    }

    #[test]
    fn pieces_in_another_order_are_another_body(
        body in "[ -~]{2,100}",
        cut in any::<prop::sample::Index>(),
    ) {
        let cut = cut.index(body.len() - 1) + 1;
        prop_assume!(body != format!("{}{}", &body[cut..], &body[..cut]));
        let kick = crate::anything();
        let (mut check, whole) = begin(&kick, &event(&body));
        check.update(whole.slice(cut..)).unwrap();
        check.update(whole.slice(..cut)).unwrap();
        prop_assert_eq!(check.finish(sent()).unwrap_err(), VerifyError::BadSignature);
    }
}
