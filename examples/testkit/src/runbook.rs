//! The commands of a run-book, run as they stand there.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::time::timeout;

use crate::folder::Folder;

/// The steps of one procedure: the blocks of `sh` below its heading, each to be run as a whole.
///
/// # Panics
///
/// If the document cannot be read, or has no such heading with a block below it.
#[must_use]
pub fn steps(document: &Path, heading: &str) -> Vec<String> {
    let text = fs::read_to_string(document)
        .unwrap_or_else(|error| panic!("{}: {error}", document.display()));
    let heading = format!("\n### {heading}\n");
    let (_, section) =
        text.split_once(&heading).unwrap_or_else(|| panic!("no heading{heading}in the run-book"));
    let section = section.split_once("\n#").map_or(section, |(section, _)| section);
    let blocks = section.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let steps: Vec<_> = blocks.map(|(block, _)| block.to_owned()).collect();
    assert!(!steps.is_empty(), "no commands below{heading}");
    steps
}

/// Who types the commands. What depends on where somebody runs their servers is done by the test: each of
/// its `words` is a program that asks it to.
#[derive(Debug)]
pub struct Operator {
    folder: Folder,
    listener: TcpListener,
}

impl Operator {
    /// Somebody who has these words besides what the system has, and these programs, each a name and a
    /// command.
    ///
    /// # Panics
    ///
    /// If nothing can be written or listened at.
    pub async fn new(words: &[&str], programs: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let port = listener.local_addr().expect("its address").port();
        let folder = Folder::new();
        for word in words {
            program(&folder, word, &ASK.replace("{port}", &port.to_string()));
        }
        for (name, command) in programs {
            program(&folder, name, &format!("exec {command} \"$@\"\n"));
        }
        Self { folder, listener }
    }

    /// Runs a step with these variables, until it ends, and does what its words ask for.
    ///
    /// # Panics
    ///
    /// If a command of it fails, or it does not end.
    pub async fn run(
        &self,
        step: &str,
        variables: &[(&str, &str)],
        mut does: impl AsyncFnMut(Vec<String>),
    ) {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command.args(["-euxo", "pipefail", "-c", step]).kill_on_drop(true);
        command.env("PATH", format!("{}:{path}", self.folder.path("")));
        command.envs(variables.iter().copied());
        let mut ended = pin!(timeout(PATIENCE, command.output()));
        let output = loop {
            tokio::select! {
                output = &mut ended => break output.unwrap_or_else(|_| panic!("does not end: {step}")),
                asked = self.listener.accept() => {
                    let (mut stream, _) = asked.expect("a connection");
                    does(words(&mut stream).await).await;
                    // Whoever has asked goes on when it is done.
                    let _ = stream.write_all(b"done\n").await;
                }
            }
        };
        let output = output.expect("bash");
        let [told, errors] = [&output.stdout, &output.stderr].map(|of| String::from_utf8_lossy(of));
        assert!(output.status.success(), "{step}\n{told}\n{errors}");
    }
}

/// A line, with tabs between the words.
async fn words(stream: &mut TcpStream) -> Vec<String> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await.expect("a line");
    line.trim_end().split('\t').map(str::to_owned).collect()
}

fn program(folder: &Folder, name: &str, script: &str) {
    let path = folder.write(name, &format!("#!/usr/bin/env bash\nset -euo pipefail\n{script}"));
    fs::set_permissions(path, Permissions::from_mode(0o755)).expect("a program");
}

const PATIENCE: Duration = Duration::from_secs(120);

const ASK: &str = "\
exec 3<>/dev/tcp/127.0.0.1/{port}
(IFS=$'\\t'; printf '%s\\n' \"${0##*/}\t$*\" >&3)
read -r _ <&3
";
