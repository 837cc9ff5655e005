mod cloudflare;
mod finding;
mod key;
mod origin;

use std::io::Write;

use crate::arguments::Check;
use crate::dates::Moment;
use crate::{Error, files};

use self::finding::Findings;

/// Tells what Cloudflare and the origin will say to a certificate, and refuses if one of them will.
pub(crate) fn check(arguments: &Check, now: Moment, out: &mut impl Write) -> Result<(), Error> {
    let bytes = files::read(&arguments.file)?;
    let mut findings = Findings::default();

    let chain = cloudflare::check(&bytes, now, &mut findings);
    if let Some(key) = &arguments.key {
        key::check(key, chain.first(), &mut findings)?;
    }
    if !chain.is_empty() {
        origin::check(arguments, &chain, now, &mut findings)?;
    }

    findings.write(out)?;
    if findings.has_refusal() { Err(Error::Refused) } else { Ok(()) }
}
