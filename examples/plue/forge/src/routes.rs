use siwe_session::Routes;

use crate::page;

/// Where the endpoints of a sign-in are.
pub const AUTH: &str = "/api/auth";

/// What of the forge needs no session. Everything else does, whether it is one of its routes or not.
pub fn routes() -> Routes {
    Routes::protected()
        .public("/")
        .public("/{owner}/{repo}")
        .public("/{owner}/{repo}/tree/{*path}")
        .public("/{owner}/{repo}/blob/{*path}")
        .protect("/api/{*rest}")
}

/// As [`routes`], and the page of the sign-in, which an edge has.
pub fn edge_routes() -> Routes {
    page::paths().fold(routes(), Routes::public)
}
