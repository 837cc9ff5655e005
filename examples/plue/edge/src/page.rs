//! The page of a sign-in, under axum.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use forge::page::{AT, PAGE, files};

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let router = Router::new().route(AT, get(async || Redirect::permanent(PAGE)));
    files().fold(router, |router, file| {
        router.route(file.path, get(async || (file.headers(), file.content)))
    })
}
