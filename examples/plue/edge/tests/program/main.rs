//! The program itself, on loopback.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod service;

mod demo;
mod processes;
mod reload;
mod shutdown;
mod startup;

use service::{Browser, PROGRAM, Service, eventually};
