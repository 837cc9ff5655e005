//! Our own client-certificate cases, each a test of its own name under each profile.

mod support;

use std::path::Path;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/client-cert-fixtures.json");
    libtest_mimic::run(&arguments, support::fixtures(&file)).exit();
}
