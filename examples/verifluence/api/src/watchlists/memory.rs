use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy_primitives::Address;

use crate::Limits;
use crate::error::ApiError;
use crate::streams::is_sample;

/// In this process's memory, which has room for so many wallets.
#[derive(Debug)]
pub(crate) struct Memory {
    lists: Mutex<HashMap<Address, Vec<String>>>,
    limits: Limits,
}

impl Memory {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { lists: Mutex::default(), limits }
    }

    pub(super) fn of(&self, wallet: Address) -> Vec<String> {
        self.lock().get(&wallet).cloned().unwrap_or_default()
    }

    pub(super) fn add(&self, wallet: Address, stream: &str) -> Result<bool, ApiError> {
        if !is_sample(stream) {
            return Err(ApiError::NotFound);
        }
        let mut lists = self.lock();
        let is_full = lists.len() >= self.limits.wallets;
        let list = match lists.entry(wallet) {
            Entry::Occupied(list) => list.into_mut(),
            Entry::Vacant(_) if is_full => return Err(ApiError::Full),
            Entry::Vacant(none) => none.insert(Vec::new()),
        };
        if list.iter().any(|other| other == stream) {
            return Ok(false);
        }
        if list.len() >= self.limits.streams {
            return Err(ApiError::WatchlistFull);
        }
        list.push(stream.to_owned());
        Ok(true)
    }

    pub(super) fn remove(&self, wallet: Address, stream: &str) -> Result<(), ApiError> {
        if !is_sample(stream) {
            return Err(ApiError::NotFound);
        }
        let mut lists = self.lock();
        if let Entry::Occupied(mut list) = lists.entry(wallet) {
            list.get_mut().retain(|other| other != stream);
            if list.get().is_empty() {
                list.remove();
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Address, Vec<String>>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
