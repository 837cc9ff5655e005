//! The program itself, behind HAProxy in the place of Cloudflare's edge, with an issuer that can be
//! rotated and stopped. Each test starts its own, at ports of its own.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod attacks;
mod callers;
mod keys;
mod scene;
mod shutdown;

use scene::{AUDIENCE, CI, PANEL, Scene, eventually};
