//! The program itself, on loopback.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod service;

mod demo;
mod old_sessions;
mod processes;
mod reload;
mod roll_back;
mod shutdown;
mod startup;
mod visitor;

use service::{Browser, PROGRAM, Service, eventually};
