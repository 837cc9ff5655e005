//! A request's body, frame by frame, under the layer: four bytes say the limit, what is announced, what
//! is wrong with the request, and how the handler ends; each that follows is a frame, or what comes in
//! the place of one. The handler runs where the data is what was signed, within the limit and the time;
//! nothing is asked of the body after that is known, and no more of it is held than one frame and what
//! was copied.

#![no_main]

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use kick_hmac::{Broadcasters, Delivery, KickHmac, MemoryReplays};
use libfuzzer_sys::fuzz_target;
use tokio::time::{Sleep, sleep};
use tower::{Layer, ServiceExt, service_fn};

use edgeproof_fuzz::kick_hmac::{RELAY, run};

fuzz_target!(|input: &[u8]| {
    let Some((&[limit, hint, flaw, end], rest)) = input.split_first_chunk() else { return };
    let limit = 1 + usize::from(limit);
    let steps = steps(rest);
    let data: Vec<u8> = steps.iter().flat_map(Step::data).copied().collect();
    let mut signed = data.clone();
    match flaw % 8 {
        6 => signed.push(b' '),
        7 => drop(signed.pop()),
        _ => {}
    }
    let method = if flaw % 8 == 5 { Method::GET } else { Method::POST };
    let hints = [0, 0, data.len() as u64, limit as u64, limit as u64 + 1, u64::MAX];
    let lower = hints[usize::from(hint) % hints.len()];
    let end = &ENDS[usize::from(end) % ENDS.len()];

    let (code, started) = if method != Method::POST {
        ("wrong_method", 0)
    } else if lower > limit as u64 {
        ("too_large", 0)
    } else {
        outcome(&steps, limit, signed == data)
    };
    let is_done = code == "accepted" && end.is_some_and(|status| status.is_success());
    let mut expected = vec![code];
    if code == "accepted" {
        expected.push(if is_done { "committed" } else { "released" });
    }
    // The same message once more, in one frame.
    expected.extend(match signed.len() > limit {
        true => &["too_large"][..],
        false if is_done => &["duplicate"],
        false => &["accepted", "committed"],
    });

    let codes: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let log = codes.clone();
    let builder = KickHmac::builder(RELAY.keys(), Broadcasters::any(), MemoryReplays::new(2));
    let builder = builder.on_outcome(move |code| log.lock().unwrap().push(code));
    let kick = builder.body_limit(limit).body_deadline(DEADLINE).build().unwrap();
    let message = RELAY.event("channel.followed", &signed);
    let log: Arc<Log> = Arc::default();
    let body = Steps { lower, left: steps.into_iter(), log: log.clone(), sleeping: None };
    let mut first = message.request::<Full<Bytes>>().map(|_| body);
    *first.method_mut() = method;

    let handled = AtomicUsize::new(0);
    run(async {
        answer(&kick, first, &signed, *end, &handled).await;
        answer(&kick, message.request::<Full<Bytes>>(), &signed, Some(StatusCode::OK), &handled)
            .await;
    });
    assert_eq!(*codes.lock().unwrap(), expected);
    let accepted = expected.iter().filter(|code| **code == "accepted").count();
    assert_eq!(handled.into_inner(), accepted, "times that the handler ran");
    assert_eq!(log.started.load(Ordering::Relaxed), started, "asked of the body");
    assert_eq!(log.held.load(Ordering::Relaxed), 0);
});

/// What the first request comes to, and how many of the steps are begun for it.
fn outcome(steps: &[Step], limit: usize, is_signed: bool) -> (&'static str, usize) {
    let (mut total, mut waited) = (0, Duration::ZERO);
    for (step, started) in steps.iter().zip(1..) {
        total += step.data().len();
        match step {
            Step::Data(_) if total > limit => return ("too_large", started),
            Step::Broken => return ("broken_body", started),
            Step::Never => return ("too_slow", started),
            Step::Pause => waited += PAUSE,
            Step::Data(_) | Step::Trailers | Step::Yield => {}
        }
        if waited > DEADLINE {
            return ("too_slow", started);
        }
    }
    (if is_signed { "accepted" } else { "bad_signature" }, steps.len())
}

