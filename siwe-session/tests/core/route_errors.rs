//! Rules that say less, or more, than their author means are no configuration.

use http::Method;
use siwe_session::{ConfigError, Routes};

use crate::routes::plue;

#[track_caller]
fn refused(routes: Routes, error: ConfigError) {
    assert_eq!(routes.build().unwrap_err(), error);
}

#[track_caller]
fn accepted(routes: Routes) {
    routes.build().unwrap();
}

fn public(patterns: &[&str]) -> Routes {
    patterns.iter().fold(Routes::protected(), |routes, pattern| routes.public(*pattern))
}

/// Both ways round.
#[track_caller]
fn covered(public: &str, protected: &str) {
    for routes in [
        Routes::protected().public(public).protect(protected),
        Routes::protected().protect(protected).public(public),
    ] {
        assert_eq!(
            routes.build().unwrap_err(),
            ConfigError::PublicCoversProtected,
            "{public}, {protected}"
        );
    }
}

#[track_caller]
fn not_covered(public: &str, protected: &[&str]) {
    let routes = Routes::protected().public(public);
    let routes = protected.iter().fold(routes, |routes, pattern| routes.protect(*pattern));
    assert!(routes.build().is_ok(), "{public}, {protected:?}");
}

#[test]
fn a_segment_is_a_name_or_one_wildcard() {
    for pattern in [
        "",
        "a",
        "*",
        "{a}",
        "/a{b}",
        "/{a}b",
        "/{a}{b}",
        "/{a}-{b}",
        "/x-{y}",
        "/{",
        "/}",
        "/{}",
        "/{*}",
        "/{a",
        "/a}",
        "/{a}}",
        "/{{a}",
        "/{{a}}",
        "/{a*}",
        "/{**a}",
        "/{a b}",
        "/{*a}/b",
        "/{*a}/",
        "/{*a}/{*b}",
        "/{a:[0-9]+}",
        "/{a/b}",
    ] {
        refused(public(&[pattern]), ConfigError::RoutePattern);
        refused(Routes::protected().protect(pattern), ConfigError::RoutePattern);
    }
    for pattern in ["/", "/a", "/a/", "/*", "/:a", "/{a}", "/{a_b-2}/x/{*c}", "/{a}/", "/caf%C3%A9"]
    {
        accepted(public(&[pattern]));
        accepted(Routes::protected().protect(pattern));
    }
    accepted(public(&[&"/{a}".repeat(16)]));
    for number in [17, 25, 26, 60] {
        refused(public(&[&"/{a}".repeat(number)]), ConfigError::RoutePattern);
    }
}

#[test]
fn a_pattern_is_one_that_a_canonical_path_can_match() {
    for pattern in [
        "//",
        "/a//b",
        "/a//",
        "/./a",
        "/a/..",
        "/%61",
        "/a%2Fb",
        "/caf%c3%a9",
        "/a;b",
        r"/a\b",
        "/a b",
        "/café",
        "/a?b",
        "/a#b",
        "/a%",
        "/\u{7f}",
        "/{a}//{b}",
        "/{a}/../b",
    ] {
        refused(public(&[pattern]), ConfigError::RouteNotCanonical);
        refused(Routes::protected().protect(pattern), ConfigError::RouteNotCanonical);
    }
}

#[test]
fn a_public_rule_names_methods_and_connect_is_none() {
    let of = |methods: &[Method]| Routes::protected().public_for(methods.to_vec(), "/a");
    refused(of(&[]), ConfigError::RouteMethods);
    refused(of(&[Method::CONNECT]), ConfigError::RouteMethods);
    refused(of(&[Method::GET, Method::CONNECT]), ConfigError::RouteMethods);
    refused(of(&[Method::GET]).public_for([], "/a"), ConfigError::RouteMethods);
    accepted(of(&[Method::GET]));
}

#[test]
fn a_pattern_is_public_or_protected() {
    for pattern in ["/", "/a", "/{a}/b", "/a/{*b}"] {
        refused(public(&[pattern]).protect(pattern), ConfigError::RouteTwice);
        refused(Routes::protected().protect(pattern).public(pattern), ConfigError::RouteTwice);
        accepted(public(&[pattern, pattern]).public_for([Method::POST], pattern));
        accepted(Routes::protected().protect(pattern).protect(pattern));
    }
    refused(public(&["/{a}"]).protect("/{b}"), ConfigError::RouteTwice);
    refused(Routes::protected().protect("/{a}/x").public("/{b}/x"), ConfigError::RouteTwice);
}

#[test]
fn two_wildcards_in_one_place_are_the_same() {
    refused(public(&["/{a}", "/{b}"]), ConfigError::RouteConflict);
    refused(public(&["/{a}"]).public_for([Method::POST], "/{b}"), ConfigError::RouteConflict);
    refused(Routes::protected().protect("/x/{*a}").protect("/x/{*b}"), ConfigError::RouteConflict);
    refused(public(&["/{a}", "/{*b}"]), ConfigError::RouteConflict);
    refused(public(&["/x/{a}/b", "/x/{*b}"]), ConfigError::RouteConflict);
    refused(public(&["/{a}"]).protect("/{*rest}"), ConfigError::RouteConflict);
    // Those of a longer path have names of their own.
    accepted(public(&["/{a}", "/{b}/c", "/{c}/{d}"]));
    accepted(public(&["/x/{a}", "/{*b}"]));
}

