//! What the documents say of the code, held against it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::errors::all;

const FOLDERS: [&str; 8] = [
    "tests/core",
    "tests/edges",
    "tests/json_rpc",
    "tests/logs",
    "tests/peers",
    "tests/session",
    "tests/support",
    "src/memory",
];

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

#[test]
fn every_test_that_the_checklist_names_exists() {
    let checklist = fs::read_to_string(folder("tests/CHECKLIST.md")).unwrap();
    let named = checklist.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::"));
    let mut count = 0;
    for (file, test) in named {
        let file = Path::new(file).with_extension("rs");
        let sources: Vec<String> = FOLDERS
            .iter()
            .filter_map(|of| fs::read_to_string(folder(of).join(&file)).ok())
            .collect();
        assert!(!sources.is_empty(), "no such file: {}", file.display());
        let test = format!("fn {test}(");
        let exists = sources.iter().any(|source| source.contains(&test));
        assert!(exists, "no such test in {}: {test}", file.display());
        count += 1;
    }
    assert!(count > 60, "only {count} tests are named");
}

#[test]
fn the_readme_explains_every_code_with_its_status_in_the_order_of_the_checks() {
    let readme = fs::read_to_string(folder("README.md")).unwrap();
    let (_, table) = readme.split_once("## Refusals").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| `")).collect();
    let errors: Vec<_> = all().collect();
    for (row, error) in rows.iter().zip(&errors) {
        assert!(row.starts_with(&format!("| `{}` |", error.code())), "{row}");
        assert!(row.contains(error.status().as_str()), "{row}");
    }
    assert_eq!(rows.len(), errors.len());
}

#[test]
fn the_folder_of_vectors_says_where_they_are_from() {
    let sources = fs::read_to_string(folder("tests/vectors/SOURCES.md")).unwrap();
    for file in fs::read_dir(folder("tests/vectors")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(name == "SOURCES.md" || sources.contains(&format!("`{name}`")), "{name}");
    }
}
