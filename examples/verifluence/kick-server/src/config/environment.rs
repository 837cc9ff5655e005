use std::fmt;
use std::fs;
use std::path::Path;

use thiserror::Error;

/// A variable: its name, and what it is for.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
}

/// Reads variables one after the other, and keeps what is wrong with them.
pub(super) struct Environment<F> {
    variable: F,
    problems: Vec<Problem>,
}

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    pub(super) fn new(variable: F) -> Self {
        Self { variable, problems: Vec::new() }
    }

    pub(super) fn required<T, E: fmt::Display>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let before = self.problems.len();
        let value = self.optional(setting, parse);
        if value.is_none() && self.problems.len() == before {
            self.missing(setting);
        }
        value
    }

    /// `None` if it is not there, and if it is wrong.
    pub(super) fn optional<T, E: fmt::Display>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let parsed = self
            .value(setting.name)
            .and_then(|value| {
                value
                    .map(|value| parse(&value).map_err(|error| Cause::Wrong(error.to_string())))
                    .transpose()
            })
            .map_err(|cause| self.problem(setting, cause));
        parsed.ok().flatten()
    }

    /// A file that is read again later: its path is in the variable itself.
    pub(super) fn path<T, E: fmt::Display>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&Path) -> Result<T, E>,
    ) -> Option<T> {
        let path = self.variable(setting.name)?;
        let parsed = parse(Path::new(&path)).map_err(|error| Cause::Wrong(error.to_string()));
        parsed.map_err(|cause| self.problem(setting, cause)).ok()
    }

    /// Two of which at most one may be there. Says whether that is so.
    pub(super) fn exclusive(&mut self, setting: &Setting, other: &Setting) -> bool {
        let both = self.is_set(setting) && self.is_set(other);
        if both {
            self.problem(setting, Cause::Excludes(other.name));
        }
        !both
    }

    /// Whether a variable is there, right or wrong.
    pub(super) fn is_set(&self, setting: &Setting) -> bool {
        let file = format!("{}_FILE", setting.name);
        self.variable(setting.name).or_else(|| self.variable(&file)).is_some()
    }

    pub(super) fn missing(&mut self, setting: &Setting) {
        self.problem(setting, Cause::Missing);
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    fn value(&self, name: &'static str) -> Result<Option<String>, Cause> {
        match (self.variable(name), self.variable(&format!("{name}_FILE"))) {
            (Some(_), Some(_)) => Err(Cause::Both),
            (None, Some(path)) => {
                let content = fs::read_to_string(path).map_err(Cause::File)?;
                let line = content.strip_suffix('\n').unwrap_or(&content);
                let value = line.strip_suffix('\r').unwrap_or(line);
                Ok(Some(value.to_owned()).filter(|value| !value.is_empty()))
            }
            (value, None) => Ok(value),
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn problem(&mut self, setting: &Setting, cause: Cause) {
        self.problems.push(Problem { name: setting.name, what: setting.what, cause });
    }
}

/// What is wrong with one variable. Its value is not shown: it may be a secret.
#[derive(Debug, Error)]
#[error("{name} {cause} ({what})")]
pub struct Problem {
    name: &'static str,
    what: &'static str,
    cause: Cause,
}

impl Problem {
    /// The variable's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

#[derive(Debug, Error)]
enum Cause {
    #[error("and its _FILE are both set; keep one")]
    Both,
    #[error("and {0} are both set; keep one")]
    Excludes(&'static str),
    #[error("names a file in its _FILE that cannot be read: {0}")]
    File(std::io::Error),
    #[error("is missing")]
    Missing,
    #[error("is wrong: {0}")]
    Wrong(String),
}
