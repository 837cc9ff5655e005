//! An admin API behind Cloudflare Access, in the place of a secret that the panel's bundle carried.
//!
//! Staff pass by the domain of their e-mail address, machines by a service token that is named. What
//! each variable, status and code means is written in this folder's README.

mod app;
pub use app::router;

mod browsers;
pub use browsers::{OriginError, PanelOrigin};

mod config;
pub use config::Config;
pub use serve::{ConfigErrors, Draining, Problem};

mod gate;
pub use gate::Gate;

mod health;
pub use health::health_router;

mod metrics;
pub use metrics::Metrics;

mod rollout;
pub use rollout::AdminSecret;

mod server;
pub use server::{RunError, behind_tunnel, run};

mod stores;
pub use stores::{Limits, Stores};

mod body;
mod caller;
mod error;
mod impersonation;
mod invitations;
mod operators;
mod records;
mod streams;
