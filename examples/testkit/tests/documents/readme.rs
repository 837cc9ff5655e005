//! The list of tests in the README of the examples.

use std::fs;
use std::path::Path;

#[test]
fn each_test_that_the_readme_names_is_where_it_says() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = fs::read_to_string(examples.join("README.md")).unwrap();
    let mut names = Vec::new();
    // [`name`](path)
    for link in readme.split("[`").skip(1) {
        let (name, rest) = link.split_once("`](").unwrap();
        let (path, _) = rest.split_once(')').unwrap();
        if !path.contains("/tests/") {
            continue;
        }
        let file = fs::read_to_string(examples.join(path));
        let file = file.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(file.contains(&format!("fn {name}(")), "{path} has no test {name}");
        names.push(name);
    }
    assert!(names.len() > 50, "{}", names.len());
}
