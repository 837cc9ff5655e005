//! What the origin's verifier says, under both of its profiles.

use std::path::{Path, PathBuf};

use origin_mtls::{ConfigError, Crls, SpkiPin, TrustAnchors};
use rustls_pki_types::CertificateDer;

use super::finding::{By, Findings};
use crate::arguments::Check;
use crate::dates::Moment;
use crate::verifier::{Origin, Profile, verify};
use crate::{Error, certificate, files, pem, revocation};

pub(crate) fn check(
    arguments: &Check,
    chain: &[CertificateDer<'_>],
    now: Moment,
    findings: &mut Findings,
) -> Result<(), Error> {
    if arguments.ca.is_empty() {
        check_pin(&arguments.pin, chain, findings);
        findings.warn(By::Origin, "not asked: name the authorities that it trusts by --ca");
        return Ok(());
    }
    let authorities = concatenate(&arguments.ca)?;
    let lists = concatenate(&arguments.crl)?;
    check_authorities(&authorities, now, findings);
    check_lists(&lists, now, findings);

    let origin = match configure(&authorities, &lists, &arguments.pin) {
        Ok(origin) => origin,
        Err(error) => {
            findings.refuse(By::Origin, format!("does not start: {error}"));
            return Ok(());
        }
    };
    if ask(&origin, Profile::Default, chain, now, true, findings) {
        ask(&origin, Profile::Strict, chain, now, arguments.strict, findings);
    }
    Ok(())
}

/// Whether it accepts.
fn ask(
    origin: &Origin,
    profile: Profile,
    chain: &[CertificateDer<'_>],
    now: Moment,
    must: bool,
    findings: &mut Findings,
) -> bool {
    let name = match profile {
        Profile::Default => "default profile",
        Profile::Strict => "strict profile",
    };
    let refusal = match origin.policy(profile) {
        Err(error) => format!("{name}: does not start: {error}"),
        Ok(policy) => match verify(&policy, chain, now) {
            Ok(()) => {
                findings.ok(By::Origin, format!("{name}: accepted"));
                return true;
            }
            Err(error) => format!("{name}: `{}`, {error}: {}", error.code(), error.hint()),
        },
    };
    if must {
        findings.refuse(By::Origin, refusal);
    } else {
        findings.warn(By::Origin, refusal);
    }
    false
}

fn configure(authorities: &[u8], lists: &[u8], pins: &[SpkiPin]) -> Result<Origin, ConfigError> {
    let mut origin = Origin::new(TrustAnchors::from_pem(authorities)?);
    if !lists.is_empty() {
        origin.crls = Some(Crls::from_pem(lists)?);
    }
    origin.pins = pins.to_vec();
    origin.policy(Profile::Default)?;
    Ok(origin)
}

fn check_pin(pins: &[SpkiPin], chain: &[CertificateDer<'_>], findings: &mut Findings) {
    let own = chain.first().and_then(|leaf| SpkiPin::of(leaf).ok());
    match own {
        _ if pins.is_empty() => {}
        Some(own) if pins.contains(&own) => findings.ok(By::Origin, "the key is pinned"),
        Some(own) => findings.refuse(
            By::Origin,
            format!("the key is none of the pinned ones, but {own}: pin it first"),
        ),
        None => findings.refuse(By::Origin, "the certificate is of a form that has no pin"),
    }
}

fn check_authorities(pem: &[u8], now: Moment, findings: &mut Findings) {
    for authority in pem::certificates(pem).unwrap_or_default() {
        let end = certificate::parse(&authority).as_ref().map(certificate::not_after);
        if let Some(end) = end.filter(|end| now.days_until(*end) < AUTHORITY_ENDS_SOON_DAYS) {
            findings.warn(
                By::Origin,
                format!("an authority is valid until {}: rotate before that", end.date()),
            );
        }
    }
}

fn check_lists(pem: &[u8], now: Moment, findings: &mut Findings) {
    for end in revocation::ends(pem) {
        if now.days_until(end) < LIST_ENDS_SOON_DAYS {
            findings.warn(
                By::Origin,
                format!(
                    "a list is valid until {}, and nobody is let in after: renew it",
                    end.date()
                ),
            );
        }
    }
}

fn concatenate(paths: &[PathBuf]) -> Result<Vec<u8>, Error> {
    let read = |path: &PathBuf| {
        let mut bytes = files::read(Path::new(path))?;
        // A file may end without a line's end.
        bytes.push(b'\n');
        Ok(bytes)
    };
    paths.iter().map(read).collect::<Result<Vec<_>, Error>>().map(|files| files.concat())
}

const AUTHORITY_ENDS_SOON_DAYS: i64 = 180;
const LIST_ENDS_SOON_DAYS: i64 = 7;
