//! The run-book: that it has all codes, as the crates' READMEs explain them, and that tests run its commands.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [&str; 5] =
    ["cf-access", "siwe-session", "proxy-protocol", "origin-mtls", "kick-hmac"];
const ALERTS: [&str; 5] = ["no", "yes", "if it climbs", "if it lasts", "when it stops"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What is below this heading, up to the next of its kind or above.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("\n{heading}\n")).unwrap();
    let hashes = heading.split(' ').next().unwrap();
    let ends =
        (2..=hashes.len()).filter_map(|level| rest.find(&format!("\n{} ", "#".repeat(level))));
    ends.min().map_or(rest, |end| rest.split_at(end).0)
}

/// The cells of each row that explains a code.
fn rows(section: &str) -> Vec<Vec<&str>> {
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches(['|', ' ']).split(" | ").collect()).collect()
}

fn codes(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() { sources(&path) } else { vec![fs::read_to_string(path).unwrap()] }
        })
        .collect()
}

/// What the functions `code` give, each a word among what stands in their `impl`; and the constants that are
/// told besides: `ACCEPTED` is "accepted".
fn codes_of(source: &str) -> impl Iterator<Item = String> {
    let functions = source.split("pub const fn code(&self)").skip(1);
    let functions = functions.map(|rest| rest.split("\n}").next().unwrap());
    let quoted = functions.flat_map(|body| body.split('"').skip(1).step_by(2));
    let is_of_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let given = quoted.filter(move |text| text.bytes().all(is_of_word));
    let constants = source.lines().filter_map(|line| {
        let (name, value) = line.split_once("const ")?.1.split_once(": &str = \"")?;
        let value = value.strip_suffix("\";")?;
        (name == value.to_uppercase()).then_some(value)
    });
    given.chain(constants).map(str::to_owned)
}

#[test]
fn every_code_that_a_crate_can_tell_has_its_row_and_no_other_has() {
    let runbook = read("docs/operations.md");
    for name in CRATES {
        let rows = rows(section(&runbook, &format!("### {name}")));
        let explained: BTreeSet<_> = rows.iter().flat_map(|row| codes(row[0])).collect();
        let sources = sources(&root().join(name).join("src"));
        let told: BTreeSet<_> = sources.iter().flat_map(|source| codes_of(source)).collect();
        assert!(told.len() > 20, "{name}: {told:?}");
        assert_eq!(explained, told, "{name}");
        for row in rows {
            assert!(row.len() == 4 && ALERTS.contains(&row[2]), "{row:?}");
        }
    }
}

/// The READMEs go with their crates, and have no alerts: what they say stands here once more.
#[test]
fn every_code_means_what_the_readme_of_its_crate_says() {
    let runbook = read("docs/operations.md");
    for name in CRATES {
        let readme = read(&format!("{name}/README.md"));
        let mut here = rows(section(&runbook, &format!("### {name}"))).into_iter();
        for row in rows(section(&readme, "## Refusals")) {
            // In the same order; what is no refusal stands in between.
            let same = here.find(|same| same[0] == row[0]);
            let same = same.unwrap_or_else(|| panic!("{name}: {row:?} is missing, or elsewhere"));
            if name == "siwe-session" {
                // It has the status, and no action.
                assert_eq!(same[1], format!("{}: {}", row[1], row[2]), "{name}");
            } else {
                assert_eq!((same[1], same[3]), (row[1], row[2]), "{name}");
            }
        }
    }
}

#[test]
fn every_rotation_is_run_by_the_tests_that_it_names() {
    let runbook = read("docs/operations.md");
    let rotations = section(&runbook, "## Rotations");
    let mut count = 0;
    for rotation in rotations.split("\n### ").skip(1) {
        let (heading, text) = rotation.split_once('\n').unwrap();
        assert!(text.contains("```sh\n"), "{heading} has no commands");
        let (_, tests) = text.split_once("\nRun by ").unwrap();
        let links: Vec<_> = tests.split("[`").skip(1).collect();
        assert!(!links.is_empty(), "{heading}");
        for link in links {
            let (name, rest) = link.split_once("`](../").unwrap();
            let test = read(rest.split_once(')').unwrap().0);
            assert!(test.contains(&format!("fn {name}(")), "{name}");
            assert!(test.contains(&format!("\"{heading}\"")), "{heading}: {name}");
        }
        count += 1;
    }
    assert!(count >= 13, "{count}");
}

#[test]
fn every_link_leads_to_a_file_or_a_heading() {
    let runbook = read("docs/operations.md");
    let anchor = |heading: &str| -> String {
        let kept = heading.chars().filter(|char| char.is_alphanumeric() || " -".contains(*char));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    for link in runbook.split("](").skip(1) {
        let target = link.split_once(')').unwrap().0;
        if target.starts_with("https://") {
            continue;
        }
        let (path, heading) = target.split_once('#').unwrap_or((target, ""));
        let text = if path.is_empty() {
            runbook.clone()
        } else {
            read(path.strip_prefix("../").unwrap_or_else(|| panic!("{target}")))
        };
        let headings = text.lines().filter(|line| line.starts_with('#'));
        let mut headings = headings.map(|line| anchor(line.trim_start_matches(['#', ' '])));
        assert!(heading.is_empty() || headings.any(|it| it == heading), "{target}");
    }
}
