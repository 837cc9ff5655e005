//! A request is public where a rule says so, and in no other case.

use http::header::{ACCEPT, CONNECTION, HeaderName, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Uri};
use siwe_session::{RouteTable, Routes};

/// What Plue asks for, said the safe way.
pub(crate) fn plue() -> Routes {
    Routes::protected()
        .public("/")
        .public("/api/auth/nonce")
        .public_for([Method::POST], "/api/auth/verify")
        .public_for([Method::POST], "/api/auth/logout")
        .protect("/api/{*rest}")
        .public("/{owner}/{repo}")
        .public("/{owner}/{repo}/tree/{*path}")
        .public("/{owner}/{repo}/blob/{*path}")
}

fn table(routes: Routes) -> RouteTable {
    routes.build().unwrap()
}

/// Whether a `GET` without headers is public.
fn gets(table: &RouteTable, target: &str) -> bool {
    let uri: Uri = target.parse().unwrap();
    table.is_public(&Method::GET, &uri, &HeaderMap::new())
}

#[track_caller]
fn all_public(table: &RouteTable, targets: &[&str]) {
    for target in targets {
        assert!(gets(table, target), "{target} is protected");
    }
}

#[track_caller]
fn all_protected(table: &RouteTable, targets: &[&str]) {
    for target in targets {
        // What is no target at all gets no answer, and so no page.
        let Ok(uri) = target.parse::<Uri>() else { continue };
        assert!(!table.is_public(&Method::GET, &uri, &HeaderMap::new()), "{target} is public");
    }
}

#[test]
fn without_a_rule_everything_is_protected() {
    for routes in [Routes::protected(), Routes::default()] {
        all_protected(&table(routes), &["/", "/a", "/owner/repo", "/api/auth/nonce", "*", "a:1"]);
    }
}

#[test]
fn pages_of_repositories_are_public_and_the_interface_is_not() {
    let plue = table(plue());
    let public = ["/", "/api/auth/nonce", "/owner/repo", "/Owner/repo.js", "/a/b-c_d~e"];
    all_public(&plue, &public);
    all_public(
        &plue,
        &["/owner/repo/tree/main", "/owner/repo/blob/main/src/lib.rs", "/o/r/tree/a/"],
    );
    all_protected(&plue, &["/owner", "/owner/", "/owner/repo/", "/owner/repo/settings"]);
    all_protected(&plue, &["/owner/repo/tree", "/owner/repo/tree/", "/owner/repo/Tree/main"]);
    all_protected(
        &plue,
        &["/api/auth/nonce/", "/api/auth/nonce/x", "/api/auth/Nonce", "/api/auth"],
    );
}

/// `^/[^/]+/[^/]+$` of the original, a set of expressions and two routers take all of these for pages.
#[test]
fn what_a_pattern_of_two_segments_lets_through_elsewhere_is_protected() {
    all_protected(
        &table(plue()),
        &[
            "/api/users",
            "/api/admin",
            "/settings/keys",
            "/owner/repo%2Fsettings",
            "/api/auth/../admin",
            "/owner/..",
            "/%61pi/users",
            r"/owner\repo/x",
            "/owner/repo;x",
            "//",
        ],
    );
}

#[test]
fn what_got_past_the_routes_of_others_is_protected() {
    let routes = plue().public("/public/{*file}").public("/assets/{file}");
    let table = table(routes);
    all_public(&table, &["/public/app.js", "/public/a/b.css", "/assets/app.js"]);
    // Clerk: CVE-2026-41248; Caddy: GHSA-m8m5-v4jf-3wcm; x402: GHSA-3j63-5h8p-gf7c.
    all_protected(&table, &["/api/%61dmin", "/%61%70%69/admin", "/api%2Fadmin/x", "/API/admin"]);
    all_protected(&table, &["/public/..%2fadmin", "/public/..%2Fadmin", "/public/%2e%2e/admin"]);
    all_protected(&table, &["/assets/a%2Fb", "/assets/..%5Cadmin", "/assets/%252e%252e%252fadmin"]);
    all_protected(
        &table,
        &["/public/..;/admin", "/public/.%2e/admin", "/public/%c0%ae%c0%ae/admin"],
    );
    all_protected(&table, &["/public//admin", "/public/./admin", "/public/../admin", "//admin/x"]);
    all_protected(&table, &["/public/a%00.js", "/public/a%0D%0Ab", "/public/a%7F", "/public/%41"]);
    all_protected(&table, &["/public/", "/public", "/Public/a/b.js", "/%70ublic/app.js"]);
}

