//! A stand-in for Kick, and requests to the webhook, most of them hostile.

use std::error::Error;
use std::time::{Duration, SystemTime};

use kick_hmac::testing::{KickSigner, Message, RelaySigner};
use reqwest::{Client, Method};
use tokio::net::TcpListener;

use super::{BROADCASTER, FAILS};
use crate::table::Table;

/// Kick and two others who sign, and the webhook, listening.
pub(crate) struct Scene {
    kick: KickSigner,
    mallory: KickSigner,
    relay: RelaySigner,
    webhook: String,
}

impl Scene {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let kick = KickSigner::new();
        let verifier = super::configure(kick.keys())?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let webhook = format!("http://{}/", listener.local_addr()?);
        tokio::spawn(super::run(listener, verifier));
        Ok(Self { kick, mallory: KickSigner::new(), relay: RelaySigner::new(), webhook })
    }

    #[expect(clippy::print_stdout, reason = "these lines are to be pasted")]
    pub(crate) fn print_curl(&self) {
        let message = self.kick.event(FOLLOWED, followed_by(8));
        let headers = message.headers();
        let headers = headers.iter().filter_map(|(name, value)| Some((name, value.to_str().ok()?)));
        let headers: String =
            headers.map(|(name, value)| format!(" \\\n  -H '{name}: {value}'")).collect();
        println!("# a message of Kick, good for five minutes: 204, and again: 200 duplicate");
        println!("curl -i {} -d '{}'{headers}\n", self.webhook, followed_by(8));
        println!("# not signed: 400 missing_header\ncurl -i -X POST {}\n", self.webhook);
    }

    pub(crate) async fn play(&self, table: &mut Table) -> Result<(), Box<dyn Error>> {
        Table::section("kick-hmac: that Kick sent this webhook, once");
        let client = Client::new();
        for (sent, message, change, must) in self.messages() {
            let mut request = message.request::<Vec<u8>>();
            change(&mut request);
            let (head, body) = request.into_parts();
            let request = client.request(head.method, &self.webhook).headers(head.headers);
            let answer = request.body(body).send().await?;
            let code =
                answer.headers().get("x-code").map_or("-", |code| code.to_str().unwrap_or("?"));
            table.line(sent, (answer.status().as_u16(), code), must);
        }
        Ok(())
    }

    /// What is sent: a description, the message, what is changed on its way, and what must come.
    fn messages(&self) -> Vec<Line<'_>> {
        let follows = |user_id| self.kick.event(FOLLOWED, followed_by(user_id));
        let (genuine, failing) = (follows(8), follows(FAILS));
        let other = r#"{"broadcaster":{"user_id":1},"follower":{"user_id":8}}"#;
        let large = format!(
            r#"{{"broadcaster":{{"user_id":{BROADCASTER}}},"x":"{}"}}"#,
            "x".repeat(64 * 1024)
        );

        let handled = (204, "-");
        let refused = |code| (401, code);
        let malformed = |code| (400, code);
        vec![
            ("a message of Kick", genuine.clone(), as_it_is, handled),
            ("the same message again", genuine.clone(), as_it_is, (200, "duplicate")),
            ("one whose handler fails", failing.clone(), as_it_is, (500, "-")),
            ("that one again: it is handled again", failing, as_it_is, (500, "-")),
            (
                "a type that nobody knows yet",
                self.kick.event("channel.unfollowed", followed_by(8)),
                as_it_is,
                (202, "-"),
            ),
            (
                "not signed",
                follows(8).without_header(SIGNATURE),
                as_it_is,
                malformed("missing_header"),
            ),
            (
                "two signatures",
                follows(8).header(SIGNATURE, "AAAA"),
                as_it_is,
                malformed("repeated_header"),
            ),
            (
                "a signature of three bytes",
                short_signature(follows(8)),
                as_it_is,
                refused("malformed_signature"),
            ),
            (
                "a key of the attacker's own",
                self.mallory.event(FOLLOWED, followed_by(8)),
                as_it_is,
                refused("bad_signature"),
            ),
            (
                "an HMAC, for Kick's signature",
                self.relay.event(FOLLOWED, followed_by(8)),
                as_it_is,
                refused("malformed_signature"),
            ),
            ("one byte of the body changed", follows(8), changed, refused("bad_signature")),
            ("a line end behind the body", follows(8), line_end, refused("bad_signature")),
            ("the time moved into the body", follows(8), shifted, malformed("malformed_header")),
            (
                "an hour old: kept, and sent again",
                follows(8).sent_at(hours(1)),
                as_it_is,
                refused("stale"),
            ),
            ("of tomorrow", follows(8).sent_at(hours(-24)), as_it_is, refused("sent_in_future")),
            (
                "about another broadcaster, and sent on to us",
                self.kick.event(FOLLOWED, other),
                as_it_is,
                (403, "wrong_broadcaster"),
            ),
            (
                "a claim of Drops, which nobody asked for",
                self.kick.drops_claim("{}"),
                as_it_is,
                (403, "unexpected_drops"),
            ),
            (
                "a follower, as a gift of kicks",
                self.kick.event("kicks.gifted", followed_by(8)),
                as_it_is,
                malformed("-"),
            ),
            ("65 KiB", self.kick.event(FOLLOWED, large), as_it_is, (413, "too_large")),
            (
                "a compressed body",
                follows(8).header("content-encoding", "gzip"),
                as_it_is,
                malformed("content_encoding"),
            ),
            ("a GET", follows(8), get, (405, "wrong_method")),
        ]
    }
}

type Request = http::Request<Vec<u8>>;
type Line<'a> = (&'static str, Message<'a>, fn(&mut Request), (u16, &'static str));

fn as_it_is(_: &mut Request) {}

fn get(request: &mut Request) {
    *request.method_mut() = Method::GET;
}

fn changed(request: &mut Request) {
    *request.body_mut() = followed_by(9).into_bytes();
}

fn line_end(request: &mut Request) {
    request.body_mut().push(b'\n');
}

/// The text that was signed is the same: `id.time.body`.
fn shifted(request: &mut Request) {
    if let Some(time) = request.headers_mut().insert(TIME, http::HeaderValue::from_static("2025")) {
        let rest = time.as_bytes().iter().skip("2025".len());
        let body = rest.copied().chain(*b".").chain(std::mem::take(request.body_mut()));
        *request.body_mut() = body.collect();
    }
}

fn short_signature(message: Message<'_>) -> Message<'_> {
    message.without_header(SIGNATURE).header(SIGNATURE, "AAAA")
}

fn followed_by(user_id: u64) -> String {
    format!(r#"{{"broadcaster":{{"user_id":{BROADCASTER}}},"follower":{{"user_id":{user_id}}}}}"#)
}

/// So many hours ago, or ahead.
#[expect(clippy::disallowed_methods, reason = "the messages are of the present")]
fn hours(ago: i64) -> SystemTime {
    let hours = Duration::from_secs(ago.unsigned_abs().saturating_mul(3600));
    let now = SystemTime::now();
    let time = if ago < 0 { now.checked_add(hours) } else { now.checked_sub(hours) };
    time.unwrap_or(now)
}

const FOLLOWED: &str = "channel.followed";
const SIGNATURE: &str = "kick-event-signature";
const TIME: &str = "kick-event-message-timestamp";
