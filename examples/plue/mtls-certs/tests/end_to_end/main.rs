//! The program itself, and what the scripts make; with OpenSSL as the second opinion where that is
//! installed. Each test has a folder of its own.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod forge;
mod openssl;
mod tool;

mod check_certificate;
mod check_key;
mod check_origin;
mod crl;
mod files;
mod issue;
mod original;
mod rotate;
mod script;
mod verify;
