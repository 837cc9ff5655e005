//! Bodies that come in pieces, without end, or not at all.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, StreamBody};
use kick_hmac::{Replays, VerifyError};
use tokio::time::sleep;

use crate::{FOLLOWER, Outcomes, RELAY, Sent as _, builder, followed};

/// Frames, one after the other, and what is announced of them.
struct Frames<E> {
    frames: VecDeque<Result<Frame<Bytes>, E>>,
    announced: u64,
    polled: Arc<AtomicUsize>,
}

impl<E> Frames<E> {
    fn new(frames: impl IntoIterator<Item = Result<Frame<Bytes>, E>>) -> Self {
        let frames = frames.into_iter().collect();
        Self { frames, announced: 0, polled: Arc::default() }
    }
}

impl<E: Unpin> Body for Frames<E> {
    type Data = Bytes;
    type Error = E;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        self.polled.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(self.frames.pop_front())
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.announced);
        hint
    }
}

fn data(bytes: &'static str) -> Result<Frame<Bytes>, Infallible> {
    Ok(Frame::data(Bytes::from_static(bytes.as_bytes())))
}

fn signed<B>(body: B) -> Request<B> {
    let mut body = Some(body);
    followed().sent().map(|_| body.take().unwrap())
}

async fn code<B: Body>(request: Request<B>) -> &'static str {
    code_within(256 * 1024, request).await
}

async fn code_within<B: Body>(limit: usize, request: Request<B>) -> &'static str {
    let kick = builder(Replays::single_process()).body_limit(limit).build().unwrap();
    match kick.authenticate(request).await {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    }
}

#[tokio::test]
async fn a_body_may_come_in_any_pieces() {
    let (head, tail) = FOLLOWER.split_at(11);
    assert_eq!(code(signed(Frames::new([data(FOLLOWER)]))).await, "accepted");
    assert_eq!(code(signed(Frames::new([data(head), data(tail)]))).await, "accepted");
    assert_eq!(
        code(signed(Frames::new([data(""), data(head), data(""), data(tail), data("")]))).await,
        "accepted"
    );
    let letters =
        FOLLOWER.bytes().map(|byte| Ok::<_, Infallible>(Frame::data(Bytes::from(vec![byte]))));
    assert_eq!(code(signed(Frames::new(letters))).await, "accepted");

    assert_eq!(code(signed(Frames::new([data(tail), data(head)]))).await, "bad_signature");
    assert_eq!(code(signed(Frames::new([data(head)]))).await, "bad_signature");
    assert_eq!(code(signed(Frames::new([data(FOLLOWER), data(" ")]))).await, "bad_signature");
}

#[tokio::test]
async fn trailers_are_not_a_part_of_it() {
    let mut trailers = HeaderMap::new();
    trailers.insert("kick-event-signature", "AAAA".parse().unwrap());
    let frames = [data(FOLLOWER), Ok(Frame::trailers(trailers))];
    assert_eq!(code(signed(Frames::new(frames))).await, "accepted");
}

#[tokio::test]
async fn the_limit_counts_what_comes_to_the_byte() {
    let (head, tail) = FOLLOWER.split_at(11);
    let length = FOLLOWER.len();
    assert_eq!(
        code_within(length, signed(Frames::new([data(head), data(tail)]))).await,
        "accepted"
    );
    assert_eq!(
        code_within(length - 1, signed(Frames::new([data(head), data(tail)]))).await,
        "too_large"
    );
    assert_eq!(code_within(length, signed(Full::<Bytes>::from(FOLLOWER))).await, "accepted");
    assert_eq!(code_within(length - 1, signed(Full::<Bytes>::from(FOLLOWER))).await, "too_large");
}

#[tokio::test]
async fn what_is_announced_too_large_is_refused_before_it_comes() {
    let mut frames = Frames::new([data(FOLLOWER)]);
    let polled = Arc::clone(&frames.polled);
    frames.announced = 256 * 1024 + 1;
    assert_eq!(code(signed(frames)).await, "too_large");
    assert_eq!(polled.load(Ordering::SeqCst), 0);

    let mut frames = Frames::new([data(FOLLOWER)]);
    frames.announced = u64::MAX;
    assert_eq!(code(signed(frames)).await, "too_large");
    // And what is announced within the limit is not believed.
    let mut frames = Frames::new([data(FOLLOWER)]);
    frames.announced = 256 * 1024;
    assert_eq!(code(signed(frames)).await, "accepted");
}

#[tokio::test]
async fn an_endless_body_is_left_at_the_limit() {
    let frame = || Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[b' '; 1000])));
    let frames = Frames::new((0..1_000_000).map(|_| frame()));
    let polled = Arc::clone(&frames.polled);
    assert_eq!(code_within(10_000, signed(frames)).await, "too_large");
    assert_eq!(polled.load(Ordering::SeqCst), 11);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let frames = [Ok(Frame::data(Bytes::from_static(b"{"))), Err("reset")];
    assert_eq!(code(signed(Frames::new(frames))).await, "broken_body");
    // Whole, and then an error all the same.
    let frames = [Ok(Frame::data(Bytes::from_static(FOLLOWER.as_bytes()))), Err("reset")];
    assert_eq!(code(signed(Frames::new(frames))).await, "broken_body");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_end_in_time_is_refused() {
    let drip = futures_util::stream::unfold((), async |()| {
        sleep(Duration::from_secs(1)).await;
        Some((data(" "), ()))
    });
    let before = tokio::time::Instant::now();
    let body = StreamBody::new(Box::pin(drip));
    assert_eq!(code(signed(body)).await, "too_slow");
    assert_eq!(before.elapsed().as_secs(), 10);

    let silent =
        StreamBody::new(futures_util::stream::pending::<Result<Frame<Bytes>, Infallible>>());
    let kick = builder(Replays::single_process()).body_deadline(Duration::from_secs(3));
    let before = tokio::time::Instant::now();
    let refused = kick.build().unwrap().authenticate(signed(silent)).await;
    assert_eq!(refused.unwrap_err(), VerifyError::TooSlow);
    assert_eq!(before.elapsed().as_secs(), 3);
}

#[tokio::test]
async fn a_body_whose_message_grew_stale_meanwhile_is_refused() {
    // The clock of the machine, which no test stops: the message is a second from its end.
    let kick = builder(Replays::single_process()).max_age(Duration::from_secs(2)).build().unwrap();
    let message = followed();
    let delayed = futures_util::stream::once(async {
        sleep(Duration::from_secs(4)).await;
        data(FOLLOWER)
    });
    let request = message.sent().map(|_| StreamBody::new(Box::pin(delayed)));
    assert_eq!(kick.authenticate(request).await.unwrap_err(), VerifyError::Stale);
}

#[tokio::test]
async fn data_that_is_not_bytes_is_read_too() {
    let body = Full::new(VecDeque::from(FOLLOWER.as_bytes().to_vec()));
    assert_eq!(code(signed(body)).await, "accepted");
    assert_eq!(code(signed(Full::<Bytes>::from(FOLLOWER).boxed())).await, "accepted");
}

#[tokio::test]
async fn an_empty_body_is_a_body() {
    let (kick, outcomes) = Outcomes::of(builder(Replays::single_process()));
    let message = RELAY.event("channel.followed", "");
    let refused = kick.authenticate(message.sent()).await;
    // Signed, and about nobody.
    assert_eq!(refused.unwrap_err(), VerifyError::WrongBroadcaster);
    assert_eq!(outcomes.take(), ["wrong_broadcaster"]);
}
