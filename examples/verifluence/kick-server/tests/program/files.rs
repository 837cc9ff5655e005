use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kick_hmac::testing::{KickSigner, RelaySigner};
use kick_hmac::{RelayKeys, RelaySecret};
use testkit::folder::Folder;

use crate::{SIGNER, Service, follow};

const FOLLOW: &str = r#"{"broadcaster":{"user_id":7},"follower":{"user_id":8}}"#;

#[tokio::test]
async fn a_killed_program_has_what_it_acknowledged_and_adds_nothing_for_another_run() {
    let folder = Folder::new();
    let data = [("KICK_DATA", &*folder.path(""))];
    let message = follow();
    let mut service = Service::start(&data).await;
    assert_eq!(service.deliver_until_taken(&message).await, 204);
    service.process.kill().await;

    let mut service = Service::start(&data).await;
    assert_eq!(service.kept().await, [message.message_id().as_str()]);
    assert_eq!(service.deliver_until_taken(&message).await, 204);
    assert_eq!(service.kept().await.len(), 1);
    assert_eq!(service.process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn a_key_is_replaced_while_it_runs_and_a_bad_file_changes_nothing() {
    let folder = Folder::new();
    let next = KickSigner::new();
    let after = || next.event("channel.followed", FOLLOW);
    let key = folder.write("kick.pem", &SIGNER.pem());
    let data = folder.path("");
    let settings = [("KICK_DATA", data.as_str()), ("KICK_PUBLIC_KEY_FILE", key.as_str())];
    let service = Service::start(&settings).await;
    assert_eq!(service.deliver_until_taken(&follow()).await, 204);
    assert_eq!(service.deliver(&after()).await, 401);

    for bad in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
        let _ = folder.write("kick.pem", bad);
        service.hang_up("refused").await;
        assert_eq!(service.deliver_until_taken(&follow()).await, 204);
        assert_eq!(service.deliver(&after()).await, 401);
    }

    let _ = folder.write("kick.pem", &next.pem());
    service.hang_up("used").await;
    assert_eq!(service.deliver_until_taken(&after()).await, 204);
    // What was signed before the rotation may still be on its way.
    assert_eq!(service.deliver_until_taken(&follow()).await, 204);
    assert!(service.look("/readyz").await.1.contains(&next.public_key().fingerprint()));
}

#[tokio::test]
async fn a_relays_secret_is_rotated_over_two_and_the_old_one_opens_nothing_then() {
    let (old, new) = (STANDARD.encode([1; 32]), STANDARD.encode([2; 32]));
    let relay = |secret: &str| {
        let secret = RelaySecret::from_base64(secret).unwrap();
        RelaySigner::with(RelayKeys::kick_relay([secret]).unwrap())
    };
    let (before, after) = (relay(&old), relay(&new));
    let before = || before.event("channel.followed", FOLLOW);
    let after = || after.event("channel.followed", FOLLOW);
    let folder = Folder::new();
    let secrets = folder.write("secrets", &old);
    let data = folder.path("");
    let settings = [("KICK_DATA", data.as_str()), ("KICK_RELAY_SECRET_FILE", secrets.as_str())];
    let service = Service::start(&settings).await;
    assert_eq!(service.deliver_until_taken(&before()).await, 204);
    assert_eq!(service.deliver(&after()).await, 401);
    // Kick itself is not believed beside its relay.
    assert_eq!(service.deliver(&follow()).await, 401);

    let _ = folder.write("secrets", &format!("{new}\n{old}\n"));
    service.hang_up("used").await;
    assert_eq!(service.deliver_until_taken(&before()).await, 204);
    assert_eq!(service.deliver_until_taken(&after()).await, 204);

    let _ = folder.write("secrets", "");
    service.hang_up("refused").await;
    assert_eq!(service.deliver_until_taken(&after()).await, 204);

    let _ = folder.write("secrets", &new);
    service.hang_up("used").await;
    assert_eq!(service.deliver(&before()).await, 401);
    assert_eq!(service.deliver_until_taken(&after()).await, 204);
    let told = service.process.output();
    assert!(!told.contains(&old) && !told.contains(&new), "{told}");
}
