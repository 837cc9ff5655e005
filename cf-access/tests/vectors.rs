//! The Access-shaped vectors, each a test of its own name.

mod support;

use std::path::Path;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    libtest_mimic::run(&arguments, support::access_shaped(&folder)).exit();
}
