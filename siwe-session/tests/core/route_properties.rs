//! What holds for any rules and any path.

use std::sync::LazyLock;

use http::{HeaderMap, Method, Uri};
use proptest::prelude::*;
use siwe_session::{RouteTable, Routes};

use crate::routes::{RESERVED, plue};

fn gets(table: &RouteTable, path: &str) -> bool {
    // What is no target is no request.
    let Ok(uri) = path.parse::<Uri>() else { return false };
    table.is_public(&Method::GET, &uri, &HeaderMap::new())
}

/// The generous ones, with and without rules that guard them.
static TABLES: LazyLock<[RouteTable; 5]> = LazyLock::new(|| {
    let generous = Routes::protected().public("/").public("/{*rest}");
    let pages = Routes::protected().public("/{a}").public("/{a}/").public("/{a}/{b}/{*rest}");
    let guarded = pages.clone().public("/{a}/{b}").protect("/team/{*rest}");
    [generous, pages, guarded, plue(), plue().reserve(["team"])]
        .map(|routes| routes.build().unwrap())
});

/// The names that these tables guard besides those that are reserved.
const GUARDED: [&[&str]; 5] = [&[], &[], &["team"], &[], &["team"]];

/// Segments from which paths are made that are good, nearly good, and bad.
fn segment() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        8 => "[a-zA-Z0-9._~-]{1,3}",
        2 => prop::sample::select(&["api", "API", "team", "settings", "%61pi", "a%70i", "%2561pi"][..])
            .prop_map(str::to_owned),
        2 => "%[0-9A-Fa-f]{2}",
        1 => "[!$&'()*+,=:@;]",
        1 => prop::sample::select(&["..", ".", "", "%2e%2E", "%C3%A9", "%C0%AF", "\\"][..])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 1..3).prop_map(|parts| parts.concat())
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(segment(), 0..5).prop_map(|segments| format!("/{}", segments.join("/")))
}

/// Inserts one of the marks anywhere.
fn marked(path: &str, mark: &str, at: prop::sample::Index) -> String {
    let at = at.index(path.len());
    let at = (0..=at).rev().find(|at| path.is_char_boundary(*at)).unwrap();
    format!("{}{mark}{}", &path[..=at], &path[at + 1..])
}

/// As many escapes as there are, whatever they are of.
fn decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escape = after.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        let byte = escape.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) if *first == b'%' => {
                decoded.push(byte);
                rest = &after[2..];
            }
            _ => decoded.push(*first),
        }
    }
    decoded
}

/// The segments as a generous server finds them: `\` is `/`, `;` begins parameters, and dots are followed.
fn normalize(path: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(path).replace('\\', "/");
    let mut segments = Vec::new();
    for segment in text.split('/') {
        match segment.split(';').next().unwrap() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name.to_owned()),
        }
    }
    segments
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_path_with_a_separator_in_disguise_or_steps_is_public(
        path in path(),
        mark in prop::sample::select(&[
            "//", "/./", "/../", "/..", "/.", "\\", ";", "%2F", "%2f", "%5C", "%5c", "%2E", "%2e", "%25",
            "%252F", "%3B", "%00", "%0A", "%7F", "%41", "%c3%a9", "%C0%AF",
        ][..]),
        at in any::<prop::sample::Index>(),
    ) {
        // A step is one where its segment ends.
        let whole = mark.ends_with('.');
        let path = if whole { format!("{}{mark}", path.trim_end_matches('/')) } else { marked(&path, mark, at) };
        for table in TABLES.iter() {
            prop_assert!(!gets(table, &path), "{path}");
        }
    }

    #[test]
    fn no_path_that_others_read_as_a_protected_one_is_public(path in path()) {
        let once = decode(path.as_bytes());
        let twice = decode(&once);
        let guarded = |name: &str, also: &[&str]| {
            RESERVED.iter().chain(also).any(|guarded| name.eq_ignore_ascii_case(guarded))
        };
        for (table, also) in TABLES.iter().zip(GUARDED) {
            if !gets(table, &path) || path.starts_with("/api/auth/") {
                continue;
            }
            for read in [path.as_bytes(), &once, &twice] {
                let first = normalize(read).into_iter().next().unwrap_or_default();
                prop_assert!(!guarded(&first, also), "{path}");
            }
        }
    }

    #[test]
    fn a_public_path_is_read_by_everybody_alike(path in path()) {
        let is_public = TABLES.iter().any(|table| gets(table, &path));
        if !is_public {
            return Ok(());
        }
        let plain: Vec<_> = path.split('/').skip(1).filter(|segment| !segment.is_empty()).collect();
        let decoded: Vec<_> = plain
            .iter()
            .map(|segment| String::from_utf8(decode(segment.as_bytes())).unwrap())
            .collect();
        prop_assert_eq!(normalize(path.as_bytes()), plain);
        prop_assert_eq!(normalize(&decode(path.as_bytes())), &*decoded);
        prop_assert_eq!(normalize(&decode(&decode(path.as_bytes()))), decoded);
    }

    #[test]
    fn the_best_rule_decides_and_no_wildcard_takes_what_a_protected_rule_names(
        rules in prop::collection::vec((any::<bool>(), pattern()), 1..6),
        paths in prop::collection::vec(plain_path(), 16),
    ) {
        let mut routes = Routes::protected();
        for (is_public, pattern) in &rules {
            routes = if *is_public { routes.public(pattern) } else { routes.protect(pattern) };
        }
        let Ok(table) = routes.build() else { return Ok(()) };
        let protected = || rules.iter().filter(|(is_public, _)| !is_public).map(|(_, rule)| rule);
        for path in &paths {
            let is_public = gets(&table, path);
            prop_assert_eq!(is_public, is_public_by_rules(&rules, path), "{:?} {}", rules, path);
            if is_public {
                let best = best(&rules, path).unwrap();
                let taken = protected().find(|rule| takes_a_name(best, rule, path));
                prop_assert_eq!(taken, None, "{:?} {}", rules, path);
            }
        }
    }
}

