//! The program itself, with certificates made here, and a client of TLS and HTTP in Cloudflare's
//! place. Each test starts its own, at ports of its own.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod client;
mod mount;
mod service;
mod zone;

mod curl;
mod edge;
mod ephemeral;
mod headers;
mod health;
mod observe;
mod proxy;
mod reload;
mod rotation;
mod shutdown;
mod startup;

use client::{Http, get, refused, tls};
use mount::Mount;
use service::{PROGRAM, Scene, Service, eventually};
use zone::{Issued, Zone};
