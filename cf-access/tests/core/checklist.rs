//! `CHECKLIST.md` names tests that exist.

use std::fs;
use std::path::Path;

#[test]
fn every_test_that_the_checklist_names_exists() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let checklist = fs::read_to_string(tests.join("CHECKLIST.md")).unwrap();
    let named = checklist
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"));
    let mut count = 0;
    for (module, test) in named {
        let source = fs::read_to_string(tests.join("core").join(module).with_extension("rs"));
        let source = source.unwrap_or_else(|_| panic!("no such file: {module}"));
        assert!(
            source.contains(&format!("fn {test}(")),
            "no such test: {module}::{test}"
        );
        count += 1;
    }
    assert!(count > 30, "only {count} tests are named");
}
