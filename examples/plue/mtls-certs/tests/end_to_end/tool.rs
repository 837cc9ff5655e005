use std::process::Command;
use std::time::{Duration, SystemTime};

use clap::Parser as _;
use mtls_certs::{Arguments, run};
use testkit::folder::Folder;

/// The program, today.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_plue-mtls-certs");

/// Its status, and what it writes.
pub(crate) fn end(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// What it writes when it does what it is asked for.
pub(crate) fn works(arguments: &[&str]) -> String {
    let (status, told) = end(arguments);
    assert_eq!(status, Some(0), "{arguments:?}: {told}");
    told
}

/// What it writes when it does not.
pub(crate) fn fails(arguments: &[&str]) -> String {
    let (status, told) = end(arguments);
    assert_eq!(status, Some(1), "{arguments:?}: {told}");
    told
}

/// The same so many days after a fixed one, on which the fixtures are valid. `Err` for a refusal.
pub(crate) fn on_day(day: u64, arguments: &[&str]) -> Result<String, String> {
    let arguments = ["plue-mtls-certs"].iter().chain(arguments);
    let arguments = Arguments::try_parse_from(arguments).unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(FIRST_DAY + day * 24 * 60 * 60);
    let mut out = Vec::new();
    let result = run(arguments, now, &mut out);
    let told = String::from_utf8(out).unwrap();
    match result {
        Ok(()) => Ok(told),
        Err(error) => Err(format!("{told}{error}")),
    }
}

/// A folder `certs` with an authority and a client certificate, both with small keys.
pub(crate) struct Certs {
    pub(crate) folder: Folder,
    pub(crate) dir: String,
}

impl Certs {
    pub(crate) fn new() -> Self {
        let certs = Self::without_client();
        works(&["issue", "--dir", &certs.dir, "--key", "p256"]);
        certs
    }

    pub(crate) fn without_client() -> Self {
        let folder = Folder::new();
        let dir = folder.path("certs");
        works(&["init", "--out", &dir, "--key", "p256"]);
        Self { folder, dir }
    }

    /// Made on the first day of [`on_day`].
    pub(crate) fn on_first_day() -> Self {
        let folder = Folder::new();
        let dir = folder.path("certs");
        on_day(0, &["init", "--out", &dir, "--key", "p256"]).unwrap();
        on_day(0, &["issue", "--dir", &dir, "--key", "p256"]).unwrap();
        Self { folder, dir }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.dir)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

/// The names of what is in a folder.
pub(crate) fn list(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(crate) fn fixture(name: &str) -> String {
    format!("{}/tests/end_to_end/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// 2026-12-01.
const FIRST_DAY: u64 = 1_796_083_200;
