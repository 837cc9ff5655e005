use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client_network::ClientNetwork;

/// How many sessions there may be at once, and how many of one client.
#[derive(Debug)]
pub(crate) struct Places {
    most: usize,
    most_of_client: usize,
    taken: Taken,
}

type Taken = Arc<Mutex<Counts>>;

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_client: HashMap<ClientNetwork, usize>,
}

/// Which of the two bounds is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Full {
    All,
    OfClient,
}

impl Places {
    pub(crate) fn new(most: NonZeroUsize, most_of_client: NonZeroUsize) -> Self {
        Self { most: most.get(), most_of_client: most_of_client.get(), taken: Taken::default() }
    }

    pub(crate) fn take(&self, client: ClientNetwork) -> Result<Place, Full> {
        let mut counts = lock(&self.taken);
        let of_client = counts.by_client.get(&client).copied().unwrap_or_default();
        if of_client >= self.most_of_client {
            return Err(Full::OfClient);
        }
        if counts.all >= self.most {
            return Err(Full::All);
        }
        counts.all = counts.all.saturating_add(1);
        counts.by_client.insert(client, of_client.saturating_add(1));
        Ok(Place { client, taken: Arc::clone(&self.taken) })
    }
}

/// The place of a session. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Place {
    client: ClientNetwork,
    taken: Taken,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = lock(&self.taken);
        counts.all = counts.all.saturating_sub(1);
        if let Entry::Occupied(mut of_client) = counts.by_client.entry(self.client) {
            let left = of_client.get().saturating_sub(1);
            if left == 0 {
                of_client.remove();
            } else {
                of_client.insert(left);
            }
        }
    }
}

fn lock(taken: &Taken) -> MutexGuard<'_, Counts> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn places(most: usize, most_of_client: usize) -> Places {
        Places::new(most.try_into().unwrap(), most_of_client.try_into().unwrap())
    }

    fn client(address: &str) -> ClientNetwork {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn a_client_with_all_of_its_places_gets_no_other_and_another_client_does() {
        let places = places(10, 2);
        let taken = [places.take(client("198.51.100.7")), places.take(client("198.51.100.7"))];
        assert!(taken.iter().all(Result::is_ok));
        assert_eq!(places.take(client("198.51.100.7")).unwrap_err(), Full::OfClient);
        assert!(places.take(client("198.51.100.8")).is_ok());
    }

    #[test]
    fn when_all_places_are_taken_nobody_gets_another() {
        let places = places(2, 2);
        let taken = [places.take(client("198.51.100.7")), places.take(client("198.51.100.8"))];
        assert!(taken.iter().all(Result::is_ok));
        assert_eq!(places.take(client("198.51.100.9")).unwrap_err(), Full::All);
    }

    #[test]
    fn a_place_that_is_given_back_can_be_taken_again() {
        let places = places(1, 1);
        for _ in 0..3 {
            drop(places.take(client("198.51.100.7")).unwrap());
        }
    }

    #[test]
    fn nothing_is_kept_of_a_client_without_sessions() {
        let places = places(10, 10);
        let taken = [places.take(client("2001:db8::1")), places.take(client("2001:db8::2"))];
        assert_eq!(lock(&places.taken).by_client.len(), 1);
        drop(taken);
        let counts = lock(&places.taken);
        assert!((counts.all, counts.by_client.len()) == (0, 0), "{counts:?}");
    }
}
