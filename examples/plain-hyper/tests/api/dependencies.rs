//! What this server is made of.

use std::process::Command;

/// The crates in the tree over these edges, each `name v1.2.3`.
fn tree(edges: &str) -> String {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--package", "plain-hyper", "--edges", edges])
        .args(["--prefix", "none", "--no-dedupe"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap()
}

fn names(tree: &str, is_meant: impl Fn(&str) -> bool) -> Vec<&str> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let mut names: Vec<_> = names.filter(|name| is_meant(name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn axum_is_not_among_the_dependencies() {
    let is_meant = |name: &str| name.starts_with("axum");
    let server = tree("normal");
    assert_eq!(names(&server, is_meant), [""; 0]);
    assert_eq!(names(&server, |name| name == "hyper" || name == "edgeproof-cf-access").len(), 2);
    // That they would be seen: what stands in for others in the tests is made of them.
    assert!(names(&tree("normal,dev"), is_meant).contains(&"axum"));
}