#[test]
fn no_rest_is_public_above_or_at_what_is_protected() {
    covered("/{*rest}", "/api/{*rest}");
    covered("/{*rest}", "/team");
    covered("/{*rest}", "/");
    covered("/docs/{*page}", "/docs/internal/{*x}");
    covered("/docs/{*page}", "/docs/internal");
    covered("/docs/{*page}", "/docs/");
    covered("/docs/{*page}", "/docs");
    covered("/docs/{*page}", "/{area}");
    covered("/docs/{*page}", "/{area}/");
    covered("/docs/{*page}", "/docs/{page}/edit");
    covered("/docs/{*page}", "/{area}/internal/{*x}");
    covered("/docs/{*page}", "/{area}/internal");
    covered("/{area}/{*page}", "/docs/internal");
    covered("/{area}/{*page}", "/team/{*rest}");
    covered("/{area}/{*page}", "/api/{*rest}");
    covered("/{owner}/{repo}/tree/{*path}", "/{owner}/{repo}/tree/secret");
    covered("/{owner}/{repo}/tree/{*path}", "/{owner}/{repo}/tree/secret/{*rest}");

    not_covered("/docs/{*page}", &["/doc", "/docsx/{*rest}", "/", "/team/docs/{*rest}"]);
    not_covered("/docs/{*page}", &["/{*rest}"]);
    not_covered("/docs/{*page}", &["/{area}/{*rest}"]);
    not_covered("/{owner}/{repo}/tree/{*path}", &["/team/{*rest}"]);
    not_covered("/{owner}/{repo}/tree/{*path}", &["/team/x/tree/y", "/team/{*rest}"]);
    not_covered("/{owner}/{repo}/tree/{*path}", &["/{owner}/{repo}/blob/{*path}"]);
}

#[test]
fn no_wildcard_takes_a_name_under_which_not_everything_is_protected() {
    let repository = "/{owner}/{repo}";
    covered(repository, "/team/secrets");
    covered(repository, "/team");
    covered(repository, "/team/secrets/{*rest}");
    covered(repository, "/team/{name}/keys");
    covered(repository, "/{owner}/secrets");
    covered("/{owner}/{repo}/tree/{*path}", "/team/secrets");
    covered("/blog/{post}", "/blog/drafts");
    covered("/blog/{post}", "/{area}/drafts");
    covered("/acme/{page}/{part}", "/{organization}/settings");

    not_covered(repository, &["/team/{*rest}"]);
    not_covered(repository, &["/team/{*rest}", "/team/secrets", "/team"]);
    not_covered(repository, &["/", "/{owner}", "/{owner}/", "/{owner}/{repo}/keys"]);
    not_covered(repository, &["/{owner}/secrets/{*rest}"]);
    not_covered("/blog/{post}", &["/blog/drafts/{*rest}"]);
    not_covered(
        "/blog/{post}",
        &["/blog", "/blog/", "/blog/{post}/edit", "/team/drafts", "/{area}"],
    );
    // Of names that are reserved everything is protected.
    not_covered(repository, &["/settings/keys", "/api/admin"]);
    not_covered(repository, &["/Settings/keys"]);
    accepted(public(&[repository]).protect("/team/secrets").reserve(["team"]));
    refused(
        public(&[repository]).protect("/team/secrets").reserve(["teams"]),
        ConfigError::PublicCoversProtected,
    );
    // As the first segment only.
    covered("/x/{repo}", "/x/settings");
    covered("/settings/{page}", "/settings/keys");
}

#[test]
fn what_protects_a_name_comes_before_the_public_pattern() {
    // `/acme/secrets/c` is public by the last one, whatever the second says.
    let rules = |public: &str| {
        Routes::protected()
            .protect("/{owner}/secrets/{*rest}")
            .protect("/acme/secrets")
            .public(public)
    };
    refused(rules("/acme/{name}/c"), ConfigError::PublicCoversProtected);
    accepted(rules("/acme/{name}/c").protect("/acme/secrets/{*rest}"));
    accepted(rules("/acme/public/{name}"));
    for above in ["/{*rest}", "/blog/{*rest}"] {
        let rules = Routes::protected().protect(above).protect("/blog/posts/drafts");
        refused(rules.clone().public("/blog/posts/{post}"), ConfigError::PublicCoversProtected);
        accepted(rules.public("/blog/posts/{post}").protect("/blog/posts/drafts/{*rest}"));
    }
    refused(
        public(&["/acme/{page}/{part}"]).protect("/{organization}/settings/{*rest}"),
        ConfigError::PublicCoversProtected,
    );
}

#[test]
fn an_exception_below_what_is_protected_is_named() {
    for exception in ["/team/about", "/team/about/{page}", "/team/x/{*rest}", "/team", "/team/"] {
        accepted(public(&[exception]).protect("/team/{*rest}"));
        accepted(public(&[exception]).protect("/team/{*rest}").public("/{owner}/{repo}"));
    }
    accepted(public(&["/team/about"]).protect("/{area}/{page}"));
    accepted(plue());
}

#[test]
fn a_reserved_name_is_one_segment() {
    for name in ["", "a/b", "/a", "..", ".", "a%20b", "é", "a b", "{a}", "a;b", r"a\b"] {
        refused(Routes::protected().reserve([name]), ConfigError::ReservedSegment);
    }
    accepted(Routes::protected().reserve(["a", "A", "api", ".a", "a.b~c", "a:b"]));
}
