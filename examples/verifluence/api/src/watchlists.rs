use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy_primitives::Address;

use crate::error::ApiError;

/// The watchlists of wallets, in memory: so many wallets, and so many streams of each. Anybody can make
/// a wallet.
#[derive(Debug)]
pub struct Watchlists {
    lists: Mutex<HashMap<Address, Vec<&'static str>>>,
    most_wallets: usize,
    most_streams: usize,
}

impl Watchlists {
    /// For so many wallets at most, and so many streams of each.
    #[must_use]
    pub fn new(most_wallets: usize, most_streams: usize) -> Self {
        Self { lists: Mutex::default(), most_wallets, most_streams }
    }

    /// In the order in which they were added.
    pub(crate) fn of(&self, wallet: Address) -> Vec<&'static str> {
        self.lock().get(&wallet).cloned().unwrap_or_default()
    }

    /// Whether it was not there.
    pub(crate) fn add(&self, wallet: Address, stream: &'static str) -> Result<bool, ApiError> {
        let mut lists = self.lock();
        let is_full = lists.len() >= self.most_wallets;
        let list = match lists.entry(wallet) {
            Entry::Occupied(list) => list.into_mut(),
            Entry::Vacant(_) if is_full => return Err(ApiError::Full),
            Entry::Vacant(none) => none.insert(Vec::new()),
        };
        if list.contains(&stream) {
            return Ok(false);
        }
        if list.len() >= self.most_streams {
            return Err(ApiError::WatchlistFull);
        }
        list.push(stream);
        Ok(true)
    }

    pub(crate) fn remove(&self, wallet: Address, stream: &str) {
        let mut lists = self.lock();
        if let Entry::Occupied(mut list) = lists.entry(wallet) {
            list.get_mut().retain(|other| *other != stream);
            if list.get().is_empty() {
                list.remove();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Address, Vec<&'static str>>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Watchlists {
    fn default() -> Self {
        Self::new(10_000, 100)
    }
}
