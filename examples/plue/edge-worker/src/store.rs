use std::time::Duration;

use futures_util::future::{Either, select};
use siwe_session::{BurnKey, StoreError};
use worker::{Delay, Env, Method, Request};

use crate::burned::{NOT_THERE, THERE, WAS_PUT, WAS_THERE};

/// The keys that serve no more, each in a Durable Object of its own: what `siwe_session::NonceStore` asks
/// of a store, without threads.
pub(crate) struct Store<'a>(&'a Env);

impl<'a> Store<'a> {
    pub(crate) fn new(env: &'a Env) -> Self {
        Self(env)
    }

    /// Puts this key if it is not there. Whether it was put.
    pub(crate) async fn put_if_absent(
        &self,
        key: BurnKey,
        keep_for: Duration,
    ) -> Result<bool, StoreError> {
        match self.ask(key, Method::Put, keep_for).await? {
            WAS_PUT => Ok(true),
            WAS_THERE => Ok(false),
            status => Err(unexpected(status)),
        }
    }

    pub(crate) async fn contains(&self, key: BurnKey) -> Result<bool, StoreError> {
        match self.ask(key, Method::Get, Duration::ZERO).await? {
            THERE => Ok(true),
            NOT_THERE => Ok(false),
            status => Err(unexpected(status)),
        }
    }

    async fn ask(
        &self,
        key: BurnKey,
        method: Method,
        keep_for: Duration,
    ) -> Result<u16, StoreError> {
        let answer = async {
            let object = self.0.durable_object(BINDING)?.get_by_name(key.as_str())?;
            // The host of the URL is nobody's.
            let url = format!("https://burned/{}", keep_for.as_secs());
            Ok(object.fetch_with_request(Request::new(&url, method)?).await?.status_code())
        };
        let answer: Result<_, worker::Error> =
            match select(Box::pin(answer), Delay::from(PATIENCE)).await {
                Either::Left((answer, _)) => answer,
                Either::Right(((), _)) => return Err(failed("no answer in time")),
            };
        answer.map_err(|error| failed(&error.to_string()))
    }
}

fn unexpected(status: u16) -> StoreError {
    failed(&format!("status {status}"))
}

fn failed(why: &str) -> StoreError {
    worker::console_warn!("the store of nonces failed: {why}");
    StoreError::new(why)
}

const BINDING: &str = "BURNED";

/// An object that begins on another continent takes most of a second.
const PATIENCE: Duration = Duration::from_secs(3);
