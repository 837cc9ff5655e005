use std::fs;

use testkit::folder::Folder;

use crate::{Browser, Service, eventually};

const OLD: &str = "old:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n";
const NEW: &str = "new:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=\n";
const SECRET: &str = "YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=\n";

async fn reload(edge: &Service, told: &str) {
    let count = || edge.process.output().matches(told).count();
    let before = count();
    edge.hang_up();
    eventually("it has read its files", async || count() > before).await;
}

#[tokio::test]
async fn keys_are_replaced_while_it_runs_and_nobody_is_signed_out_until_theirs_is_gone() {
    let folder = Folder::new();
    let (keys, secrets) = (folder.write("keys", OLD), folder.write("secrets", SECRET));
    let edge = Service::start(
        &["--single-process", "--upstream", "http://127.0.0.1:1"],
        &[
            ("PLUE_ORIGIN", "https://plue.example"),
            ("PLUE_SESSION_KEYS_FILE", &keys),
            ("PLUE_NONCE_SECRETS_FILE", &secrets),
        ],
    )
    .await;
    let mut early = Browser::default();
    early.sign_in(&edge).await;
    let is_in = async |browser: &mut Browser| browser.get(&edge, "/api/auth/session").await.0;

    // One that is wrong replaces nothing.
    fs::write(&keys, "new:short\n").unwrap();
    reload(&edge, "what was in use stays so").await;
    assert_eq!(is_in(&mut early).await, 200);
    // Nor does one that is good beside one that is wrong.
    fs::write(&keys, NEW).unwrap();
    fs::write(&secrets, "").unwrap();
    reload(&edge, "what was in use stays so").await;
    assert_eq!(is_in(&mut early).await, 200);

    // The new one signs, the old one still verifies.
    fs::write(&keys, format!("{NEW}{OLD}")).unwrap();
    fs::write(&secrets, SECRET).unwrap();
    reload(&edge, "the keys were read again").await;
    let mut late = Browser::default();
    late.sign_in(&edge).await;
    assert_eq!((is_in(&mut early).await, is_in(&mut late).await), (200, 200));

    fs::write(&keys, NEW).unwrap();
    reload(&edge, "the keys were read again").await;
    assert_eq!((is_in(&mut early).await, is_in(&mut late).await), (401, 200));
}