#[test]
fn a_wildcard_is_one_segment_or_the_rest_and_never_nothing() {
    let table = table(Routes::protected().public("/blog/{post}").public("/docs/{*page}"));
    all_public(&table, &["/blog/a", "/docs/a", "/docs/a/b", "/docs/a/", "/blog/caf%C3%A9"]);
    all_protected(
        &table,
        &["/blog", "/blog/", "/blog/a/", "/blog/a/b", "/docs", "/docs/", "/doc/a"],
    );
}

#[test]
fn a_name_comes_before_a_wildcard_in_the_order_of_segments() {
    let table = table(
        Routes::protected()
            .public("/{owner}/{repo}")
            .protect("/team/{*rest}")
            .public("/team/about")
            .reserve(["blog"])
            .public("/blog/{post}")
            .protect("/blog/drafts/{*rest}"),
    );
    all_public(&table, &["/a/b", "/team/about", "/blog/about", "/teams/x", "/tea/x"]);
    all_protected(&table, &["/team/x", "/team/about/", "/team/about/x", "/team/About"]);
    all_protected(&table, &["/blog/drafts", "/blog/drafts/", "/blog/drafts/x"]);
}

#[test]
fn what_is_protected_with_all_beneath_it_is_protected_itself() {
    let rules = || Routes::protected().public("/{page}").public("/{page}/");
    all_public(&table(rules()), &["/team", "/team/"]);
    let guarded = || rules().protect("/team/{*rest}");
    all_protected(&table(guarded()), &["/team", "/team/", "/team/x"]);
    all_public(&table(guarded()), &["/teams", "/teams/"]);
    // Unless it is named.
    let named = table(guarded().public("/team"));
    all_public(&named, &["/team"]);
    all_protected(&named, &["/team/", "/team/x"]);
    let named = table(guarded().public("/team/"));
    all_public(&named, &["/team/"]);
    all_protected(&named, &["/team", "/team/x"]);
    // Under a wildcard too, whatever its name is there.
    let rules = Routes::protected().public("/o/{a}").public("/o/{a}/{b}").public("/o/{a}/{b}/");
    all_public(&table(rules.clone()), &["/o/a", "/o/a/keys", "/o/a/keys/"]);
    let guarded = table(rules.protect("/o/{name}/keys/{*rest}"));
    all_public(&guarded, &["/o/a", "/o/a/key", "/o/a/key/"]);
    all_protected(&guarded, &["/o/a/keys", "/o/a/keys/", "/o/a/keys/b"]);
}

#[test]
fn all_but_what_is_named_can_be_protected_by_a_rule_too() {
    let table = table(Routes::protected().protect("/{*rest}").public("/about"));
    all_public(&table, &["/about"]);
    all_protected(&table, &["/", "/a", "/about/", "/about/a"]);
}

