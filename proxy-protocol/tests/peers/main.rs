//! A service behind those who send headers: HAProxy, nginx, curl, and sockets on which things go
//! wrong. Each test starts its own service and its own peer, on loopback.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod checks;
mod curl;
mod faults;
mod haproxy;
mod namespace;
mod nginx;
mod scene;
mod segments;
mod tls;
mod unix;

use scene::{
    Answer, REQUEST, Service, ask, closed_without_an_answer, connect_from, haproxy, on_loopback,
    socket, within,
};

const CLIENT: &str = "203.0.113.7:51000";

/// The line of [`CLIENT`].
const LINE: &[u8] = b"PROXY TCP4 203.0.113.7 198.51.100.9 51000 443\r\n";
