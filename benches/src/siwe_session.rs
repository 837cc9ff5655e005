//! Group `siwe-session`: a message parsed, the signature of a key verified, a whole sign-in but for its
//! store, what is refused before there is a public key, whether a request is public, and its session.

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use ::siwe_session::testing::Wallet;
use ::siwe_session::{
    Audience, BrowserBinding, Grammar, Login, LoginVerifier, Message, MessageBuilder, NonceKeys,
    Signature, VerifyError, danger,
};
use alloy_primitives::{Address, eip191_hash_message, hex, keccak256};
use signinwithethereum::Message as Successor;
use siwe::Message as Siwe;

use crate::allocations;
use crate::measure::{Candidate, Goal, Table};

mod floor;
mod routes;
mod session;

const GROUP: &str = "siwe-session";

/// Fills the group's rows.
pub fn run(table: &mut Table) {
    let scene = Scene::new();
    parse(table, &scene);
    signature(table, &scene);
    login(table, &scene);
    refusals(table, &scene);
    routes::run(table);
    session::run(table);
}

fn parse(table: &mut Table, scene: &Scene) {
    for (case, signed) in [("parse_usual", &scene.usual), ("parse_all_fields", &scene.all_fields)] {
        let text = signed.text.as_str();
        let ours = || Message::parse(black_box(text), Grammar::Practice).unwrap();
        let address = ours().address().to_checksum(None);
        table.row(
            GROUP,
            case,
            Candidate::new("ours", ours),
            vec![
                Candidate::new("siwe-0.6.1:Message::from_str", || {
                    black_box(text).parse::<Siwe>().unwrap()
                }),
                Candidate::new("signinwithethereum-0.8.1:Message::from_str", || {
                    black_box(text).parse::<Successor>().unwrap()
                }),
            ],
            Candidate::new("alloy-primitives, the checksum", || {
                Address::parse_checksummed(black_box(&address), None).unwrap()
            }),
            Goal::Peer(1.1),
        );
        table.no_allocation(GROUP, case, allocations::count(ours));
    }
}

/// Of a message that has been parsed, since that is what the peers' function takes.
fn signature(table: &mut Table, scene: &Scene) {
    let Signed { text, bytes, signature } = &scene.usual;
    let ours = Message::parse(text, Grammar::Practice).unwrap();
    let siwe: Siwe = text.parse().unwrap();
    let successor: Successor = text.parse().unwrap();
    table.row(
        GROUP,
        floor::CASE,
        Candidate::new("ours", || danger::verify_signature(black_box(&ours), signature).unwrap()),
        vec![
            Candidate::new("siwe-0.6.1(k256-0.13):verify_eip191", || {
                black_box(&siwe).verify_eip191(bytes).unwrap()
            }),
            Candidate::new("signinwithethereum-0.8.1(k256-0.13):verify_eip191", || {
                black_box(&successor).verify_eip191(bytes).unwrap()
            }),
        ],
        scene.floor(),
        Goal::FloorAndPeer(1.06, floor::PEER),
    );
}

/// What was received, up to who signed in. The peers neither look at the domain, the URI, the chain and
/// the time here, nor seal nonces.
fn login(table: &mut Table, scene: &Scene) {
    let Signed { text, bytes, signature } = &scene.usual;
    table.row(
        GROUP,
        floor::LOGIN,
        Candidate::new("ours", || scene.login(black_box(text), signature).unwrap()),
        vec![
            Candidate::new("siwe-0.6.1(k256-0.13):from_str+verify_eip191", || {
                let message: Siwe = black_box(text).parse().unwrap();
                message.verify_eip191(bytes).unwrap()
            }),
            Candidate::new("signinwithethereum-0.8.1(k256-0.13):both", || {
                let message: Successor = black_box(text).parse().unwrap();
                message.verify_eip191(bytes).unwrap()
            }),
        ],
        scene.floor(),
        Goal::Peer(floor::PEER),
    );
}

