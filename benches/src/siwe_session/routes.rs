//! Whether a request is public: beside the bare tree of the same patterns, and a set of expressions that
//! takes paths for public that are not.

use std::hint::black_box;

use ::siwe_session::{RouteTable, Routes};
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use matchit::Router;
use regex::RegexSet;

use crate::allocations;
use crate::measure::{Candidate, Goal, Table};

const GROUP: &str = super::GROUP;

pub(super) fn run(table: &mut Table) {
    let scene = Scene::new();
    for (case, path, is_public) in [
        ("route_page", "/octo/repository", true),
        ("route_file", "/octo/repository/blob/main/src/routes/canonical.rs", true),
        ("route_escapes", "/octo/repository/blob/main/caf%C3%A9%20au%20lait.md", true),
        ("route_protected", "/api/users/me", false),
    ] {
        let uri = Uri::from_static(path);
        let (method, headers) = (Method::GET, &scene.headers);
        let bare = || scene.router.at(black_box(&uri).path()).is_ok_and(|found| *found.value);
        let ours = || scene.routes.is_public(black_box(&method), black_box(&uri), headers);
        assert_eq!(ours(), is_public);
        table.row(
            GROUP,
            case,
            Candidate::new("ours", ours),
            vec![Candidate::new("regex-1:RegexSet::is_match", || {
                scene.expressions.is_match(black_box(&uri).path())
            })],
            Candidate::new("matchit-0.9:Router::at", bare),
            Goal::Floor(6.0),
        );
        // The tree has one of its own where a name and a wildcard may both match.
        let more = allocations::count(ours) - allocations::count(bare);
        table.no_allocation(GROUP, case, more);
    }
}

struct Scene {
    routes: RouteTable,
    router: Router<bool>,
    expressions: RegexSet,
    /// Of a browser.
    headers: HeaderMap,
}

impl Scene {
    fn new() -> Self {
        let mut routes = Routes::protected();
        let mut router = Router::new();
        for (pattern, is_public) in PATTERNS {
            routes = if is_public { routes.public(pattern) } else { routes.protect(pattern) };
            router.insert(pattern, is_public).unwrap();
        }
        let expressions =
            PATTERNS.iter().filter(|(_, is_public)| *is_public).map(|(pattern, _)| {
                let expression = pattern.replace("{owner}", "[^/]+").replace("{repo}", "[^/]+");
                format!("^{}$", expression.replace("{*path}", ".+"))
            });
        let headers = [
            (header::HOST, "plue.dev"),
            (header::ACCEPT, "text/html"),
            (header::ACCEPT_ENCODING, "gzip, deflate, br, zstd"),
            (header::ACCEPT_LANGUAGE, "en"),
            (header::USER_AGENT, "Mozilla/5.0"),
            (header::COOKIE, "theme=dark"),
        ];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        Self {
            routes: routes.build().unwrap(),
            router,
            expressions: RegexSet::new(expressions).unwrap(),
            headers: HeaderMap::from_iter(headers),
        }
    }
}

const PATTERNS: [(&str, bool); 8] = [
    ("/", true),
    ("/api/auth/nonce", true),
    ("/api/auth/verify", true),
    ("/api/auth/logout", true),
    ("/api/{*rest}", false),
    ("/{owner}/{repo}", true),
    ("/{owner}/{repo}/tree/{*path}", true),
    ("/{owner}/{repo}/blob/{*path}", true),
];
