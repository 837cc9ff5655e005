//! Group `kick-hmac`: a delivery by Kick's RSA signature, one by a relay's tag, what is refused before
//! there is a body, and what a body holds.

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use kick_hmac::testing::{KickSigner, Message, RelaySigner};
use kick_hmac::{Broadcasters, KickHmac, RelayKeys, RelaySecret, Replays, Timestamp, VerifyError};
use kicksdk::webhooks as kicksdk;
use sha2::Sha256;

use crate::allocations;
use crate::measure::{Candidate, Goal, Table};

const GROUP: &str = "kick-hmac";

/// Fills the group's rows.
pub fn run(table: &mut Table) {
    rsa(table);
    relay(table);
    refusals(table);
    memory(table);
}

fn rsa(table: &mut Table) {
    let signer = KickSigner::new();
    let sent = Sent::new(&signer.event(CHAT, chat(GENUINE)), chat(GENUINE));
    let der: String = signer.pem().lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(der).unwrap();
    let floor = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der).unwrap();
    let (signed, signature) = (sent.signed(), STANDARD.decode(sent.header(SIGNATURE)).unwrap());

    let peer = kicksdk::PublicKey::from_pem(&signer.pem()).unwrap();
    let kicksdk = || {
        let headers = kicksdk::Headers::from_pairs(sent.pairs()).unwrap();
        let freshness = kicksdk::Freshness::at(sent.seconds());
        kicksdk::verify(&peer, &headers, black_box(&sent.body), freshness).unwrap();
    };
    for (case, broadcasters) in
        [("rsa2048", Broadcasters::only([7])), ("rsa2048_any_broadcaster", Broadcasters::any())]
    {
        let kick = build(signer.keys(), broadcasters);
        table.row(
            GROUP,
            case,
            Candidate::new("ours", || sent.verify(&kick).unwrap()),
            vec![Candidate::new("kicksdk-0.2.0(rsa-0.9):verify", kicksdk)],
            Candidate::new("aws-lc-rs ParsedPublicKey, parsed", || {
                floor.verify_sig(black_box(&signed), &signature).unwrap();
            }),
            Goal::FloorAndPeer(1.08, 10.0),
        );
    }
}

fn relay(table: &mut Table) {
    let secret = [0x5A; 32];
    let keys = || RelayKeys::kick_relay([RelaySecret::new(secret).unwrap()]).unwrap();
    let kick = build(keys(), Broadcasters::any());
    let signer = RelaySigner::with(keys());
    let body = chat(512);
    let sent = Sent::new(&signer.event(CHAT, &body), body);

    let keyed = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
    let (id, time) = (sent.header(MESSAGE_ID).as_bytes(), sent.header(TIMESTAMP).as_bytes());
    let tag = STANDARD.decode(sent.header(SIGNATURE)).unwrap();
    // As they come: nobody has them in one piece.
    let floor = || {
        let mut mac = keyed.clone();
        for part in [id, b".", time, b".", &sent.body] {
            mac.update(black_box(part));
        }
        mac.verify_slice(&tag).unwrap();
    };
    // A body that costs nothing to share, as the floor's.
    let body = Bytes::from_static(sent.body.to_vec().leak());
    let begun = kick.begin(kick.headers(&sent.headers).unwrap(), sent.now).unwrap();
    table.row(
        GROUP,
        "hmac_512_after_headers",
        Candidate::new("ours", || {
            let mut check = black_box(&begun).clone();
            check.update(body.clone()).unwrap();
            check.finish(sent.now).unwrap()
        }),
        vec![],
        Candidate::new("hmac, keyed state cloned", floor),
        Goal::Floor(1.15),
    );

    let (standard, svix) =
        (standard_headers(&sent, &secret, "webhook"), standard_headers(&sent, &secret, "svix"));
    let standardwebhooks = standardwebhooks::Webhook::from_bytes(secret.to_vec()).unwrap();
    let svix_peer = svix_webhook(&secret);
    let peers = || {
        vec![
            Candidate::new("standardwebhooks-1.0.1:Webhook::verify", || {
                standardwebhooks.verify(black_box(&sent.body), &standard).unwrap();
            }),
            Candidate::new("svix-2.9.1:Webhook::verify", || {
                svix_peer.verify(black_box(&sent.body), &svix).unwrap();
            }),
        ]
    };
    table.row(
        GROUP,
        "hmac_512",
        Candidate::new("ours", || sent.verify(&kick).unwrap()),
        peers(),
        Candidate::new("hmac, keyed state cloned", floor),
        Goal::FloorAndPeer(1.9, 3.0),
    );
    // What telling the broadcaster from the body adds, which no peer does.
    let kick = build(keys(), Broadcasters::only([7]));
    table.row(
        GROUP,
        "hmac_512_one_broadcaster",
        Candidate::new("ours", || sent.verify(&kick).unwrap()),
        peers(),
        Candidate::new("hmac, keyed state cloned", floor),
        Goal::Peer(1.5),
    );
}

