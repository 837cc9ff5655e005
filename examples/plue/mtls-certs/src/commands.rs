use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use origin_mtls::SpkiPin;

use crate::arguments::{Arguments, Command, Crl, Init, Issue, Pin};
use crate::authority::{Authority, CERTIFICATE_FILE, Client, KEY_FILE};
use crate::check::check;
use crate::dates::Moment;
use crate::files::{NewFiles, refuse_existing};
use crate::revocation::{CRL_FILE, Revocations, serial};
use crate::rotation::rotate;
use crate::{Error, certificate, files};

/// Does what the arguments ask for, at this time, and writes what is to be known.
///
/// # Errors
///
/// What is wrong, and how to mend it. [`Error::Refused`] after a check that found a refusal, which
/// has been written.
pub fn run(arguments: Arguments, now: SystemTime, out: &mut impl Write) -> Result<(), Error> {
    let now = Moment::of(now)?;
    match arguments.command {
        Command::Init(init) => make_authority(&init, now, out),
        Command::Issue(issue) => make_client(issue, now, out),
        Command::Crl(crl) => make_crl(&crl, now, out),
        Command::Check(of) => check(&of, now, out),
        Command::Pin(pin) => tell_pins(&pin, out),
        Command::Rotate(of) => rotate(&of, now, out),
    }
}

fn make_authority(init: &Init, now: Moment, out: &mut impl Write) -> Result<(), Error> {
    let folder = &init.out;
    for name in [CERTIFICATE_FILE, KEY_FILE] {
        refuse_existing(&folder.join(name))?;
    }
    let made = Authority::make(folder, &init.name, &init.authority, now)?;

    let mut files = NewFiles::in_folder(folder)?;
    files.secret(KEY_FILE, &made.key)?;
    files.public(CERTIFICATE_FILE, &made.certificate)?;
    files.keep()?;

    let folder = folder.display();
    writeln!(out, "{folder}/ca.crt  what the origin trusts, until {}", made.authority.end.date())?;
    writeln!(
        out,
        "{folder}/ca.key  signs client certificates: neither for the origin nor for Cloudflare"
    )?;
    Ok(())
}

fn make_client(issue: Issue, now: Moment, out: &mut impl Write) -> Result<(), Error> {
    let folder = &issue.dir;
    let name = issue.file.as_str();
    let (certificate_file, key_file) = (format!("{name}.crt"), format!("{name}.key"));
    for name in [&certificate_file, &key_file] {
        refuse_existing(&folder.join(name))?;
    }
    let client = Client {
        kind: issue.kind,
        days: issue.days,
        common_name: issue.common_name,
        uris: issue.uri,
        dns: issue.dns,
    };
    let issued = Authority::open(folder)?.issue(&client, now)?;

    let mut files = NewFiles::in_folder(folder)?;
    files.secret(&key_file, &issued.key)?;
    files.public(&certificate_file, &issued.certificate.pem())?;
    files.keep()?;

    let folder = folder.display();
    writeln!(out, "{folder}/{certificate_file}  for Cloudflare, until {}", issued.end.date())?;
    writeln!(out, "{folder}/{key_file}  for Cloudflare, and nobody else")?;
    writeln!(out, "serial  {}", issued.serial)?;
    writeln!(out, "pin     {}", issued.pin)?;
    Ok(())
}

fn make_crl(crl: &Crl, now: Moment, out: &mut impl Write) -> Result<(), Error> {
    let path = crl.dir.join(CRL_FILE);
    let authority = Authority::open(&crl.dir)?;
    // Of two runs at once, one would leave out what the other revokes.
    let _lock = files::lock(&crl.dir.join(KEY_FILE))?;

    let mut revocations = match (files::read_if_present(&path)?, crl.first) {
        (Some(bytes), false) => Revocations::read(&authority, &path, &bytes)?,
        (None, true) => Revocations::none(),
        (Some(_), true) => return Err(Error::Exists { path }),
        (None, false) => return Err(Error::NoCrl { path }),
    };
    let mut told = Vec::new();
    for given in &crl.revoke {
        let serial = serial(&authority, given)?;
        let state = if revocations.add(&serial, now)? { "revoked" } else { "already revoked" };
        told.push(format!("{state}  {}", certificate::hex(&serial)));
    }
    let until = now.plus_days(crl.days.into());
    let list = revocations.sign(&authority, &path, until, now)?;
    files::replace(&crl.dir, CRL_FILE, &list)?;

    for line in told {
        writeln!(out, "{line}")?;
    }
    let revoked = revocations.revoked.len();
    writeln!(
        out,
        "{}  {revoked} revoked, valid until {}: renew it before",
        path.display(),
        until.date()
    )?;
    Ok(())
}

fn tell_pins(pin: &Pin, out: &mut impl Write) -> Result<(), Error> {
    for certificate in certificate::read_all(&pin.file)? {
        let pin = SpkiPin::of(&certificate).map_err(|cause| refuse(&pin.file, cause))?;
        writeln!(out, "{pin}")?;
    }
    Ok(())
}

fn refuse(path: &Path, cause: origin_mtls::VerifyError) -> Error {
    Error::NoPin { path: path.to_owned(), cause }
}
