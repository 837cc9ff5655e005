//! Interleaved timing, and the table.

use std::fmt;
use std::hint::black_box;
use std::time::Instant;

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    rounds: usize,
    batches: usize,
}

impl Effort {
    /// Five rounds, long enough for the goals to be judged.
    pub const FULL: Self = Self { rounds: 5, batches: 401 };

    /// One short round: proves that everything runs.
    pub const SMOKE: Self = Self { rounds: 1, batches: 3 };

    pub fn judges(self) -> bool {
        self.rounds >= Self::FULL.rounds
    }
}

/// Something to time, under the name that the table gives it.
pub struct Candidate<'a> {
    name: &'a str,
    call: Box<dyn FnMut() + 'a>,
}

impl<'a> Candidate<'a> {
    pub fn new<T>(name: &'a str, mut call: impl FnMut() -> T + 'a) -> Self {
        Self { name, call: Box::new(move || drop(black_box(call()))) }
    }
}

/// What is asked of a case.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// At most this many times the floor.
    Floor(f64),
    /// At most so many times the floor, and so many times faster than the best peer.
    FloorAndPeer(f64, f64),
    /// At least so many times faster than the best peer.
    Peer(f64),
    /// No allocation at all.
    NoAllocation,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Floor(floor) => write!(f, "floor<={floor}"),
            Self::FloorAndPeer(floor, peer) => write!(f, "floor<={floor},peer>={peer}"),
            Self::Peer(peer) => write!(f, "peer>={peer}"),
            Self::NoAllocation => f.write_str("allocations=0"),
        }
    }
}

/// The table as it grows, and whether every goal was met.
#[derive(Debug)]
pub struct Table {
    effort: Effort,
    missed: bool,
}

impl Table {
    pub fn new(effort: Effort) -> Self {
        println!(
            "{:<14} {:<26} {:>9} {:<51} {:>9} {:>6} {:<34} {:>9} {:>6} {:<22} verdict",
            "group",
            "case",
            "ours_ns",
            "best_peer",
            "peer_ns",
            "ratio",
            "floor",
            "floor_ns",
            "ratio",
            "goal",
        );
        Self { effort, missed: false }
    }

    /// Whether a goal was missed. In a smoke run times prove nothing, and none is.
    pub fn missed(&self) -> bool {
        self.missed
    }

    /// Times ours, the peers and the floor in turns, and prints the row.
    pub fn row(
        &mut self,
        group: &str,
        case: &str,
        ours: Candidate<'_>,
        peers: Vec<Candidate<'_>>,
        floor: Candidate<'_>,
        goal: Goal,
    ) {
        let mut candidates = vec![ours, floor];
        candidates.extend(peers);
        let times = time(&mut candidates, self.effort);

        let (ours, floor) = (times[0], times[1]);
        let best = (2..times.len()).min_by(|a, b| times[*a].total_cmp(&times[*b]));
        let (peer, peer_ns) = best.map_or(("-", f64::NAN), |at| (candidates[at].name, times[at]));
        let (peer_ratio, floor_ratio) = (peer_ns / ours, ours / floor);
        let met = match goal {
            Goal::Floor(most) => floor_ratio <= most,
            Goal::FloorAndPeer(most, least) => floor_ratio <= most && peer_ratio >= least,
            Goal::Peer(least) => peer_ratio >= least,
            Goal::NoAllocation => false,
        };
        let verdict = self.verdict(met || !self.effort.judges());
        println!(
            "{group:<14} {case:<26} {ours:>9.0} {peer:<51} {peer_ns:>9.0} {peer_ratio:>6.3} {:<34} {floor:>9.0} {floor_ratio:>6.3} {goal:<22} {verdict}",
            candidates[1].name,
        );
        // The others that were measured stand below the best.
        for (at, candidate) in
            candidates.iter().enumerate().skip(2).filter(|(at, _)| Some(*at) != best)
        {
            println!(
                "{:<51} {:<51} {:>9.0} {:>6.3}",
                "",
                candidate.name,
                times[at],
                times[at] / ours
            );
        }
    }

    /// Prints the row of a case that must not allocate.
    pub fn no_allocation(&mut self, group: &str, case: &str, allocations: u64) {
        let verdict = self.verdict(allocations == 0);
        let goal = Goal::NoAllocation;
        println!(
            "{group:<14} {case:<26} {allocations:>9} {:<51} {:>9} {:>6} {:<34} {:>9} {:>6} {goal:<22} {verdict}",
            "-", "-", "-", "-", "-", "-",
        );
    }

    /// Prints the row of a case that holds at most so many times the bytes that it is about.
    pub fn bytes(&mut self, group: &str, case: &str, held: u64, size: u64, most: f64) {
        let ratio = held as f64 / size as f64;
        let verdict = self.verdict(ratio <= most);
        let goal = Goal::Floor(most);
        println!(
            "{group:<14} {case:<26} {held:>9} {:<51} {:>9} {:>6} {:<34} {size:>9} {ratio:>6.3} {goal:<22} {verdict}",
            "-", "-", "-", "its bytes",
        );
    }

    fn verdict(&mut self, met: bool) -> &'static str {
        self.missed |= !met;
        if met { "ok" } else { "MISS" }
    }
}

/// Nanoseconds a call of each candidate: the median of the rounds. In each round the candidates take
/// turns in short batches, so that whatever slows the machine slows all of them, and the round's
/// figure is the median of its batches, so that an interrupted batch does not count. A call before each
/// batch is not timed: the caches are then not those of the one whose turn was before.
fn time(candidates: &mut [Candidate<'_>], effort: Effort) -> Vec<f64> {
    let sizes: Vec<u32> = candidates.iter_mut().map(batch).collect();
    let mut rounds = vec![Vec::new(); candidates.len()];
    for _ in 0..effort.rounds {
        let mut batches = vec![Vec::new(); candidates.len()];
        for _ in 0..effort.batches {
            for ((candidate, size), batches) in candidates.iter_mut().zip(&sizes).zip(&mut batches)
            {
                (candidate.call)();
                let start = Instant::now();
                for _ in 0..*size {
                    (candidate.call)();
                }
                batches.push(start.elapsed().as_nanos() as f64 / f64::from(*size));
            }
        }
        for (round, batches) in rounds.iter_mut().zip(batches) {
            round.push(median(batches));
        }
    }
    rounds.into_iter().map(median).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// How many calls take about 100 microseconds.
fn batch(candidate: &mut Candidate<'_>) -> u32 {
    (candidate.call)();
    let start = Instant::now();
    for _ in 0..16 {
        (candidate.call)();
    }
    let one = start.elapsed().as_nanos().max(16) / 16;
    u32::try_from(100_000 / one).unwrap_or(u32::MAX).clamp(1, 20_000)
}