/// Beside a whole sign-in, which is here the floor.
fn refusals(table: &mut Table, scene: &Scene) {
    let Signed { text, signature, .. } = &scene.usual;
    let row = |table: &mut Table, case: &str, text: &str| {
        let check = || scene.check(black_box(text), signature).map(drop);
        table.row(
            GROUP,
            case,
            Candidate::new("ours", check),
            vec![],
            Candidate::new("ours, a whole sign-in", || {
                scene.login(&scene.usual.text, signature).unwrap()
            }),
            Goal::Floor(0.05),
        );
        table.no_allocation(GROUP, case, allocations::count(check));
    };
    scene.check(text, signature).unwrap();
    row(table, "check", text);

    let (usual, wallet) = (|| scene.message(), &scene.wallet);
    let refused = |message: MessageBuilder| message.build().unwrap().as_str().to_owned();
    let other_domain = Message::builder("plue.dev.example.com", wallet.address());
    let cases = [
        ("refused_domain", VerifyError::WrongDomain, refused(scene.fill(other_domain))),
        ("refused_chain", VerifyError::WrongChain, refused(usual().chain_id(5))),
        ("refused_nonce", VerifyError::UnknownNonce, refused(usual().nonce("0".repeat(54)))),
        (
            "refused_stale",
            VerifyError::Stale,
            refused(usual().issued_at(scene.now - Duration::from_secs(3600))),
        ),
    ];
    for (case, error, text) in &cases {
        assert_eq!(scene.check(text, signature).unwrap_err(), *error);
        row(table, case, text);
    }
    // One letter more at the end: all else has been read by then.
    let malformed = format!("{text}x");
    let error = scene.check(&malformed, signature).unwrap_err();
    assert!(matches!(error, VerifyError::MalformedMessage(_)));
    row(table, "refused_malformed", &malformed);
}

/// A server, and two messages that were signed for it.
struct Scene {
    wallet: Wallet,
    verifier: LoginVerifier,
    binding: BrowserBinding,
    nonce: String,
    now: SystemTime,
    usual: Signed,
    all_fields: Signed,
}

impl Scene {
    fn new() -> Self {
        let audience = Audience::origin("https://plue.dev").unwrap().chains([1, 8453]);
        let keys = NonceKeys::new([[0x5A; 32]]).unwrap();
        let verifier = LoginVerifier::builder(audience, keys).build().unwrap();
        let binding = BrowserBinding::new([7; 16]);
        // As if it were the moment at which browsers send it.
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_348_800_123);
        let nonce = verifier.nonce(&verifier.audiences()[0], Some(&binding), [3; 10], now);
        let mut scene = Self {
            wallet: Wallet::from_key([7; 32]),
            verifier,
            binding,
            nonce: nonce.to_string(),
            now,
            usual: Signed::default(),
            all_fields: Signed::default(),
        };
        scene.usual = Signed::new(scene.message(), &scene.wallet);
        let all_fields = scene
            .message()
            .expiration_time(now + Duration::from_secs(600))
            .not_before(now)
            .request_id("5f0a1b7c-8d15-4d3a-9a53-0d3c3f2f1a77")
            .resource("ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/")
            .resource("https://plue.dev/terms?version=3#signing-in");
        scene.all_fields = Signed::new(all_fields, &scene.wallet);
        scene
    }

    fn message(&self) -> MessageBuilder {
        self.fill(Message::builder("plue.dev", self.wallet.address()))
    }

    fn fill(&self, message: MessageBuilder) -> MessageBuilder {
        message
            .statement("Sign in to Plue. Terms: https://plue.dev/tos")
            .uri("https://plue.dev/login")
            .chain_id(1)
            .nonce(&self.nonce)
            .issued_at(self.now)
    }

    fn check<'a>(
        &self,
        text: &'a str,
        signature: &Signature,
    ) -> Result<::siwe_session::Checked<'a>, VerifyError> {
        self.verifier.check(text, signature, Some(&self.binding), self.now)
    }

    fn login(&self, text: &str, signature: &Signature) -> Result<Login, VerifyError> {
        self.check(text, signature)?.consume(true)?.verify()?.login()
    }

    /// The primitives over the same bytes: Keccak-256 of the prefix and the text, the recovery, and
    /// Keccak-256 of the public key.
    fn floor(&self) -> Candidate<'_> {
        let (text, bytes) = (self.usual.text.as_bytes(), &self.usual.bytes);
        let address = self.wallet.address();
        Candidate::new(floor::NAME, move || {
            let hash = eip191_hash_message(black_box(text));
            let key = floor::recover(&hash.0, bytes);
            assert_eq!(keccak256(&key[1..])[12..], address[..]);
        })
    }
}

/// A message, and its signature in both forms.
struct Signed {
    text: String,
    bytes: [u8; 65],
    signature: Signature,
}

impl Default for Signed {
    fn default() -> Self {
        let signature = Signature::from_bytes([0; 65]).unwrap();
        Self { text: String::new(), bytes: [0; 65], signature }
    }
}

impl Signed {
    fn new(message: MessageBuilder, wallet: &Wallet) -> Self {
        let message = message.build().unwrap();
        let signature = wallet.sign(&message);
        Self {
            text: message.as_str().to_owned(),
            bytes: hex::decode_to_array(&signature).unwrap(),
            signature: signature.parse().unwrap(),
        }
    }
}
