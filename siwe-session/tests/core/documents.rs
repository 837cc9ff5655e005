//! What the documents say of the code, held against it.

use std::fs;
use std::path::{Path, PathBuf};

use http::StatusCode;
use siwe_session::SignInError;

use crate::errors::{all, all_identity, all_session, all_sign_in};

const FOLDERS: [&str; 9] = [
    "tests/core",
    "tests/edges",
    "tests/json_rpc",
    "tests/logs",
    "tests/peers",
    "tests/session",
    "tests/support",
    "src/caching",
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
    let (_, section) = readme.split_once("## Refusals").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = |of: &str| -> Vec<&str> {
        let (_, table) = section.split_once(of).unwrap();
        let lines = table.lines().skip_while(|line| !line.starts_with('|'));
        lines.take_while(|line| line.starts_with('|')).skip(2).collect()
    };
    let of_sign_ins = all().map(|error| (error.code(), error.status()));
    explains(&rows("`VerifyError`"), of_sign_ins);
    explains(&rows("`SessionError`"), all_session().map(|error| (error.code(), error.status())));
    explains(&rows("`IdentityError`"), all_identity().map(|error| (error.code(), error.status())));
    // Those that it passes on stand in the tables of their own.
    let own = all_sign_in()
        .filter(|error| !matches!(error, SignInError::Verify(_) | SignInError::Session(_)));
    explains(&rows("`SignInError`"), own.map(|error| (error.code(), error.status())));
}

fn explains(rows: &[&str], errors: impl Iterator<Item = (&'static str, StatusCode)>) {
    let errors: Vec<_> = errors.collect();
    for (row, (code, status)) in rows.iter().zip(&errors) {
        assert!(row.starts_with(&format!("| `{code}` | {} |", status.as_str())), "{row}");
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
