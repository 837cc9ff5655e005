//! The program itself, with certificates made here, and a client of TLS and HTTP in Cloudflare's
//! place. Each test starts its own, at ports of its own.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod browser;
mod client;
mod gateway;
mod mount;
mod service;
mod site;
mod zone;

mod assertions;
mod balancer;
mod curl;
mod edge;
mod ephemeral;
mod headers;
mod health;
mod observe;
mod old_sessions;
mod proxy;
mod reload;
mod roll_back;
mod rotation;
mod shutdown;
mod sign_in;
mod startup;
mod users;

use browser::Browser;
use client::{Http, get, refused, tls};
use mount::Mount;
use service::{PROGRAM, Scene, Service, eventually};
use site::{Site, VISITOR};
use zone::{Issued, Zone};