/// Few names, so that they meet.
fn pattern() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(&["a", "b", "{x}", "api"][..]);
    let end = prop::sample::select(&["", "", "/", "/{*x}"][..]);
    (prop::collection::vec(segment, 0..4), end).prop_map(|(segments, end)| {
        let path: String = segments.iter().map(|segment| format!("/{segment}")).collect();
        if path.is_empty() && end.is_empty() { "/".to_owned() } else { path + end }
    })
}

fn plain_path() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(&["a", "b", "c", "A", "api"][..]);
    (prop::collection::vec(segment, 0..5), any::<bool>()).prop_map(|(segments, slash)| {
        let end = if slash && !segments.is_empty() { "/" } else { "" };
        format!("/{}{end}", segments.join("/"))
    })
}

fn is_public_by_rules(rules: &[(bool, String)], path: &str) -> bool {
    // What `{*x}` protects besides, unless it is named.
    let mut all = rules.to_vec();
    for (_, rule) in rules.iter().filter(|(is_public, _)| !is_public) {
        let Some(above) = rule.strip_suffix("/{*x}") else { continue };
        for parent in [above.to_owned(), format!("{above}/")] {
            if rules.iter().all(|(_, rule)| *rule != parent) {
                all.push((false, parent));
            }
        }
    }
    let Some(rule) = best(&all, path) else { return false };
    let first = path.split('/').nth(1).unwrap();
    let is_reserved = rules.iter().any(|(is_public, rule)| {
        !is_public && rule.split('/').nth(1).unwrap().eq_ignore_ascii_case(first)
    });
    let is_public = all.contains(&(true, rule.to_owned()));
    is_public && !(rule.starts_with("/{") && (is_reserved || first == "api"))
}

/// The one with a name in the first segment in which those that match differ.
fn best<'a>(rules: &'a [(bool, String)], path: &str) -> Option<&'a str> {
    let names =
        |rule: &str| rule.split('/').map(|segment| !segment.starts_with('{')).collect::<Vec<_>>();
    let matching = rules.iter().map(|(_, rule)| rule.as_str()).filter(|rule| matches(rule, path));
    matching.max_by_key(|rule| names(rule))
}

fn matches(rule: &str, path: &str) -> bool {
    let mut path = path.split('/');
    for segment in rule.split('/') {
        let Some(theirs) = path.next() else { return false };
        match segment {
            "{*x}" => return !theirs.is_empty(),
            "{x}" if !theirs.is_empty() => {}
            name if name == theirs => {}
            _ => return false,
        }
    }
    path.next().is_none()
}

/// Whether the first of these has a wildcard where the second has the name that is in the path, and the
/// second matches the path up to there.
fn takes_a_name(public: &str, protected: &str, path: &str) -> bool {
    let mut before = String::new();
    for (nth, (theirs, segment)) in protected.split('/').zip(path.split('/')).enumerate() {
        let is_rest = public.split('/').take(nth + 1).any(|segment| segment == "{*x}");
        let is_wildcard = is_rest || public.split('/').nth(nth) == Some("{x}");
        if is_wildcard
            && theirs == segment
            && !segment.is_empty()
            && matches(&before, &path_to(path, nth))
        {
            return true;
        }
        if nth > 0 {
            before.push('/');
        }
        before.push_str(theirs);
    }
    false
}

/// The path before this segment.
fn path_to(path: &str, nth: usize) -> String {
    path.split('/').take(nth).collect::<Vec<_>>().join("/")
}