/// Through the layer, to a handler that ends so, or fails.
async fn answer<B>(
    kick: &KickHmac,
    request: Request<B>,
    signed: &[u8],
    end: Option<StatusCode>,
    handled: &AtomicUsize,
) where
    B: Body<Data = Bytes, Error: Send> + Send + 'static,
{
    let calls = Arc::new(Mutex::new(Vec::new()));
    let log = calls.clone();
    let handler = service_fn(move |request: Request<Full<Bytes>>| {
        let log = log.clone();
        async move {
            let delivery = Delivery::of(request.extensions()).unwrap().clone();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            log.lock().unwrap().push((delivery, body));
            let mut response = Response::new(String::new());
            *response.status_mut() = end.ok_or("failed")?;
            Ok::<_, &str>(response)
        }
    });
    let answer = kick.layer().layer(handler).oneshot(request).await;
    let calls = calls.lock().unwrap();
    for (delivery, body) in &*calls {
        assert_eq!((&delivery.body()[..], &body[..]), (signed, signed));
    }
    if !calls.is_empty() {
        assert_eq!(answer.map(|answer| answer.status()).ok(), end);
    }
    handled.fetch_add(calls.len(), Ordering::Relaxed);
}

/// What comes of a body when it is asked for more.
#[derive(Debug)]
enum Step {
    Data(Vec<u8>),
    Trailers,
    Broken,
    /// Asks to be asked again at once.
    Yield,
    Pause,
    Never,
}

impl Step {
    fn data(&self) -> &[u8] {
        if let Self::Data(data) = self { data } else { &[] }
    }
}

fn steps(mut rest: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some((choice, behind)) = rest.split_first() {
        rest = behind;
        steps.push(match choice {
            0xff => Step::Never,
            0xfe => Step::Broken,
            0xf8..=0xfd => Step::Trailers,
            0xf0..=0xf7 => Step::Pause,
            0xe0..=0xef => Step::Yield,
            length => {
                let (data, behind) = rest.split_at(usize::from(*length).min(rest.len()));
                rest = behind;
                Step::Data(data.to_vec())
            }
        });
    }
    steps
}

struct Steps {
    lower: u64,
    left: std::vec::IntoIter<Step>,
    log: Arc<Log>,
    sleeping: Option<Pin<Box<Sleep>>>,
}

#[derive(Default)]
struct Log {
    started: AtomicUsize,
    /// Frames of data that nobody has let go of.
    held: AtomicUsize,
}

impl Body for Steps {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        assert!(self.log.held.load(Ordering::Relaxed) <= 1, "more than a frame is held");
        loop {
            if let Some(sleeping) = &mut self.sleeping {
                if sleeping.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.sleeping = None;
            }
            let Some(step) = self.left.next() else { return Poll::Ready(None) };
            self.log.started.fetch_add(1, Ordering::Relaxed);
            match step {
                Step::Data(data) => {
                    self.log.held.fetch_add(1, Ordering::Relaxed);
                    let data = Bytes::from_owner(Held { data, log: self.log.clone() });
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Step::Trailers => return Poll::Ready(Some(Ok(Frame::trailers(HeaderMap::new())))),
                Step::Broken => return Poll::Ready(Some(Err("broken"))),
                Step::Yield => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Step::Pause => self.sleeping = Some(Box::pin(sleep(PAUSE))),
                Step::Never => self.sleeping = Some(Box::pin(sleep(2 * DEADLINE))),
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.lower);
        hint
    }
}

struct Held {
    data: Vec<u8>,
    log: Arc<Log>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.log.held.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The fourth pause is one too many.
const PAUSE: Duration = Duration::from_secs(3);
const DEADLINE: Duration = Duration::from_secs(10);

/// With these statuses, or with an error.
const ENDS: [Option<StatusCode>; 5] = [
    Some(StatusCode::OK),
    Some(StatusCode::NO_CONTENT),
    Some(StatusCode::FOUND),
    Some(StatusCode::INTERNAL_SERVER_ERROR),
    None,
];
