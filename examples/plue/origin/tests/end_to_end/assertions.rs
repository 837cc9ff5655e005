//! Who is signed in, by an assertion that an edge has signed: for one whose certificate others show too.

use std::fs;
use std::time::{Duration, SystemTime};

use hyper::{HeaderMap, StatusCode};
use rcgen::{KeyPair, PKCS_ED25519};
use siwe_session::testing::Wallet;
use siwe_session::{AssertionSigner, IdentityHeader, KeyRing, SessionKey};
use testkit::folder::Folder;

use crate::client::Answer;
use crate::site::now;
use crate::{Http, Scene, Site, VISITOR};

const HEADER: &str = "x-plue-user-assertion";
const ADDRESS: &str = "x-plue-user-address";
const OTHER: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

struct Edge {
    pair: KeyPair,
    wallet: Wallet,
}

impl Edge {
    fn new() -> Self {
        Self { pair: KeyPair::generate_for(&PKCS_ED25519).unwrap(), wallet: Wallet::new() }
    }

    fn signs(&self, kid: &str, audience: &str, at: SystemTime) -> String {
        let key = SessionKey::eddsa_from_pem(kid, &self.pair.serialize_pem()).unwrap();
        let header = IdentityHeader::new(HEADER).unwrap();
        let signer = AssertionSigner::new(header, KeyRing::new([key]).unwrap(), audience).unwrap();
        let mut headers = HeaderMap::new();
        signer.set(&mut headers, &Site::new().session(&self.wallet).0, at);
        headers[HEADER].to_str().unwrap().to_owned()
    }

    fn good(&self) -> String {
        self.signs("edge", "origin.plue.dev", now())
    }

    async fn scene(&self, folder: &Folder) -> Scene {
        let key = folder.write("edge.pem", &self.pair.public_key_pem());
        let audience = ("PLUE_USER_ASSERTION_AUDIENCE", "origin.plue.dev");
        Scene::start(&[("PLUE_USER_ASSERTION_KEY", &key), audience]).await
    }
}

async fn me(http: &mut Http, headers: &[(&str, &str)]) -> Answer {
    http.get_with("/api/whoami", &[&[VISITOR], headers].concat()).await.unwrap()
}

#[tokio::test]
async fn an_assertion_is_believed_over_every_connection_and_a_header_beside_it_over_none() {
    let (folder, edge) = (Folder::new(), Edge::new());
    let scene = edge.scene(&folder).await;
    let mut http = scene.connect().await;
    let (good, address) = (edge.good(), edge.wallet.address().to_checksum(None));
    for headers in [&[(HEADER, &*good)][..], &[(HEADER, &good), (ADDRESS, OTHER)]] {
        let answer = me(&mut http, headers).await;
        let user = serde_json::json!({ "address": address, "chain_id": 1 });
        assert_eq!((answer.status, &answer.json()["user"]), (StatusCode::OK, &user));
        let all = [&[VISITOR], headers].concat();
        let who = http.get_with("/whoami", &all).await.unwrap().json();
        assert_eq!(who["user"], user);
        assert_eq!(who["headers"], serde_json::json!(["host", "cf-connecting-ip"]));
    }
    let answer = me(&mut http, &[(ADDRESS, OTHER)]).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"missing_identity"}"#));
}

#[tokio::test]
async fn an_assertion_of_another_audience_key_or_time_is_refused() {
    let (folder, edge) = (Folder::new(), Edge::new());
    let scene = edge.scene(&folder).await;
    let mut http = scene.connect().await;
    let good = edge.good();
    let hour = Duration::from_secs(60 * 60);
    let signed = |kid, audience, at| edge.signs(kid, audience, at);
    let good_for = "origin.plue.dev";
    for (value, status, code) in [
        (signed("edge", "other.plue.dev", now()), 401, "wrong_assertion_audience"),
        (signed("other", good_for, now()), 401, "bad_assertion"),
        (Edge::new().good(), 401, "bad_assertion"),
        (format!("{good}x"), 401, "bad_assertion"),
        (signed("edge", good_for, now().checked_sub(hour).unwrap()), 401, "expired_assertion"),
        (signed("edge", good_for, now().checked_add(hour).unwrap()), 401, "expired_assertion"),
    ] {
        let answer = me(&mut http, &[(HEADER, &value)]).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (status, &code.into()));
        // A forged one is nobody's where a stranger may come, either.
        let answer = http.get_with("/whoami", &[VISITOR, (HEADER, &value)]).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{code}");
    }
    let twice = me(&mut http, &[(HEADER, &good), (HEADER, &good)]).await;
    assert_eq!((twice.status.as_u16(), &*twice.body), (400, r#"{"error":"malformed_identity"}"#));
    let answer = me(&mut http, &[("x_plue_user_assertion", &good)]).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"missing_identity"}"#));
    assert_eq!(me(&mut http, &[(HEADER, &good)]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_key_of_assertions_is_replaced_while_it_runs() {
    let (folder, old, new) = (Folder::new(), Edge::new(), Edge::new());
    let scene = old.scene(&folder).await;
    let mut http = scene.connect().await;
    // One that is none leaves the old one in use.
    fs::write(folder.path("edge.pem"), "no key").unwrap();
    scene.service.reload_fails("PLUE_USER_ASSERTION_KEY").await;
    assert_eq!(me(&mut http, &[(HEADER, &old.good())]).await.status, StatusCode::OK);

    fs::write(folder.path("edge.pem"), new.pair.public_key_pem()).unwrap();
    scene.service.generation(2).await;
    let (of_old, of_new) = (old.good(), new.good());
    let is_replaced = async || {
        let mut http = scene.connect().await;
        me(&mut http, &[(HEADER, &of_new)]).await.status == StatusCode::OK
    };
    crate::eventually(is_replaced, || scene.service.process.output()).await;
    assert_eq!(me(&mut http, &[(HEADER, &of_old)]).await.status, StatusCode::UNAUTHORIZED);
}

/// For a rotation that refuses nobody: the edge changes from one key to the other in between.
#[tokio::test]
async fn two_keys_are_believed_by_two_names_and_a_key_without_a_name_is_not() {
    let (folder, old, new) = (Folder::new(), Edge::new(), Edge::new());
    let both = format!("{}{}", old.pair.public_key_pem(), new.pair.public_key_pem());
    let settings = [
        ("PLUE_USER_ASSERTION_KEY", &*folder.write("edge.pem", &both)),
        ("PLUE_USER_ASSERTION_KID", "edge,edge-2"),
        ("PLUE_USER_ASSERTION_AUDIENCE", "origin.plue.dev"),
    ];
    let scene = Scene::start(&settings).await;
    let mut http = scene.connect().await;
    let of_new = new.signs("edge-2", "origin.plue.dev", now());
    for good in [&old.good(), &of_new] {
        assert_eq!(me(&mut http, &[(HEADER, good)]).await.status, StatusCode::OK);
    }
    for (signer, name) in [(&old, "edge-2"), (&new, "edge")] {
        let crossed = signer.signs(name, "origin.plue.dev", now());
        let answer = me(&mut http, &[(HEADER, &crossed)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
    }

    fs::write(folder.path("edge.pem"), new.pair.public_key_pem()).unwrap();
    scene.service.reload_fails("has 1 keys, and there are 2 names").await;
    assert_eq!(me(&mut http, &[(HEADER, &of_new)]).await.status, StatusCode::OK);
}