#[test]
fn no_wildcard_takes_a_first_segment_that_is_reserved() {
    let table = table(
        Routes::protected()
            .public("/{owner}/{repo}")
            .public("/{page}")
            .public("/login")
            .public("/api/auth/nonce")
            .reserve(["Billing", "v2.0"]),
    );
    all_public(
        &table,
        &["/owner/repo", "/login", "/api/auth/nonce", "/loginx", "/apis/x", "/ap/x"],
    );
    all_public(&table, &["/billings/x", "/v2.1/x", "/owner/api", "/owner/settings"]);
    all_protected(
        &table,
        &["/api/admin", "/api/users", "/settings/keys", "/api", "/Login", "/LOGIN"],
    );
    all_protected(&table, &["/billing/x", "/BILLING", "/v2.0/x", "/V2.0", "/login/", "/login/x"]);
    all_protected(&table, &["/API/users", "/Settings/keys", "/.well-known/x", "/.Well-Known/x"]);
    for name in RESERVED {
        all_protected(&table, &[&format!("/{name}/x"), &format!("/{}/x", name.to_uppercase())]);
    }
    // By the rest too.
    let table = self::table(Routes::protected().public("/{*rest}"));
    all_public(&table, &["/a", "/a/b/", "/a/api"]);
    all_protected(&table, &["/", "/api/x", "/Api/x", "/settings", "/api/"]);
}

#[test]
fn no_wildcard_takes_the_name_of_a_protected_rule_in_another_case() {
    let table = table(Routes::protected().public("/{owner}/{repo}").protect("/team/{*rest}"));
    all_public(&table, &["/teams/x"]);
    all_protected(&table, &["/team/x", "/Team/x", "/TEAM/x", "/team/"]);
}

/// Others may decode `%C5%BF` to a letter that is a case of `s`, and `%3F` to the end of the path.
#[test]
fn no_wildcard_takes_a_first_segment_with_an_escape() {
    let table = table(Routes::protected().public("/{owner}/{repo}").public("/caf%C3%A9/{dish}"));
    all_public(&table, &["/owner/a%20b", "/owner/caf%C3%A9", "/caf%C3%A9/x"]);
    all_protected(&table, &["/%C5%BFettings/keys", "/api%3Fx/y", "/a%20b/x", "/caf%C3%A8/x"]);
}

#[test]
fn a_rule_is_for_its_methods_alone() {
    let table = table(
        Routes::protected()
            .public("/page")
            .public_for([Method::POST], "/hook")
            .public_for([Method::POST], "/both")
            .public("/both")
            .public_for([Method::GET, Method::OPTIONS], "/both")
            .public_for([Method::from_bytes(b"REPORT").unwrap()], "/dav"),
    );
    let methods = |path: &str| {
        let uri: Uri = path.parse().unwrap();
        METHODS
            .into_iter()
            .filter(|method| {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                table.is_public(&method, &uri, &HeaderMap::new())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(methods("/page"), ["GET", "HEAD"]);
    assert_eq!(methods("/hook"), ["POST"]);
    assert_eq!(methods("/both"), ["GET", "HEAD", "OPTIONS", "POST"]);
    assert_eq!(methods("/dav"), ["REPORT"]);
    assert!(methods("/other").is_empty());
}

#[test]
fn a_request_to_change_the_protocol_is_protected() {
    let table = table(Routes::protected().public("/page"));
    let page: Uri = "/page".parse().unwrap();
    let with = |name: HeaderName, value: &'static str| {
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
        table.is_public(&Method::GET, &page, &headers)
    };
    assert!(with(ACCEPT, "text/html"));
    assert!(with(CONNECTION, "keep-alive"));
    assert!(!with(UPGRADE, "websocket"));
    assert!(!with(UPGRADE, "h2c"));
    assert!(!with(UPGRADE, ""));
}

#[test]
fn the_path_of_the_target_counts() {
    let table = table(Routes::protected().public("/").public("/page"));
    all_public(&table, &["/page?a=//..%2F;", "/page?", "/?x", "http://example.com/page"]);
    all_public(&table, &["https://example.com:8443/page?x", "http://example.com"]);
    all_protected(
        &table,
        &["*", "example.com:443", "page", "http://example.com/page/", "/other?/page"],
    );
    all_protected(&table, &["http://example.com//page", "http://example.com/x/../page"]);
}

const METHODS: [&str; 10] =
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "REPORT", "get"];

/// As the documentation lists them.
pub(crate) const RESERVED: [&str; 32] = [
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
