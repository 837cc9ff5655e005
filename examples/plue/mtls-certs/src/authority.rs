use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use origin_mtls::{SpkiPin, TrustAnchors};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _, SanType,
    SerialNumber,
};
use rustls_pki_types::CertificateDer;

use crate::arguments::NewAuthority;
use crate::dates::{DAYS_A_YEAR, Moment};
use crate::keys::ClientKey;
use crate::names::{CommonName, DnsName, Organization, Uri};
use crate::verifier::{Origin, Profile, verify};
use crate::{Error, certificate, files, pem};

/// An authority, with its private key.
pub(crate) struct Authority {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) issuer: Issuer<'static, KeyPair>,
    pub(crate) end: Moment,
    /// Where it was read from, or is to be written.
    pub(crate) path: PathBuf,
    organization: Option<String>,
}

/// What a client certificate says.
pub(crate) struct Client {
    pub(crate) kind: ClientKey,
    pub(crate) days: u16,
    pub(crate) common_name: CommonName,
    pub(crate) uris: Vec<Uri>,
    pub(crate) dns: Vec<DnsName>,
}

/// A client certificate, with its private key.
pub(crate) struct Issued {
    pub(crate) certificate: Certificate,
    pub(crate) key: String,
    pub(crate) serial: String,
    pub(crate) pin: SpkiPin,
    pub(crate) end: Moment,
}

/// An authority that was just made, as its two files have it.
pub(crate) struct Made {
    pub(crate) authority: Authority,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    /// A new one, of a name that no other has: the verifier finds an authority's list of revoked
    /// certificates by its name, and in a rotation there are two of them.
    pub(crate) fn make(
        folder: &Path,
        name: &Organization,
        wanted: &NewAuthority,
        now: Moment,
    ) -> Result<Made, Error> {
        let name = name.as_str();
        let [first, second, third] = random()?;
        let date = now.date().replace('-', "");
        let end = now.plus_days(DAYS_A_YEAR.saturating_mul(wanted.years.into()));

        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, name);
        params.distinguished_name.push(
            DnType::CommonName,
            format!("{name} Origin Pull CA {date} {first:02x}{second:02x}{third:02x}"),
        );
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(SerialNumber::from_slice(&serial()?));
        params.not_before = now.backdated().to_asn1()?.to_datetime();
        params.not_after = end.to_asn1()?.to_datetime();

        let key = wanted.kind.generate()?;
        let certificate = params.self_signed(&key).map_err(Error::Make)?;
        let (pem, key_pem) = (certificate.pem(), key.serialize_pem());
        let authority = Self {
            certificate: certificate.der().clone(),
            issuer: Issuer::new(params, key),
            end,
            path: folder.join(CERTIFICATE_FILE),
            organization: Some(name.to_owned()),
        };
        Ok(Made { authority, certificate: pem, key: key_pem })
    }

    /// Reads the one in a folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let (path, key_path) = (folder.join(CERTIFICATE_FILE), folder.join(KEY_FILE));
        let certificate = certificate::read_one(&path)?;
        let parsed = certificate::parse(&certificate)
            .ok_or_else(|| Error::MalformedCertificate { path: path.clone() })?;

        let key = read_key(&key_path)?;
        if key.der_bytes() != &*parsed.public_key().subject_public_key.data {
            return Err(Error::KeyMismatch { key: key_path, certificate: path });
        }
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(Error::Make)?;
        let (end, organization) =
            (certificate::not_after(&parsed), certificate::organization(parsed.subject()));
        Ok(Self { issuer, end, organization, path, certificate })
    }

    pub(crate) fn issue(&self, client: &Client, now: Moment) -> Result<Issued, Error> {
        let end = now.plus_days(client.days.into());
        if end > self.end {
            return Err(Error::AuthorityEnds { end: self.end.date() });
        }
        let serial = serial()?;

        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        if let Some(organization) = &self.organization {
            params.distinguished_name.push(DnType::OrganizationName, organization);
        }
        params.distinguished_name.push(DnType::CommonName, client.common_name.as_str());
        for uri in &client.uris {
            let uri = uri.as_str().try_into().map_err(Error::Make)?;
            params.subject_alt_names.push(SanType::URI(uri));
        }
        for name in &client.dns {
            let name = name.as_str().try_into().map_err(Error::Make)?;
            params.subject_alt_names.push(SanType::DnsName(name));
        }
        // Without it there are no basic constraints at all, and Cloudflare takes that for no leaf.
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.not_before = now.backdated().to_asn1()?.to_datetime();
        params.not_after = end.to_asn1()?.to_datetime();

        let key = client.kind.generate()?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(Error::Make)?;
        // An authority of another tool may have a name that is not carried over letter by letter.
        let policy = Origin::new(self.anchors()?)
            .policy(Profile::Default)
            .map_err(|source| self.unusable(source))?;
        verify(&policy, &[certificate.der().clone()], now).map_err(Error::Product)?;
        Ok(Issued {
            pin: SpkiPin::of(certificate.der()).map_err(Error::Product)?,
            certificate,
            key: key.serialize_pem(),
            serial: certificate::hex(&serial),
            end,
        })
    }

    pub(crate) fn anchors(&self) -> Result<TrustAnchors, Error> {
        TrustAnchors::from_der([self.certificate.clone()]).map_err(|source| self.unusable(source))
    }

    pub(crate) fn unusable(&self, source: origin_mtls::ConfigError) -> Error {
        Error::Unusable { path: self.path.clone(), source }
    }
}

fn read_key(path: &Path) -> Result<KeyPair, Error> {
    let malformed = || Error::MalformedKey { path: path.to_owned() };
    let blocks = pem::blocks(&files::read(path)?).ok_or_else(malformed)?;
    let key =
        blocks.iter().find(|block| pem::is_private_key(&block.label)).ok_or_else(malformed)?;
    KeyPair::try_from(key.der.as_slice()).map_err(|_| malformed())
}

/// RFC 5280 §4.1.2.2: positive, and at most 20 bytes. These are 16, the first of them never zero.
fn serial() -> Result<[u8; 16], Error> {
    let mut serial: [u8; 16] = random()?;
    let [first, ..] = &mut serial;
    *first = *first & 0x3f | 0x40;
    Ok(serial)
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Error> {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes).map_err(|_| Error::Make(rcgen::Error::RingUnspecified))?;
    Ok(bytes)
}

pub(crate) const CERTIFICATE_FILE: &str = "ca.crt";
pub(crate) const KEY_FILE: &str = "ca.key";
