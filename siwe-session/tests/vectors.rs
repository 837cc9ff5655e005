//! The sets that are this project's own, each case a test of its own name.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a set that is not as expected fails the run"
)]

mod support;

use std::path::Path;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    libtest_mimic::run(&arguments, support::own_sets(&vectors)).exit();
}
