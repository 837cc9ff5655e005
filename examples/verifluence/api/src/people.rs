use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use alloy_primitives::Address;
use serve::{Source, SourceError};
use siwe_session::{Claims, LoginDenied};
use thiserror::Error;

/// Which wallets may not sign in, and which are of the staff. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct People {
    lists: Arc<RwLock<Lists>>,
    denied: Option<Source>,
    staff: Option<Source>,
}

#[derive(Debug, Default)]
struct Lists {
    denied: HashSet<Address>,
    staff: HashSet<Address>,
}

impl People {
    /// Reads both lists: addresses, separated by commas or on lines of their own.
    ///
    /// # Errors
    ///
    /// What cannot be read, or is no address.
    pub fn read(denied: Option<Source>, staff: Option<Source>) -> Result<Self, PeopleError> {
        let people = Self { lists: Arc::default(), denied, staff };
        people.reload()?;
        Ok(people)
    }

    /// Reads them again. If anything is wrong, what was in use stays.
    ///
    /// # Errors
    ///
    /// As of [`read`](Self::read).
    pub fn reload(&self) -> Result<(), PeopleError> {
        let lists =
            Lists { denied: list(self.denied.as_ref())?, staff: list(self.staff.as_ref())? };
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = lists;
        Ok(())
    }

    /// What a session of this wallet is to say.
    pub(crate) fn admit(&self, wallet: Address) -> Result<Claims, LoginDenied> {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        if lists.denied.contains(&wallet) {
            return Err(LoginDenied::Denied);
        }
        let role = if lists.staff.contains(&wallet) { "staff" } else { "viewer" };
        // It is short.
        Claims::new().with(ROLE, role).map_err(|_| LoginDenied::Unavailable)
    }

    pub(crate) fn is_denied(&self, wallet: Address) -> bool {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists.denied.contains(&wallet)
    }
}

fn list(source: Option<&Source>) -> Result<HashSet<Address>, PeopleError> {
    let Some(source) = source else { return Ok(HashSet::new()) };
    let text = source.read()?;
    let separates = |char: char| char == ',' || char.is_ascii_whitespace();
    let items = text.split(separates).filter(|item| !item.is_empty());
    items.map(|item| item.parse().map_err(|_| PeopleError::Address(item.to_owned()))).collect()
}

/// Why a list of wallets cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PeopleError {
    /// It is no address.
    #[error("`{0}` is no address; expected `0x` and 40 hexadecimal digits")]
    Address(String),
    /// The list cannot be read.
    #[error("a list of wallets: {0}")]
    File(#[from] SourceError),
}

/// The claim.
pub(crate) const ROLE: &str = "role";
