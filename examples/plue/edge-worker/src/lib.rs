//! Plue's edge as a Worker: wallets sign in here, and the origin behind it is told who asks. What is decided
//! is decided by the core of siwe-session and by plue-forge, as at the server `plue-edge`.
//!
//! What each setting and status means is written in this folder's README.

mod arrival;
mod burned;
mod edge;
mod endpoints;
mod host;
mod proxy;
mod reply;
mod sessions;
mod settings;
mod store;

use http::StatusCode;
use worker::{Context, Env, Request, Response, event};

use crate::arrival::Arrival;
use crate::edge::Edge;
use crate::reply::{Reply, plain};
use crate::settings::Settings;

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    reply::send(answer(request, &env).await)
}

async fn answer(request: Request, env: &Env) -> Reply {
    let settings = match Settings::of(env) {
        Ok(settings) => settings,
        Err(error) => {
            worker::console_error!("the Worker is not set up: {error}");
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "not set up\n");
        }
    };
    match Arrival::read(request) {
        Some(arrival) => Edge::new(&settings, env).answer(arrival).await,
        None => plain(StatusCode::BAD_REQUEST, "not a path\n"),
    }
}
