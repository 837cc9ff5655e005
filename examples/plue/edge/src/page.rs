//! The page of a sign-in: files without secrets, the same for everybody.

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;

/// A file: where it is, its type, and what is in it.
struct File {
    path: &'static str,
    content_type: &'static str,
    content: &'static str,
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    // The page names its files relative to itself.
    let router = Router::new().route(AT, get(async || Redirect::permanent("/login/")));
    FILES.iter().fold(router, |router, file| router.route(file.path, get(async || answer(file))))
}

/// What needs no session.
pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    [AT].into_iter().chain(FILES.iter().map(|file| file.path))
}

fn answer(file: &'static File) -> impl IntoResponse {
    let headers = [
        // Who has a session is told `no-store` by the layer, whatever is answered.
        (CACHE_CONTROL, "public, max-age=300"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CONTENT_TYPE, file.content_type),
        (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, file.content)
}

const fn html(path: &'static str, content: &'static str) -> File {
    File { path, content_type: "text/html; charset=utf-8", content }
}

const fn script(path: &'static str, content: &'static str) -> File {
    File { path, content_type: "text/javascript; charset=utf-8", content }
}

const fn style(path: &'static str, content: &'static str) -> File {
    File { path, content_type: "text/css; charset=utf-8", content }
}

const AT: &str = "/login";

static FILES: [File; 8] = [
    html("/login/", include_str!("../page/index.html")),
    script("/login/api.js", include_str!("../page/api.js")),
    script("/login/message.js", include_str!("../page/message.js")),
    script("/login/messages.js", include_str!("../page/messages.js")),
    script("/login/sign-in.js", include_str!("../page/sign-in.js")),
    script("/login/view.js", include_str!("../page/view.js")),
    script("/login/wallets.js", include_str!("../page/wallets.js")),
    style("/login/style.css", include_str!("../page/style.css")),
];

/// Nothing but the files here, no text that becomes a script, no frame around it, nowhere else to send
/// anything to.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
