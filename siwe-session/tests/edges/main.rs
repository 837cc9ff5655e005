//! The whole of a sign-in, with stores and contracts that answer, fail, hang and are slow.

#![expect(
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod contracts;
mod debug;
mod outcomes;
mod store;
mod support;
