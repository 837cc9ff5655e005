//! The table: what was sent, what came back, and whether that is what must happen.

use std::process::ExitCode;

#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: u32,
    wrong: u32,
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
impl Table {
    /// The status of a connection that is closed without an answer.
    pub(crate) const CLOSED: u16 = 0;

    pub(crate) fn section(title: &str) {
        println!("\n{title}\n");
        println!("{:<56} {:<6} {:<22} as it must be", "what is sent", "status", "code");
    }

    /// Adds a line: the answer's status and code, and those that must come.
    pub(crate) fn line(&mut self, sent: &str, got: (u16, &str), must: (u16, &str)) {
        self.lines = self.lines.saturating_add(1);
        let verdict = if got == must {
            "yes".to_owned()
        } else {
            self.wrong = self.wrong.saturating_add(1);
            format!("NO: {} {}", must.0, must.1)
        };
        let status = if got.0 == Self::CLOSED { "closed".to_owned() } else { got.0.to_string() };
        println!("{sent:<56} {status:<6} {:<22} {verdict}", got.1);
    }

    /// Prints the sum, and gives the program's status.
    pub(crate) fn finish(self) -> ExitCode {
        println!("\n{} requests, {} answered otherwise than they must be", self.lines, self.wrong);
        if self.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
