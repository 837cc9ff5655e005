//! What the documents say of the code, held against it.

use std::fs;
use std::path::{Path, PathBuf};

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

#[test]
fn every_test_that_the_checklist_names_exists() {
    let checklist = fs::read_to_string(folder("tests/CHECKLIST.md")).unwrap();
    let named = checklist.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::"));
    let mut count = 0;
    for (file, test) in named {
        let source = if file == "refresh" {
            fs::read_to_string(folder("src/refresh/tests.rs"))
        } else {
            let file = Path::new(file).with_extension("rs");
            fs::read_to_string(folder("tests/core").join(&file))
                .or_else(|_| fs::read_to_string(folder("tests/edges").join(&file)))
        };
        let source = source.unwrap_or_else(|_| panic!("no such file: {file}"));
        assert!(source.contains(&format!("fn {test}(")), "no such test: {file}::{test}");
        count += 1;
    }
    assert!(count > 30, "only {count} tests are named");
}

#[test]
fn the_readme_explains_every_code() {
    let readme = fs::read_to_string(folder("README.md")).unwrap();
    let error = fs::read_to_string(folder("src/error.rs")).unwrap();
    let codes: Vec<&str> = error
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("=> \""))
        .filter_map(|(_, code)| code.strip_suffix("\","))
        .collect();
    assert!(codes.len() > 15, "only {} codes were found", codes.len());
    for code in codes {
        let explained =
            readme.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{code}`")));
        assert!(explained, "the README does not explain {code}");
    }
}

#[test]
fn the_front_page_shows_the_example_that_is_compiled() {
    let example = |readme: &Path| {
        let readme = fs::read_to_string(readme).unwrap();
        let (_, code) = readme.split_once("```rust,no_run\n").unwrap();
        code.split_once("```").unwrap().0.to_owned()
    };
    // The crate's own README is compiled as a test of its documentation.
    assert_eq!(example(&folder("../README.md")), example(&folder("README.md")));
}
