use std::fmt;
use std::io::{self, Write};

/// What was found, in the order in which it was.
#[derive(Default)]
pub(crate) struct Findings(Vec<Finding>);

struct Finding {
    level: Level,
    by: By,
    text: String,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Level {
    Ok,
    Warning,
    Refused,
}

/// Who says so.
#[derive(Clone, Copy)]
pub(crate) enum By {
    Cloudflare,
    Origin,
}

impl Findings {
    pub(crate) fn ok(&mut self, by: By, text: impl Into<String>) {
        self.push(Level::Ok, by, text);
    }

    pub(crate) fn warn(&mut self, by: By, text: impl Into<String>) {
        self.push(Level::Warning, by, text);
    }

    pub(crate) fn refuse(&mut self, by: By, text: impl Into<String>) {
        self.push(Level::Refused, by, text);
    }

    pub(crate) fn has_refusal(&self) -> bool {
        self.0.iter().any(|finding| finding.level == Level::Refused)
    }

    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        self.0.iter().try_for_each(|finding| writeln!(out, "{finding}"))
    }

    fn push(&mut self, level: Level, by: By, text: impl Into<String>) {
        self.0.push(Finding { level, by, text: text.into() });
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Refused => "refused",
        };
        let by = match self.by {
            By::Cloudflare => "cloudflare",
            By::Origin => "origin",
        };
        write!(f, "{level:<9}{by:<12}{}", self.text)
    }
}
