//! Verifluence whole, on loopback: three servers, each a process of its own, on one database, behind a
//! stand-in for Cloudflare's edge and the Tunnel.

mod server;
pub use server::Server;

mod system;
pub use system::{ADMIN_API, API, AUDIENCE, KICK, PANEL, SERVICE_TOKEN, System, SystemError, WEB};
