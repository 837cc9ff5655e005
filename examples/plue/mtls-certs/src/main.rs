//! Reads the arguments, does what they ask for, and tells how it went.

use std::env::args_os;
use std::error::Error as _;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser as _;
use mtls_certs::{Arguments, Error, run};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse_from(args_os()) {
        Ok(arguments) => arguments,
        // What `--help` prints comes here as well, with status 0.
        Err(told) => {
            let _ = told.print();
            return u8::try_from(told.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    #[expect(clippy::disallowed_methods, reason = "the edge of the program, where now is read")]
    let now = SystemTime::now();
    match run(arguments, now, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

fn tell(error: &Error) {
    // The findings of a check have been printed, each in its line.
    if matches!(error, Error::Refused) {
        return;
    }
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(stderr, ": {error}");
        cause = error.source();
    }
    let _ = writeln!(stderr);
}
