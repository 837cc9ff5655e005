use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::error::ApiError;

/// Records by number, in memory: a database's place, until one is shared with the public API.
///
/// Bounded, so that no caller can fill the memory.
#[derive(Debug)]
pub(crate) struct Store<T>(Mutex<Records<T>>);

#[derive(Debug)]
struct Records<T> {
    by_id: BTreeMap<u64, T>,
    last_id: u64,
}

impl<T> Store<T> {
    pub(crate) fn insert(&self, record: T) -> Result<u64, ApiError> {
        let mut records = self.lock();
        if records.by_id.len() >= CAPACITY {
            return Err(ApiError::Full);
        }
        let id = records.last_id.saturating_add(1);
        records.last_id = id;
        records.by_id.insert(id, record);
        Ok(id)
    }

    pub(crate) fn replace(&self, Id(id): Id, record: T) -> Result<(), ApiError> {
        let mut records = self.lock();
        *records.by_id.get_mut(&id).ok_or(ApiError::NotFound)? = record;
        Ok(())
    }

    pub(crate) fn remove(&self, Id(id): Id) -> Result<(), ApiError> {
        self.lock().by_id.remove(&id).map(drop).ok_or(ApiError::NotFound)
    }

    fn lock(&self) -> MutexGuard<'_, Records<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Store<T> {
    fn default() -> Self {
        Self(Mutex::new(Records { by_id: BTreeMap::new(), last_id: 0 }))
    }
}

/// The `{id}` of a path. What is no number is the id of nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(pub(crate) u64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| ApiError::NotFound)
    }
}

const CAPACITY: usize = 10_000;
