//! Plue whole, on loopback: the edge that signs people in, the origin that answers that edge alone, and
//! Git over SSH, each a process of its own, behind stand-ins for Cloudflare.

mod certificates;
pub use certificates::Certificates;

mod server;
pub use server::Server;

mod system;
pub use system::{Settings, SignIn, System, SystemError};
