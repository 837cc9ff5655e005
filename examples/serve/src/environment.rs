use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

/// A variable: its name, and what it is for.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is written out as a constant")]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub what: &'static str,
}

/// Reads variables one after the other, and keeps what is wrong with them.
///
/// Each is read by its name, or from the file that `<NAME>_FILE` names. One that is empty counts as one
/// that is not there.
pub struct Environment<F> {
    variable: F,
    problems: Vec<Problem>,
}

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    /// Reads the variables through this function.
    pub fn new(variable: F) -> Self {
        Self { variable, problems: Vec::new() }
    }

    /// A variable that must be there.
    pub fn required<T, E: fmt::Display>(
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
    pub fn optional<T, E: fmt::Display>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let source = self.source(setting)?;
        let value = match source.read() {
            Ok(value) => value,
            Err(error) => {
                self.problem(setting, Cause::File(error.0));
                return None;
            }
        };
        let line = value.strip_suffix('\n').unwrap_or(&value);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            return None;
        }
        let parsed = parse(line).map_err(|error| Cause::Wrong(error.to_string()));
        parsed.map_err(|cause| self.problem(setting, cause)).ok()
    }

    /// Where the value of a variable is, so that it can be read again.
    pub fn source(&mut self, setting: &Setting) -> Option<Source> {
        let path = self.variable(&format!("{}_FILE", setting.name)).map(PathBuf::from);
        match (self.variable(setting.name), path) {
            (Some(_), Some(_)) => {
                self.problem(setting, Cause::Both);
                None
            }
            (Some(text), None) => Some(Source::Text(Zeroizing::new(text))),
            (None, Some(path)) => Some(Source::File(path)),
            (None, None) => None,
        }
    }

    /// The path of a file, which is read again later: it is in the variable itself.
    pub fn path<T, E: fmt::Display>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&Path) -> Result<T, E>,
    ) -> Option<T> {
        let path = self.variable(setting.name)?;
        let parsed = parse(Path::new(&path)).map_err(|error| Cause::Wrong(error.to_string()));
        parsed.map_err(|cause| self.problem(setting, cause)).ok()
    }

    /// Where the value of a variable is, which must be there.
    pub fn required_source(&mut self, setting: &Setting) -> Option<Source> {
        if !self.is_set(setting) {
            self.missing(setting);
        }
        self.source(setting)
    }

    /// Two of which at most one may be there. Says whether that is so.
    pub fn exclusive(&mut self, setting: &Setting, other: &Setting) -> bool {
        let both = self.is_set(setting) && self.is_set(other);
        if both {
            self.problem(setting, Cause::Excludes(other.name));
        }
        !both
    }

    /// Whether a variable is there, right or wrong.
    pub fn is_set(&self, setting: &Setting) -> bool {
        let file = format!("{}_FILE", setting.name);
        self.variable(setting.name).or_else(|| self.variable(&file)).is_some()
    }

    /// Notes that a variable is missing.
    pub fn missing(&mut self, setting: &Setting) {
        self.problem(setting, Cause::Missing);
    }

    /// Notes what is wrong with a variable.
    pub fn wrong(&mut self, setting: &Setting, why: &impl ToString) {
        self.problem(setting, Cause::Wrong(why.to_string()));
    }

    /// What has been found wrong.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn problem(&mut self, setting: &Setting, cause: Cause) {
        self.problems.push(Problem { name: setting.name, what: setting.what, cause });
    }
}

impl<F> fmt::Debug for Environment<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("problems", &self.problems).finish_non_exhaustive()
    }
}

/// Where the value of a variable is.
#[derive(Clone)]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum Source {
    /// In a file, which may be read again.
    File(PathBuf),
    /// In the environment, which stays as it is.
    Text(Zeroizing<String>),
}

impl Source {
    /// The value, as it is now.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn read(&self) -> Result<Zeroizing<String>, SourceError> {
        match self {
            Self::File(path) => fs::read_to_string(path).map(Zeroizing::new).map_err(SourceError),
            Self::Text(text) => Ok(text.clone()),
        }
    }
}

/// What is in the environment may be a secret.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Text(_) => f.debug_struct("Text").finish_non_exhaustive(),
        }
    }
}

/// The file of a [`Source`] cannot be read.
#[derive(Debug, Error)]
#[error("its file cannot be read: {0}")]
pub struct SourceError(io::Error);

/// All that is wrong with the environment.
#[derive(Debug, Error)]
pub struct ConfigErrors(Vec<Problem>);

impl ConfigErrors {
    /// From what an [`Environment`] has found.
    #[must_use]
    pub fn new(problems: Vec<Problem>) -> Self {
        Self(problems)
    }

    /// Each of them.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the environment is not as it must be:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
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
    File(io::Error),
    #[error("is missing")]
    Missing,
    #[error("is wrong: {0}")]
    Wrong(String),
}