/// Beside a verified request, which is here the floor.
fn refusals(table: &mut Table) {
    let signer = KickSigner::new();
    let kick = build(signer.keys(), Broadcasters::any());
    let sent = |message: Message<'_>| Sent::new(&message, chat(GENUINE));
    let message = || signer.event(CHAT, chat(GENUINE));
    let good = sent(message());
    let mut stale = sent(message());
    stale.now += Duration::from_secs(3600);
    let cases = [
        ("refused_no_signature", sent(message().without_header(SIGNATURE))),
        ("refused_two_signatures", sent(message().header(SIGNATURE, "AAAA"))),
        ("refused_stale", stale),
        (
            "refused_short_signature",
            sent(message().without_header(SIGNATURE).header(SIGNATURE, "AAAA")),
        ),
    ];
    for (case, refused) in &cases {
        table.row(
            GROUP,
            case,
            Candidate::new("ours", || {
                let headers = kick.headers(black_box(&refused.headers))?;
                kick.begin(headers, refused.now).map(drop)
            }),
            vec![],
            Candidate::new("ours, verified", || good.verify(&kick).unwrap()),
            Goal::Floor(0.05),
        );
    }
    // The others have read headers to keep.
    for (case, refused) in &cases[..2] {
        let allocations = allocations::count(|| {
            kick.headers(&refused.headers)
                .and_then(|headers| kick.begin(headers, refused.now).map(drop))
        });
        table.no_allocation(GROUP, case, allocations);
    }
}

fn memory(table: &mut Table) {
    let signer = KickSigner::new();
    let body = Bytes::from(chat(1024 * 1024));
    let sent = Sent::new(&signer.event(CHAT, &body), body.to_vec());
    let kick = KickHmac::builder(signer.keys(), Broadcasters::any(), Replays::single_process());
    let kick = kick.body_limit(2 * 1024 * 1024).build().unwrap();
    let held = allocations::peak(|| {
        let mut check = kick.begin(kick.headers(&sent.headers).unwrap(), sent.now).unwrap();
        for start in (0..body.len()).step_by(FRAME) {
            check.update(body.slice(start..body.len().min(start + FRAME))).unwrap();
        }
        check.finish(sent.now).unwrap()
    });
    table.bytes(GROUP, "held_1_mib_in_frames", held, body.len() as u64, 1.25);
    let held = allocations::peak(|| sent.verify(&kick).unwrap());
    table.bytes(GROUP, "held_1_mib_in_one", held, body.len() as u64, 0.01);
}

/// A request, as it comes.
struct Sent {
    headers: HeaderMap,
    body: Bytes,
    now: SystemTime,
}

impl Sent {
    fn new(message: &Message<'_>, body: Vec<u8>) -> Self {
        let headers = message.headers();
        let timestamp: Timestamp = headers[TIMESTAMP].to_str().unwrap().parse().unwrap();
        Self { headers, body: body.into(), now: timestamp.time() }
    }

    fn verify(&self, kick: &KickHmac) -> Result<::kick_hmac::Delivery, VerifyError> {
        kick.verify(black_box(&self.headers), self.body.clone(), self.now)
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
    }

    fn seconds(&self) -> u64 {
        self.now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
    }

    fn signed(&self) -> Vec<u8> {
        let (id, time) = (self.header(MESSAGE_ID), self.header(TIMESTAMP));
        [id.as_bytes(), b".", time.as_bytes(), b".", &self.body].concat()
    }
}

fn build(keys: impl Into<::kick_hmac::Keys>, broadcasters: Broadcasters) -> KickHmac {
    KickHmac::builder(keys, broadcasters, Replays::single_process()).build().unwrap()
}

/// The same body, as a peer's own sender signs it.
fn standard_headers(sent: &Sent, secret: &[u8], prefix: &str) -> HeaderMap {
    let (id, seconds) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", sent.seconds().to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(&[id.as_bytes(), b".", seconds.as_bytes(), b".", &sent.body].concat());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    [("id", id), ("timestamp", &seconds), ("signature", &signature)]
        .into_iter()
        .map(|(name, value)| {
            let name = format!("{prefix}-{name}").parse().unwrap();
            (name, HeaderValue::from_str(value).unwrap())
        })
        .collect()
}

fn svix_webhook(secret: &[u8]) -> svix::webhooks::Webhook {
    svix::webhooks::Webhook::from_bytes(secret.to_vec()).unwrap()
}

/// A chat message of so many bytes.
fn chat(length: usize) -> Vec<u8> {
    let head = r#"{"message_id":"unique_message_id_123","broadcaster":{"is_anonymous":false,"user_id":7,"username":"broadcaster_name","is_verified":true,"profile_picture":"https://example.com/broadcaster_avatar.jpg","channel_slug":"broadcaster_channel"},"sender":{"user_id":8},"content":""#;
    let tail = r#""}"#;
    let content = "x".repeat(length - head.len() - tail.len());
    format!("{head}{content}{tail}").into_bytes()
}

const CHAT: &str = "chat.message.sent";
const MESSAGE_ID: &str = "kick-event-message-id";
const SIGNATURE: &str = "kick-event-signature";
const TIMESTAMP: &str = "kick-event-message-timestamp";

/// As many bytes as the body of a delivery that Kick has sent.
const GENUINE: usize = 358;

/// A frame of HTTP/2.
const FRAME: usize = 16 * 1024;
