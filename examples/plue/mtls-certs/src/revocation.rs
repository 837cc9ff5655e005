use std::path::Path;

use origin_mtls::Crls;
use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams, SerialNumber,
};
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::{CertificateRevocationList, RevokedCertificate};

use crate::authority::Authority;
use crate::certificate::without_zeros;
use crate::dates::Moment;
use crate::verifier::{Origin, Profile};
use crate::{Error, certificate, pem};

/// What an authority has revoked. The list that was published last is the only record of it: it is
/// signed, so what is lost or changed is noticed.
pub(crate) struct Revocations {
    pub(crate) number: u64,
    pub(crate) revoked: Vec<RevokedCertParams>,
}

impl Revocations {
    pub(crate) const fn none() -> Self {
        Self { number: 0, revoked: Vec::new() }
    }

    /// Reads the list that was published last.
    pub(crate) fn read(authority: &Authority, path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let malformed = |reason| Error::MalformedCrl { path: path.to_owned(), reason };
        check_signature(authority, path, bytes)?;

        let blocks = pem::blocks(bytes).ok_or_else(|| malformed("it is no PEM"))?;
        let [block] = blocks.as_slice() else {
            return Err(malformed("it has another number of lists than 1"));
        };
        let (_, list) = CertificateRevocationList::from_der(&block.der)
            .map_err(|_| malformed("it is malformed"))?;
        let subject = certificate::parse(&authority.certificate);
        if subject.is_none_or(|ours| ours.subject().as_raw() != list.issuer().as_raw()) {
            return Err(malformed("it is of another authority"));
        }
        // The parser leaves out what comes after an entry that it does not understand, and the number
        // comes after the entries.
        let number = list.crl_number().and_then(|number| u64::try_from(number).ok());
        let number = number.ok_or_else(|| malformed("its number is missing or too large"))?;
        let revoked = list.iter_revoked_certificates().map(entry).collect();
        Ok(Self { number, revoked })
    }

    /// Whether it was not revoked before.
    pub(crate) fn add(&mut self, serial: &[u8], now: Moment) -> Result<bool, Error> {
        if self.revoked.iter().any(|one| one.serial_number.as_ref() == serial) {
            return Ok(false);
        }
        self.revoked.push(RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: now.to_asn1()?.to_datetime(),
            reason_code: None,
            invalidity_date: None,
        });
        Ok(true)
    }

    /// The next list, which takes the place of all before it.
    pub(crate) fn sign(
        &self,
        authority: &Authority,
        path: &Path,
        next_update: Moment,
        now: Moment,
    ) -> Result<String, Error> {
        let number = self.number.checked_add(1).ok_or_else(|| Error::MalformedCrl {
            path: path.to_owned(),
            reason: "its number is missing or too large",
        })?;
        let params = CertificateRevocationListParams {
            this_update: now.backdated().to_asn1()?.to_datetime(),
            next_update: next_update.to_asn1()?.to_datetime(),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: self.revoked.clone(),
            key_identifier_method: key_identifier(authority),
        };
        let pem = params.signed_by(&authority.issuer).and_then(|list| list.pem());
        let pem = pem.map_err(Error::Make)?;
        check_signature(authority, path, pem.as_bytes())?;
        Ok(pem)
    }
}

/// Until when each list of a file is valid.
pub(crate) fn ends(bytes: &[u8]) -> Vec<Moment> {
    let blocks = pem::blocks(bytes).unwrap_or_default();
    let end = |block: &pem::Block| {
        let (_, list) = CertificateRevocationList::from_der(&block.der).ok()?;
        list.next_update().map(Moment::from)
    };
    blocks.iter().filter_map(end).collect()
}

/// The serial number that is meant by what follows `--revoke`.
pub(crate) fn serial(authority: &Authority, given: &str) -> Result<Vec<u8>, Error> {
    let refuse = |reason| Error::Revoke { given: given.to_owned(), reason };
    let own = certificate::parse(&authority.certificate)
        .map(|own| (own.raw_serial().to_vec(), own.subject().as_raw().to_vec()));
    let (own_serial, own_subject) = own.unwrap_or_default();

    let serial = match parse_serial(given) {
        Some(serial) => serial,
        None if Path::new(given).exists() => {
            let read = certificate::read_one(Path::new(given))?;
            let parsed = certificate::parse(&read).ok_or_else(|| refuse("is malformed"))?;
            let is_own = parsed.raw_serial() == own_serial;
            if parsed.issuer().as_raw() != own_subject && !is_own {
                return Err(refuse("another authority has issued it; only that one can revoke it"));
            }
            without_zeros(parsed.raw_serial()).to_vec()
        }
        None => {
            return Err(refuse(
                "neither a file nor a serial number of 1 to 20 bytes in hexadecimal, such as \
                 4F2A… or 4f:2a:…",
            ));
        }
    };
    if serial == without_zeros(&own_serial) {
        return Err(refuse("that is the authority itself; rotate, and trust it no longer"));
    }
    Ok(serial)
}

fn parse_serial(given: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = given
        .strip_prefix("0x")
        .unwrap_or(given)
        .chars()
        .filter(|c| *c != ':')
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks();
    let bytes: Option<Vec<_>> =
        pairs.iter().map(|[high, low]| u8::try_from(high << 4 | low).ok()).collect();
    let serial = without_zeros(&bytes?).to_vec();
    (rest.is_empty() && (1..=20).contains(&serial.len())).then_some(serial)
}

/// That the origin takes it for a list of this authority.
fn check_signature(authority: &Authority, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let unusable = |source| Error::Unusable { path: path.to_owned(), source };
    let mut origin = Origin::new(authority.anchors()?);
    origin.crls = Some(Crls::from_pem(bytes).map_err(unusable)?);
    origin.policy(Profile::Default).map(drop).map_err(unusable)
}

fn entry(of: &RevokedCertificate<'_>) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(without_zeros(of.raw_serial())),
        revocation_time: of.revocation_date.to_datetime(),
        reason_code: of.reason_code().and_then(|(_, code)| reason(code.0)),
        invalidity_date: of.invalidity_date().map(|(_, date)| date.to_datetime()),
    }
}

const fn reason(code: u8) -> Option<RevocationReason> {
    Some(match code {
        1 => RevocationReason::KeyCompromise,
        2 => RevocationReason::CaCompromise,
        3 => RevocationReason::AffiliationChanged,
        4 => RevocationReason::Superseded,
        5 => RevocationReason::CessationOfOperation,
        6 => RevocationReason::CertificateHold,
        9 => RevocationReason::PrivilegeWithdrawn,
        10 => RevocationReason::AaCompromise,
        _ => return None,
    })
}

/// The one that the authority's certificate has, however it was made.
fn key_identifier(authority: &Authority) -> KeyIdMethod {
    let parsed = certificate::parse(&authority.certificate);
    let own = parsed.iter().flat_map(|own| own.extensions()).find_map(|extension| match extension
        .parsed_extension()
    {
        ParsedExtension::SubjectKeyIdentifier(own) => Some(own.0.to_vec()),
        _ => None,
    });
    own.map_or(KeyIdMethod::Sha256, KeyIdMethod::PreSpecified)
}

pub(crate) const CRL_FILE: &str = "ca.crl";
pub(crate) const DEFAULT_DAYS: u16 = 30;
