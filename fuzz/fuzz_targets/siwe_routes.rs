//! Rules, each in a line behind `+` for public or `-` for protected, a zero byte, and a path. It is public
//! exactly where a second reader says so: one that decodes the path and encodes it again, and matches the
//! patterns segment by segment, all of them. And no wildcard of a public pattern takes a name that is
//! reserved, or that a protected rule has in that place.

#![no_main]

use http::{HeaderMap, Method, Uri};
use libfuzzer_sys::fuzz_target;
use siwe_session::Routes;

fuzz_target!(|input: &str| {
    let Some((rules, path)) = input.split_once('\0') else { return };
    let rules: Vec<_> = rules.lines().filter_map(Rule::new).collect();
    let routes = rules.iter().fold(Routes::protected(), |routes, rule| match rule.is_public {
        true => routes.public(rule.pattern),
        false => routes.protect(rule.pattern),
    });
    let Ok(table) = routes.reserve(["team"]).build() else { return };
    let Ok(uri) = path.parse::<Uri>() else { return };
    let path = uri.path();
    let is_public = table.is_public(&Method::GET, &uri, &HeaderMap::new());

    let expected = is_canonical(path).then(|| best(&rules, path)).flatten();
    let expected = expected.filter(|rule| rule.is_public && !rule.takes_reserved(&rules, path));
    assert_eq!(is_public, expected.is_some(), "{path}");
    let Some(public) = expected else { return };
    for rule in rules.iter().filter(|rule| !rule.is_public) {
        assert!(!public.takes_a_name_of(rule, path), "{path}: {}", rule.pattern);
    }
});

#[derive(Clone)]
struct Rule<'a> {
    is_public: bool,
    pattern: &'a str,
    segments: Vec<&'a str>,
}

impl<'a> Rule<'a> {
    fn new(line: &'a str) -> Option<Self> {
        let (sign, pattern) = line.split_at_checked(1)?;
        // A pattern without `/` is refused with the rest, by the builder.
        let segments = pattern.split('/').skip(1).collect();
        Some(Self { is_public: sign == "+", pattern, segments })
    }

    fn matches(&self, path: &str) -> bool {
        begins(&self.segments, path) == Some(path.split('/').skip(1).count())
    }

    fn takes_reserved(&self, rules: &[Rule<'_>], path: &str) -> bool {
        let first = segments(path)[0];
        let is = |name: &str| name.eq_ignore_ascii_case(first);
        let mut protected = rules.iter().filter(|rule| !rule.is_public);
        let is_reserved = RESERVED.into_iter().any(is)
            || first.contains('%')
            || protected.any(|rule| is(rule.segments[0]));
        self.segments[0].starts_with('{') && is_reserved
    }

    /// Whether this has a wildcard where the other has a name that is in the path, which matches the other
    /// up to there.
    fn takes_a_name_of(&self, other: &Self, path: &str) -> bool {
        let path = segments(path);
        (0..other.segments.len().min(path.len())).any(|nth| {
            let ours = &self.segments[..self.segments.len().min(nth + 1)];
            let is_wildcard = ours.last().is_some_and(|segment| segment.starts_with("{*"))
                || ours.get(nth).is_some_and(|segment| segment.starts_with('{'));
            let before = format!("/{}", path[..nth].join("/"));
            is_wildcard
                && !path[nth].is_empty()
                && other.segments[nth] == path[nth]
                && (nth == 0 || begins(&other.segments[..nth], &before) == Some(nth))
        })
    }
}

/// How many segments of the path are matched, if all of these match.
fn begins(pattern: &[&str], path: &str) -> Option<usize> {
    let path = segments(path);
    for (nth, segment) in pattern.iter().enumerate() {
        let theirs = path.get(nth).copied()?;
        if segment.starts_with("{*") {
            return (!theirs.is_empty()).then_some(path.len());
        }
        let is_match =
            if segment.starts_with('{') { !theirs.is_empty() } else { *segment == theirs };
        if !is_match {
            return None;
        }
    }
    Some(pattern.len())
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').skip(1).collect()
}

/// The one with a name in the first segment in which those that match differ; and what a `{*rest}` protects
/// besides, if no rule names that.
fn best<'a>(rules: &[Rule<'a>], path: &str) -> Option<Rule<'a>> {
    let shape = |segments: &[&str]| -> Vec<String> {
        let of = |segment: &&str| {
            if segment.starts_with('{') { "{}".to_owned() } else { (*segment).to_owned() }
        };
        segments.iter().map(of).collect()
    };
    let mut all = rules.to_vec();
    for rule in rules.iter().filter(|rule| !rule.is_public) {
        let Some((_, above)) =
            rule.segments.split_last().filter(|(last, _)| last.starts_with("{*"))
        else {
            continue;
        };
        for segments in [above.to_vec(), [above, &[""]].concat()] {
            let is_named = |other: &Rule<'_>| {
                let has_rest = other.segments.last().is_some_and(|last| last.starts_with("{*"));
                !has_rest && shape(&other.segments) == shape(&segments)
            };
            if !segments.is_empty() && !rules.iter().any(is_named) {
                all.push(Rule { is_public: false, pattern: rule.pattern, segments });
            }
        }
    }
    let is_name = |rule: &Rule<'_>| -> Vec<bool> {
        rule.segments.iter().map(|segment| !segment.starts_with('{')).collect()
    };
    all.into_iter().filter(|rule| rule.matches(path)).max_by_key(is_name)
}

/// Decodes it and encodes it again.
fn is_canonical(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let segments: Vec<_> = rest.split('/').collect();
    segments.iter().enumerate().all(|(nth, segment)| {
        let Some(text) = decoded(segment) else { return false };
        let is_last = nth + 1 == segments.len();
        let in_disguise =
            |letter: char| matches!(letter, '/' | '\\' | ';' | '%') || letter.is_ascii_control();
        encoded(&text) == *segment
            && !text.contains(in_disguise)
            && (is_last || !text.is_empty())
            && text != "."
            && text != ".."
    })
}

fn decoded(segment: &str) -> Option<String> {
    let mut pieces = segment.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let digits = piece.get(..2).filter(|digits| !digits.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

/// Escapes all but pchar.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

const RESERVED: [&str; 33] = [
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
    "team",
    "token",
    "user",
    "users",
    "webhooks",
];
