//! Verifluence whole, by a test for each line of its document: three servers on one PostgreSQL, behind
//! HAProxy in the place of Cloudflare's edge and the Tunnel.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod listening;
mod scene;
mod visitors;

mod administration;
mod bypass;
mod database;
mod environment;
mod isolation;
mod reliability;
mod rotations;
mod traffic;

use scene::{Answer, Outside, Scene, eventually, now, send};
