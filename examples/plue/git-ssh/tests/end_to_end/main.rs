//! The program itself. By default with a stand-in for sshd, and headers written by hand; with the
//! real sshd, git, HAProxy in the place of Spectrum, and networks of its own, where those are
//! installed. Each test starts its own, at ports of its own.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod client;
mod service;
mod stand_in;

mod bounds;
mod direct;
mod git;
mod headers;
mod networks;
mod observe;
mod shutdown;
mod startup;

use client::Client;
use service::{PROGRAM, Service};
use stand_in::StandIn;
use testkit::openssh::OpenSsh;
