//! A body in pieces: what becomes of it is what becomes of the whole, the limit included, whatever the
//! pieces are. Four bytes say the limit, when the body has come, what is wrong with it, and how many
//! pieces there are; then come their lengths, and the body.

#![no_main]

use bytes::Bytes;
use http::HeaderMap;
use kick_hmac::{Broadcasters, Delivery, KickHmac, MemoryReplays, VerifyError};
use libfuzzer_sys::fuzz_target;

use edgeproof_fuzz::kick_hmac::{NOW, RELAY, at};

fuzz_target!(|input: &[u8]| {
    let Some((&[limit, delay, flaw, count], rest)) = input.split_first_chunk() else { return };
    let Some((lengths, body)) = rest.split_at_checked(usize::from(count % 32)) else { return };
    let limit = 1 + 4 * usize::from(limit);
    let delay = DELAYS[usize::from(delay) % DELAYS.len()];
    let signed = flawed(body, flaw);
    let headers = RELAY.event("channel.followed", &signed).sent_at(at(NOW)).headers();
    let replays = MemoryReplays::new(1);
    let builder = KickHmac::builder(RELAY.keys(), Broadcasters::any(), replays).body_limit(limit);
    let kick = builder.build().unwrap();

    let pieces = pieces(lengths, body);
    let whole = match kick.verify(&headers, body.to_vec(), at(NOW)) {
        Ok(_) | Err(VerifyError::BadSignature) => {
            kick.verify(&headers, body.to_vec(), at(NOW + delay))
        }
        // Found before the time is looked at once more.
        refused => refused,
    };
    let in_pieces = in_pieces(&kick, &headers, &pieces, limit, delay);
    assert_eq!(in_pieces.as_ref().err(), whole.as_ref().err());
    let is_good = body.len() <= limit && signed == body && delay <= 300;
    assert_eq!(in_pieces.is_ok(), is_good);
    let Ok(delivery) = in_pieces else { return };
    assert_eq!(delivery.body(), body);

    let mut filled = pieces.iter().filter(|piece| !piece.is_empty());
    if let (Some(only), None) = (filled.next(), filled.next()) {
        assert_eq!(delivery.body().as_ptr(), only.as_ptr(), "copied");
    }
});

fn in_pieces(
    kick: &KickHmac,
    headers: &HeaderMap,
    pieces: &[Bytes],
    limit: usize,
    delay: u64,
) -> Result<Delivery, VerifyError> {
    let mut check = kick.begin(kick.headers(headers)?, at(NOW))?;
    let mut total = 0;
    for piece in pieces {
        total += piece.len();
        let outcome = check.update(piece.clone());
        assert_eq!(outcome.is_err(), total > limit, "at the piece that is too much");
        outcome?;
    }
    check.finish(at(NOW + delay))
}

/// The last one is what remains.
fn pieces(lengths: &[u8], body: &[u8]) -> Vec<Bytes> {
    let mut pieces = Vec::new();
    let mut rest = body;
    for length in lengths {
        let (piece, behind) = rest.split_at(usize::from(*length).min(rest.len()));
        pieces.push(Bytes::copy_from_slice(piece));
        rest = behind;
    }
    pieces.push(Bytes::copy_from_slice(rest));
    pieces
}

/// What was signed in the place of this body.
fn flawed(body: &[u8], flaw: u8) -> Vec<u8> {
    let mut signed = body.to_vec();
    match flaw % 8 {
        5 => signed.push(b' '),
        6 => drop(signed.pop()),
        7 => signed.iter_mut().take(1).for_each(|first| *first ^= 1),
        _ => {}
    }
    signed
}

/// A message is accepted for five minutes.
const DELAYS: [u64; 6] = [0, 0, 0, 299, 300, 301];
