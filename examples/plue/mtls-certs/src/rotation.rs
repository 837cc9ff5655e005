use std::io::Write;
use std::path::{Path, PathBuf};

use origin_mtls::{Crls, OriginPullPolicy, SpkiPin, TrustAnchors};
use rustls_pki_types::CertificateDer;

use crate::arguments::Rotate;
use crate::authority::{Authority, CERTIFICATE_FILE, Client, Issued, KEY_FILE, Made};
use crate::dates::Moment;
use crate::files::NewFiles;
use crate::names::Organization;
use crate::revocation::{CRL_FILE, DEFAULT_DAYS, Revocations};
use crate::verifier::{Origin, Profile, verify};
use crate::{Error, certificate, files, revocation};

/// Makes a folder with a new authority, its client certificate, and what the origin trusts while
/// there are two of them. The old folder is only read: its private key may be elsewhere, or lost.
pub(crate) fn rotate(arguments: &Rotate, now: Moment, out: &mut impl Write) -> Result<(), Error> {
    files::refuse_existing(&arguments.to)?;
    let old = Old::read(arguments)?;

    let made = Authority::make(&arguments.to, &old.organization, &arguments.authority, now)?;
    let new = made.authority.issue(&old.client_again(arguments)?, now)?;
    let both = format!("{}{}", made.certificate, old.authority_pem);
    let lists = old.crl.as_ref().map(|old| Lists::new(&made.authority, old, now)).transpose()?;

    let during = policy(arguments, &both, lists.as_ref().map(|lists| &*lists.both))?;
    verify(&during, &[new.certificate.der().clone()], now).map_err(Error::Product)?;
    let verdict_on_old = verify(&during, std::slice::from_ref(&old.client), now);

    write(&arguments.to, &made, &new, &both, lists.as_ref())?;
    if let Err(error) = verdict_on_old {
        writeln!(
            out,
            "warning: the origin refuses the old certificate {} as `{}`: {}\n\
             warning: so it lets nobody in before step 3 is done\n",
            old.client_path.display(),
            error.code(),
            error.hint()
        )?;
    }
    tell_steps(arguments, &old, &new, lists.as_ref(), out)
}

struct Old {
    authority_pem: String,
    organization: Organization,
    client_path: PathBuf,
    client: CertificateDer<'static>,
    pin: Option<SpkiPin>,
    crl: Option<String>,
}

impl Old {
    fn read(arguments: &Rotate) -> Result<Self, Error> {
        let path = arguments.dir.join(CERTIFICATE_FILE);
        let authority = certificate::read_one(&path)?;
        let organization = certificate::parse(&authority)
            .and_then(|parsed| certificate::organization(parsed.subject())?.parse().ok());
        let client_path =
            arguments.client.clone().unwrap_or_else(|| arguments.dir.join("client.crt"));
        let client = certificate::read_one(&client_path)?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let authority_pem = text(files::read(&path)?);
        let crl = files::read_if_present(&arguments.dir.join(CRL_FILE))?.map(text);
        policy(arguments, &authority_pem, crl.as_deref())?;
        Ok(Self {
            authority_pem,
            crl,
            organization: organization.ok_or(Error::NoOrganization { path })?,
            // A certificate of version 1 has none in the eyes of the origin.
            pin: SpkiPin::of(&client).ok(),
            client_path,
            client,
        })
    }

    /// The names stay as they are: the origin may ask for them.
    fn client_again(&self, arguments: &Rotate) -> Result<Client, Error> {
        let refuse = || Error::OldNames { path: self.client_path.clone() };
        let parsed = certificate::parse(&self.client).ok_or_else(refuse)?;
        let common_name = certificate::common_name(parsed.subject()).ok_or_else(refuse)?;
        let (uris, dns) = certificate::alternative_names(&parsed);
        Ok(Client {
            kind: arguments.client_key,
            days: arguments.days,
            common_name: common_name.parse().map_err(|_| refuse())?,
            uris: uris
                .iter()
                .map(|uri| uri.parse())
                .collect::<Result<_, _>>()
                .map_err(|_| refuse())?,
            dns: dns
                .iter()
                .map(|name| name.parse())
                .collect::<Result<_, _>>()
                .map_err(|_| refuse())?,
        })
    }
}

