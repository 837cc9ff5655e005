//! A Durable Object for each key that serves no more. There is one of it in the world, and it does one thing
//! after the other: of any number who put its key, one is told that it was not there.

use std::time::Duration;

use futures_util::future::join;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

#[durable_object]
#[derive(Debug)]
pub struct Burned {
    state: State,
}

impl DurableObject for Burned {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    /// `GET` asks, `PUT /<seconds>` puts.
    async fn fetch(&self, request: Request) -> Result<Response> {
        // Whatever comes meanwhile waits until this has been read, and what is written below is written
        // before anything else is let in.
        let is_there = self.state.storage().get::<bool>(KEY).await?.is_some();
        let status = match (request.method(), is_there) {
            (Method::Get, true) => THERE,
            (Method::Get, false) => NOT_THERE,
            (Method::Put, true) => WAS_THERE,
            (Method::Put, false) => match keep_for(&request) {
                Some(keep_for) => {
                    self.put(keep_for).await?;
                    WAS_PUT
                }
                None => 400,
            },
            _ => 405,
        };
        Ok(Response::empty()?.with_status(status))
    }

    /// Its time is over: nothing is left of it.
    async fn alarm(&self) -> Result<Response> {
        self.state.storage().delete_all().await?;
        Response::empty()
    }
}

impl Burned {
    /// Both without a wait between them, so that both are kept or neither.
    async fn put(&self, keep_for: Duration) -> Result<()> {
        let storage = self.state.storage();
        let (put, alarm) = join(storage.put(KEY, true), storage.set_alarm(keep_for)).await;
        put.and(alarm)
    }
}

fn keep_for(request: &Request) -> Option<Duration> {
    let url = request.inner().url();
    let (_, seconds) = url.rsplit_once('/')?;
    Some(Duration::from_secs(seconds.parse().ok()?))
}

pub(crate) const THERE: u16 = 200;
pub(crate) const NOT_THERE: u16 = 404;
pub(crate) const WAS_PUT: u16 = 201;
pub(crate) const WAS_THERE: u16 = 409;

const KEY: &str = "burned";
