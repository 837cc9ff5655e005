use crate::ConfigError;
use crate::routes::canonical::is_canonical;

/// The first segments that no wildcard takes, by their length.
#[derive(Clone, Debug, Default)]
pub(super) struct Reserved {
    by_length: Vec<Vec<Box<[u8]>>>,
}

impl Reserved {
    /// The default ones, and these.
    pub(super) fn new(names: &[String]) -> Result<Self, ConfigError> {
        let mut reserved = Self::default();
        for name in DEFAULT.into_iter().chain(names.iter().map(String::as_str)) {
            let is_segment = !name.is_empty() && !name.contains(['/', '%']);
            if !is_segment || !is_canonical(format!("/{name}").as_bytes()) {
                return Err(ConfigError::ReservedSegment);
            }
            reserved.insert(name);
        }
        Ok(reserved)
    }

    pub(super) fn insert(&mut self, name: &str) {
        let least = name.len().saturating_add(1).max(self.by_length.len());
        self.by_length.resize_with(least, Vec::new);
        if let Some(names) = self.by_length.get_mut(name.len()) {
            names.push(name.as_bytes().into());
        }
    }

    pub(super) fn contains(&self, segment: &[u8]) -> bool {
        self.by_length
            .get(segment.len())
            .is_some_and(|names| names.iter().any(|name| name.eq_ignore_ascii_case(segment)))
    }

    /// Whether a wildcard may take the first segment of this path. With an escape it is no name that could
    /// be compared: who decodes it may fold its case, or find a `?` in it.
    pub(super) fn leaves(&self, path: &str) -> bool {
        let path = path.as_bytes();
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let end = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
        let segment = path.get(..end).unwrap_or(path);
        !segment.contains(&b'%') && !self.contains(segment)
    }
}

/// As the documentation of [`Routes`](crate::Routes) lists them.
const DEFAULT: [&str; 32] = [
    ".well-known",
    "_next",
    "account",
    "accounts",
    "admin",
    "api",
    "auth",
    "callback",
    "cgi-bin",
    "config",
    "console",
    "dashboard",
    "debug",
    "graphql",
    "health",
    "healthz",
    "internal",
    "login",
    "logout",
    "metrics",
    "oauth",
    "private",
    "session",
    "settings",
    "signin",
    "signup",
    "status",
    "system",
    "token",
    "user",
    "users",
    "webhooks",
];
