//! Real clients at the real program: Node with viem, Node with ethers and siwe, and the page in Chromium.
//! Their wallets have throw-away keys. What each of them goes through stands in `tests/clients`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod scene;

use scene::{Edge, client};
use testkit::folder::Folder;
use testkit::redis::Redis;

#[tokio::test]
#[ignore = "needs Node with its packages, Redis: run .ci/run peers"]
async fn node_with_viem_signs_in_renews_and_signs_out() {
    let redis = Redis::start().await;
    let edge = Edge::with(&redis, &[]).await;
    client("viem.mjs", &[&edge.origin()]).await;
}

#[tokio::test]
#[ignore = "needs Node with its packages, Redis: run .ci/run peers"]
async fn node_with_ethers_and_siwe_signs_in_renews_and_signs_out() {
    let redis = Redis::start().await;
    let edge = Edge::with(&redis, &[]).await;
    client("ethers.mjs", &[&edge.origin()]).await;
}

#[tokio::test]
#[ignore = "needs Node with its packages, Redis: run .ci/run peers"]
async fn what_the_table_of_cases_refuses_is_refused_and_of_64_with_one_nonce_one_signs_in() {
    let redis = Redis::start().await;
    let edge = Edge::with(&redis, &[]).await;
    client("cases.mjs", &[&edge.origin()]).await;
}

#[tokio::test]
#[ignore = "needs Node with its packages, Chromium, Redis: run .ci/run peers"]
async fn people_sign_in_on_the_page_with_a_wallet_in_chromium() {
    let redis = Redis::start().await;
    let edge = Edge::with(&redis, &[]).await;
    // Whose sign-ins come too late where a wallet thinks about them.
    let hasty = Edge::with(&redis, &["--sign-in-seconds", "10"]).await;
    let screenshots = Folder::new();
    let [origin, short] = [edge.origin(), hasty.origin()];
    let folder = screenshots.path("");
    let arguments = [&origin, "--path", "/login/", "--short", &short, "--screenshots", &folder];
    client("chromium.mjs", &arguments).await;
}
