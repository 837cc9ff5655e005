//! Plue whole, by a test for each line of its document: the edge, the origin behind a load balancer that
//! writes PROXY headers, Git over SSH behind Spectrum, with real Redis, PostgreSQL, HAProxy, OpenSSH, git
//! and wallets in Node.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod client;
mod scene;
mod visitors;

mod development;
mod git;
mod migration;
mod origin;
mod rollback;
mod rotations;
mod sign_in;

use client::Client;
use scene::{Scene, node};
