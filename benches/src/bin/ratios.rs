//! `ratios [--smoke] [group]`: exits with 1 if a goal is missed.

use std::process::ExitCode;

use edgeproof_benches::measure::{Effort, Table};
use edgeproof_benches::{cf_access, kick_hmac, origin_mtls, proxy_protocol, siwe_session};

/// A group's name, and what fills its rows.
type Group = (&'static str, fn(&mut Table));

const GROUPS: &[Group] = &[
    ("cf-access", cf_access::run),
    ("proxy-protocol", proxy_protocol::run),
    ("origin-mtls", origin_mtls::run),
    ("kick-hmac", kick_hmac::run),
    ("siwe-session", siwe_session::run),
];

fn main() -> ExitCode {
    let mut effort = Effort::FULL;
    let mut chosen = None;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--smoke" => effort = Effort::SMOKE,
            group if GROUPS.iter().any(|(name, _)| *name == group) => chosen = Some(argument),
            other => {
                eprintln!("unknown: {other}; usage: ratios [--smoke] [group]");
                return ExitCode::from(2);
            }
        }
    }
    let mut table = Table::new(effort);
    for &(name, run) in GROUPS {
        if chosen.as_deref().is_none_or(|chosen| chosen == name) {
            run(&mut table);
        }
    }
    if table.missed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
