//! The page of a sign-in: files without secrets, the same for everybody.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};

/// Where the page is asked for. It stands at [`PAGE`], since it names its files relative to itself.
pub const AT: &str = "/login";

/// Where it stands.
pub const PAGE: &str = "/login/";

/// A file of the page.
#[derive(Debug)]
#[non_exhaustive]
pub struct File {
    /// Where it is.
    pub path: &'static str,
    /// What is in it.
    pub content: &'static str,
    content_type: &'static str,
}

/// The files of the page.
pub fn files() -> impl Iterator<Item = &'static File> {
    FILES.iter()
}

/// What needs no session.
pub fn paths() -> impl Iterator<Item = &'static str> {
    [AT].into_iter().chain(FILES.iter().map(|file| file.path))
}

impl File {
    /// What it is answered with.
    #[must_use]
    pub fn headers(&self) -> [(HeaderName, &'static str); 6] {
        [
            // Who has a session is told `no-store`, whatever is answered.
            (CACHE_CONTROL, "public, max-age=300"),
            (CONTENT_SECURITY_POLICY, POLICY),
            (CONTENT_TYPE, self.content_type),
            (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ]
    }

    const fn html(path: &'static str, content: &'static str) -> Self {
        Self { path, content, content_type: "text/html; charset=utf-8" }
    }

    const fn script(path: &'static str, content: &'static str) -> Self {
        Self { path, content, content_type: "text/javascript; charset=utf-8" }
    }

    const fn style(path: &'static str, content: &'static str) -> Self {
        Self { path, content, content_type: "text/css; charset=utf-8" }
    }
}

static FILES: [File; 8] = [
    File::html(PAGE, include_str!("../page/index.html")),
    File::script("/login/api.js", include_str!("../page/api.js")),
    File::script("/login/message.js", include_str!("../page/message.js")),
    File::script("/login/messages.js", include_str!("../page/messages.js")),
    File::script("/login/sign-in.js", include_str!("../page/sign-in.js")),
    File::script("/login/view.js", include_str!("../page/view.js")),
    File::script("/login/wallets.js", include_str!("../page/wallets.js")),
    File::style("/login/style.css", include_str!("../page/style.css")),
];

/// Nothing but the files here, no text that becomes a script, no frame around it, nowhere else to send
/// anything to.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
