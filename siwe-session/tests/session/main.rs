//! Sessions, from the sign-in to their end, through the layer and the router.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod caching;
mod endpoints;
mod identity;
mod layer;
mod migration;
mod on_login;
mod other_sites;
mod outcomes;
mod renewal;
mod rotation;
mod store;
mod support;
