use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls_pki_types::CertificateDer;
use x509_parser::oid_registry::{OID_X509_COMMON_NAME, OID_X509_ORGANIZATION_NAME};

use crate::SpkiPin;
use crate::anchors::Anchor;
use crate::certificate::Certificate;
use crate::certificate::seconds_since_1970;
use crate::subject::{attribute, dns_names, uris};

/// Who is at the other end of a connection: a holder of a key that your authority has certified, which
/// is Cloudflare, for your zone, as long as nobody else holds one.
///
/// Only [`OriginPullPolicy::verify`](crate::OriginPullPolicy::verify) makes one. Cloning shares one
/// value.
#[derive(Clone)]
pub struct EdgeIdentity(Arc<Verified>);

struct Verified {
    chain: Box<[CertificateDer<'static>]>,
    common_name: Option<Box<str>>,
    organization: Option<Box<str>>,
    dns_names: Box<[Box<str>]>,
    uris: Box<[Box<str>]>,
    serial: Box<[u8]>,
    pin: SpkiPin,
    anchor: SpkiPin,
    not_after: i64,
    window: Window,
}

/// When what was found holds, in seconds since 1970: from the first of them to the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) until: i64,
}

impl Window {
    pub(crate) fn narrow(&mut self, from: i64, until: i64) {
        self.from = self.from.max(from);
        self.until = self.until.min(until);
    }
}

impl EdgeIdentity {
    pub(crate) fn new(
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        parsed: &Certificate<'_>,
        pin: SpkiPin,
        anchor: &Anchor,
        window: Window,
    ) -> Self {
        let owned = |name: Option<&str>| name.map(Box::from);
        let subject = parsed.subject();
        let chain = std::iter::once(leaf).chain(intermediates);
        Self(Arc::new(Verified {
            chain: chain.map(|certificate| certificate.clone().into_owned()).collect(),
            common_name: owned(attribute(subject, &OID_X509_COMMON_NAME).ok().flatten()),
            organization: owned(attribute(subject, &OID_X509_ORGANIZATION_NAME).ok().flatten()),
            dns_names: dns_names(parsed).map(Box::from).collect(),
            uris: uris(parsed).map(Box::from).collect(),
            serial: parsed.serial().into(),
            pin,
            anchor: anchor.pin,
            not_after: parsed.not_after(),
            window,
        }))
    }

    /// The subject's common name, if it has exactly one.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.0.common_name.as_deref()
    }

    /// The subject's organization, if it has exactly one.
    #[must_use]
    pub fn organization(&self) -> Option<&str> {
        self.0.organization.as_deref()
    }

    /// The DNS names among the subject's alternative names, as they stand there.
    pub fn dns_names(&self) -> impl Iterator<Item = &str> {
        self.0.dns_names.iter().map(|name| &**name)
    }

    /// The URIs among the subject's alternative names, as they stand there.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.0.uris.iter().map(|uri| &**uri)
    }

    /// The serial number, big-endian, as it is encoded.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// The pin of the certificate's key.
    #[must_use]
    pub fn pin(&self) -> SpkiPin {
        self.0.pin
    }

    /// The pin of the trust anchor's key.
    #[must_use]
    pub fn anchor(&self) -> SpkiPin {
        self.0.anchor
    }

    /// When the certificate expires.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        since_1970(self.0.not_after)
    }

    /// The certificate, and the intermediate ones that came with it.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.chain
    }

    /// Whether what was found holds at this time too: nothing of the path has expired, nor has a
    /// revocation list.
    #[must_use]
    pub fn holds_at(&self, now: SystemTime) -> bool {
        let Window { from, until } = self.0.window;
        seconds_since_1970(now).is_some_and(|now| (from..=until).contains(&now))
    }
}

impl fmt::Debug for EdgeIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EdgeIdentity")
            .field("common_name", &self.0.common_name)
            .field("organization", &self.0.organization)
            .field("pin", &self.0.pin)
            .field("anchor", &self.0.anchor)
            .finish_non_exhaustive()
    }
}

pub(crate) fn since_1970(seconds: i64) -> SystemTime {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}
