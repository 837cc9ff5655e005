//! A process and its children: held still, let go on, ended, each by its id.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Stops this process and its children, and waits until none of them runs.
pub(crate) fn freeze(parent: Pid) {
    // The parent first: then it has no more children than those.
    stop(parent);
    children(parent).into_iter().for_each(stop);
}

/// Lets them go on.
pub(crate) fn thaw(parent: Pid) {
    for member in children(parent).into_iter().chain([parent]) {
        signal(member, Signal::CONT);
    }
}

/// Kills them, and waits until none of the children is left. The parent is for who started it to wait
/// for.
pub(crate) fn kill(parent: Pid) {
    stop(parent);
    let children = children(parent);
    for member in children.iter().copied().chain([parent]) {
        signal(member, Signal::KILL);
    }
    for child in children {
        wait_until(child, |state| matches!(state, None | Some('Z' | 'X')));
    }
}

fn stop(process: Pid) {
    signal(process, Signal::STOP);
    wait_until(process, |state| !matches!(state, Some('R' | 'S' | 'D')));
}

fn signal(process: Pid, signal: Signal) {
    // One that has ended needs none.
    let _ = kill_process(process, signal);
}

fn wait_until(process: Pid, is_so: impl Fn(Option<char>) -> bool) {
    for _ in 0..PATIENCE {
        if is_so(status(process.as_raw_pid()).map(|(state, _)| state)) {
            return;
        }
        sleep(POLL_EVERY);
    }
    let state = status(process.as_raw_pid()).map(|(state, _)| state);
    panic!("process {process} does not heed a signal: its state is {state:?}");
}

fn children(parent: Pid) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").expect("the list of processes");
    let ids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_child =
        |id: &i32| status(*id).is_some_and(|(_, its_parent)| its_parent == parent.as_raw_pid());
    ids.filter(is_child).filter_map(Pid::from_raw).collect()
}

/// What it does, and whose child it is: proc_pid_stat(5). `None` if there is no such process.
fn status(id: i32) -> Option<(char, i32)> {
    let status = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Its name stands before that, in parentheses, and may have any in it.
    let (_, status) = status.rsplit_once(')')?;
    let mut fields = status.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// A minute of polls: one that waits for a disk heeds no signal before it has been served.
const PATIENCE: u32 = 30_000;
const POLL_EVERY: Duration = Duration::from_millis(2);
