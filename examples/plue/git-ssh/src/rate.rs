use std::fmt;
use std::num::NonZeroU32;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::client_network::ClientNetwork;

/// How often each client may connect: so many times at once, and as many in each minute.
pub(crate) struct Rate<C: Clock = MonotonicClock> {
    limiter: Limiter<C>,
    /// How many clients may be remembered before those that matter no longer are forgotten.
    forget_at: usize,
}

type Limiter<C> = RateLimiter<
    ClientNetwork,
    HashMapStateStore<ClientNetwork>,
    C,
    NoOpMiddleware<<C as Clock>::Instant>,
>;

impl Rate {
    pub(crate) fn per_minute(connections: NonZeroU32) -> Self {
        Self::by_clock(connections, MonotonicClock)
    }
}

impl<C: Clock> Rate<C> {
    fn by_clock(connections: NonZeroU32, clock: C) -> Self {
        let limiter = RateLimiter::hashmap_with_clock(Quota::per_minute(connections), clock);
        Self { limiter, forget_at: LEAST_REMEMBERED }
    }

    /// Whether the client may connect once more.
    pub(crate) fn admit(&mut self, client: ClientNetwork) -> bool {
        // Doubling keeps the work in proportion to the connections. Who is kept has connected
        // within the last two minutes.
        if self.limiter.len() >= self.forget_at {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
            self.forget_at = self.limiter.len().saturating_mul(2).max(LEAST_REMEMBERED);
        }
        self.limiter.check_key(&client).is_ok()
    }
}

impl<C: Clock> fmt::Debug for Rate<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rate").field("clients", &self.limiter.len()).finish_non_exhaustive()
    }
}

const LEAST_REMEMBERED: usize = 1024;

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    const CLIENT: u32 = 0xc633_6407;
    const OTHER: u32 = 0xc633_6408;

    fn client(bits: u32) -> ClientNetwork {
        IpAddr::from(Ipv4Addr::from_bits(bits)).into()
    }

    fn rate(per_minute: u32) -> (Rate<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Rate::by_clock(per_minute.try_into().unwrap(), clock.clone()), clock)
    }

    #[test]
    fn a_client_that_has_connected_so_often_is_not_admitted_and_another_is() {
        let (mut rate, _) = rate(3);
        for _ in 0..3 {
            assert!(rate.admit(client(CLIENT)));
        }
        assert!(!rate.admit(client(CLIENT)));
        assert!(rate.admit(client(OTHER)));
    }

    #[test]
    fn in_each_third_of_a_minute_one_of_three_comes_back() {
        let (mut rate, clock) = rate(3);
        while rate.admit(client(CLIENT)) {}
        clock.advance(Duration::from_secs(19));
        assert!(!rate.admit(client(CLIENT)));
        clock.advance(Duration::from_secs(1));
        assert!(rate.admit(client(CLIENT)));
        assert!(!rate.admit(client(CLIENT)));
    }

    #[test]
    fn clients_of_over_two_minutes_ago_are_forgotten() {
        let (mut rate, clock) = rate(1);
        for minute in 0..20 {
            for number in 0..1000 {
                assert!(rate.admit(client(minute * 1000 + number)));
            }
            clock.advance(Duration::from_secs(61));
        }
        assert!(rate.limiter.len() <= 2 * 3000, "{rate:?}");
    }

    #[test]
    fn a_client_that_is_over_its_rate_is_not_forgotten_for_those_of_many_others() {
        let (mut rate, _) = rate(1);
        assert!(rate.admit(client(CLIENT)));
        for number in 0..5000 {
            rate.admit(client(number));
        }
        assert!(!rate.admit(client(CLIENT)));
    }
}
