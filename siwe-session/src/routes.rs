use http::Method;

use crate::ConfigError;

mod canonical;
mod cover;
mod pattern;
mod reserved;
mod table;
pub use table::RouteTable;

/// Which paths are public: those that are named here, and no others.
///
/// A public path needs no session; one that is there is still read. Every other path is protected.
///
/// ```
/// use http::Method;
/// use siwe_session::Routes;
///
/// let routes = Routes::protected()
///     .public("/")
///     .public("/{owner}/{repo}")
///     .public_for([Method::POST], "/hooks/{name}")
///     .protect("/team/{*rest}");
/// # routes.build()?;
/// # Ok::<(), siwe_session::ConfigError>(())
/// ```
///
/// A pattern is a path in which a segment is a name, or `{name}`, which is any one segment, or at the end
/// `{*name}`, which is one or more. Where several patterns match, the first segment in which they differ
/// decides, and a name comes before a wildcard. A `/` at the end makes another path, and so does the case
/// of a letter.
///
/// # Security
///
/// A rule is an answer to what your routes are, which it does not know. So what is doubtful is protected:
///
/// - a path that is not in its canonical form, since others may read another path in it: `//`, `.` and
///   `..`, `\`, `;`, and escapes of what needs none (`/%61pi`), of `/`, `\`, `.`, `%`, `;` and of control
///   characters, or in lower case;
/// - a request with an `Upgrade` header, and `CONNECT`;
/// - under a pattern whose first segment is a wildcard, paths that begin with one of these names, in any
///   case, with a name that [`reserve`](Self::reserve) adds, with one that a protected rule begins with, or
///   with an escape: `.well-known`, `_next`, `account`, `accounts`, `admin`, `api`, `auth`, `callback`,
///   `cgi-bin`, `config`, `console`, `dashboard`, `debug`, `graphql`, `health`, `healthz`, `internal`,
///   `login`, `logout`, `metrics`, `oauth`, `private`, `session`, `settings`, `signin`, `signup`, `status`,
///   `system`, `token`, `user`, `users`, `webhooks`.
///
/// A public path says nothing of what is behind it: whether this repository is one that anybody may read
/// is still the application's to decide.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Routes {
    rules: Vec<Rule>,
    reserved: Vec<String>,
}

impl Routes {
    /// Every path is protected, until one is named.
    pub fn protected() -> Self {
        Self::default()
    }

    /// Makes the paths of this pattern public for `GET` and `HEAD`.
    pub fn public(self, pattern: impl Into<String>) -> Self {
        self.public_for([Method::GET, Method::HEAD], pattern)
    }

    /// Makes the paths of this pattern public for these methods, and no others. What other rules say of the
    /// same pattern is added to it.
    pub fn public_for(
        mut self,
        methods: impl IntoIterator<Item = Method>,
        pattern: impl Into<String>,
    ) -> Self {
        let methods = methods.into_iter().collect();
        self.rules.push(Rule { pattern: pattern.into(), decision: Decision::Public(methods) });
        self
    }

    /// Protects the paths of this pattern from patterns with wildcards that match them too. With `{*rest}`
    /// at its end, the path before that is one of them, with or without a `/`.
    ///
    /// A public pattern that is beneath it is the exception that it looks like:
    /// `.protect("/api/{*rest}").public("/api/version")`.
    pub fn protect(mut self, pattern: impl Into<String>) -> Self {
        self.rules.push(Rule { pattern: pattern.into(), decision: Decision::Protected });
        self
    }

    /// Adds names to those with which no path begins that is public by a wildcard. A rule that begins with
    /// the name itself is not concerned.
    pub fn reserve(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.reserved.extend(names.into_iter().map(Into::into));
        self
    }

    /// The table that answers, for one who has no `SiweSession` to give the rules to.
    ///
    /// # Errors
    ///
    /// A pattern that is not one: [`ConfigError::RoutePattern`], [`ConfigError::RouteNotCanonical`]. Rules
    /// that say too little: [`ConfigError::RouteMethods`], [`ConfigError::ReservedSegment`]. Rules that
    /// contradict each other: [`ConfigError::RouteTwice`], [`ConfigError::RouteConflict`],
    /// [`ConfigError::PublicCoversProtected`].
    pub fn build(self) -> Result<RouteTable, ConfigError> {
        RouteTable::new(self.rules, &self.reserved)
    }
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    decision: Decision,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Decision {
    Protected,
    /// For these methods.
    Public(Vec<Method>),
}