/// With lists, every authority needs one: so the new one does as soon as the old one has.
struct Lists {
    new: String,
    both: String,
    /// Of the one that ends first.
    end: Moment,
}

impl Lists {
    fn new(authority: &Authority, old: &str, now: Moment) -> Result<Self, Error> {
        let until = now.plus_days(DEFAULT_DAYS.into());
        let new = Revocations::none().sign(authority, &authority.path, until, now)?;
        let both = format!("{new}{old}");
        let end = revocation::ends(both.as_bytes()).into_iter().min().unwrap_or(until);
        Ok(Self { both, new, end })
    }
}

/// The origin that trusts these, of files in the old folder.
fn policy(
    arguments: &Rotate,
    authorities: &str,
    lists: Option<&str>,
) -> Result<OriginPullPolicy, Error> {
    let unusable = |name| {
        let path = arguments.dir.join(name);
        |source| Error::Unusable { path, source }
    };
    let anchors = TrustAnchors::from_pem(authorities).map_err(unusable(CERTIFICATE_FILE))?;
    let mut origin = Origin::new(anchors);
    origin.crls = lists.map(Crls::from_pem).transpose().map_err(unusable(CRL_FILE))?;
    origin.policy(Profile::Default).map_err(unusable(CRL_FILE))
}

fn write(
    to: &Path,
    made: &Made,
    new: &Issued,
    both: &str,
    lists: Option<&Lists>,
) -> Result<(), Error> {
    let mut files = NewFiles::in_new_folder(to)?;
    files.secret(KEY_FILE, &made.key)?;
    files.public(CERTIFICATE_FILE, &made.certificate)?;
    files.secret("client.key", &new.key)?;
    files.public("client.crt", &new.certificate.pem())?;
    files.public("both.crt", both)?;
    if let Some(lists) = lists {
        files.public(CRL_FILE, &lists.new)?;
        files.public("both.crl", &lists.both)?;
    }
    files.keep()
}

fn tell_steps(
    arguments: &Rotate,
    old: &Old,
    new: &Issued,
    lists: Option<&Lists>,
    out: &mut impl Write,
) -> Result<(), Error> {
    let (from, to) = (arguments.dir.display(), arguments.to.display());
    let old_pin = old.pin.map_or_else(|| "none".to_owned(), |pin| pin.to_string());
    let (mut both_list, mut check_list, mut new_list) = Default::default();
    if let Some(lists) = lists {
        let end = lists.end.date();
        both_list =
            format!("\n   With {to}/both.crl for its ca.crl: valid until {end}, be done before.");
        check_list = format!(" --crl {to}/both.crl");
        new_list = format!(" and {to}/ca.crl");
    }
    writeln!(
        out,
        "\
{to} has a new authority and a client certificate. Nothing else has changed yet.
   old pin {old_pin}
   new pin {new_pin}

1. Origin: trust both. Give every instance {to}/both.crt for its ca.crt.{both_list}
   If it pins, pin both. See that all have reloaded, and that requests still come.
2. Here: plue-mtls-certs check {to}/client.crt --key {to}/client.key --ca {to}/both.crt{check_list}
3. Cloudflare: upload {to}/client.crt and {to}/client.key beside the old one, and wait until the new
   one is `active`. Per hostname: point each hostname at it.
4. Origin: wait until the new pin arrives, for each hostname, and the old one no longer does:
   connections are kept for long. If something is wrong, delete the new one at Cloudflare, and all is
   as before.
5. Cloudflare: delete the old certificate, so that it cannot come back.
6. Origin: trust only the new. Give every instance {to}/ca.crt{new_list}; if it pins, pin only the new.
7. Here: destroy {from}/ca.key and the old client key. From now on: --dir {to}",
        new_pin = new.pin,
    )?;
    Ok(())
}
