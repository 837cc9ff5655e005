//! The program itself: started, asked, signalled, killed. With a folder, and with a real PostgreSQL.
//! Each test starts its own, at ports of its own.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod database;
mod files;
mod memory;
mod processes;
mod service;
mod shutdown;
mod startup;
mod tunnel;

use std::sync::LazyLock;

use kick_hmac::testing::{KickSigner, Message};
use service::{PROGRAM, Service, eventually, head};

/// One key for all tests: it takes a while to make.
static SIGNER: LazyLock<KickSigner> = LazyLock::new(KickSigner::new);

fn follow() -> Message<'static> {
    SIGNER.event("channel.followed", r#"{"broadcaster":{"user_id":7},"follower":{"user_id":8}}"#)
}
