use std::fmt;

use crate::Report;

/// How much memory a server had, early and late.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is written out")]
pub struct Growth {
    /// Which server.
    pub server: &'static str,
    /// So many bytes after 15 seconds.
    pub early: u64,
    /// So many after a minute.
    pub late: u64,
}

impl Growth {
    fn ratio(&self) -> f64 {
        self.late as f64 / self.early as f64
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [early, late] = [self.early, self.late].map(|bytes| bytes >> 10);
        write!(
            f,
            "{}: {early} KiB at 15 s, {late} KiB at 60 s: {:.3} times",
            self.server,
            self.ratio()
        )
    }
}

/// Prints how it went where nothing was down, and how while what it stands on was restarted.
///
/// # Errors
///
/// All that must not have been.
#[expect(clippy::print_stdout, reason = "it is to be read")]
pub fn judge(calm: &Report, disturbed: &Report, servers: &[Growth]) -> Result<(), String> {
    print!("{disturbed}");
    println!("  {} good requests were told to come again", disturbed.unavailable());
    let mut faults = calm.faults_in_calm();
    faults.extend(disturbed.faults());
    for server in servers {
        println!("  {server}");
        if server.late == 0 || server.ratio() > MOST_GROWTH {
            faults.push(format!("has grown: {server}"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

const MOST_GROWTH: f64 = 1.1;
