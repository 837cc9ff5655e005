use std::time::SystemTime;
use std::{fs, io};

use clap::Parser;
use mtls_certs::{Arguments, run};
use origin_mtls::SpkiPin;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use testkit::folder::Folder;
use testkit::pki::{CertificateAuthority, Issued};

use crate::SystemError;

/// What the servers prove each other with, in files.
///
/// The folder `certs` is that of `plue-mtls-certs`: the authority that the origin believes, its list of what is
/// revoked, and what it has certified.
#[derive(Debug)]
pub struct Certificates {
    /// Of Cloudflare's edge: Authenticated Origin Pulls for the zone. Nobody signs in there.
    pub cloudflare: Issued,
    /// Of the edge that signs people in.
    pub edge: Issued,
    /// Who vouches for the origin.
    pub servers: CertificateAuthority,
    folder: Folder,
}

impl Certificates {
    /// New ones.
    pub(crate) fn new() -> Result<Self, SystemError> {
        let (folder, servers) = (Folder::new(), CertificateAuthority::new());
        let certs = folder.path("certs");
        let tool = |words: &[&str]| {
            let words = [&["plue-mtls-certs"], words, &["--dir", &certs]].concat();
            let arguments = Arguments::try_parse_from(words)
                .map_err(|error| SystemError::Certificates(error.into()))?;
            run(arguments, now(), &mut io::sink())
                .map_err(|error| SystemError::Certificates(error.into()))
        };
        // P-256: it need not last.
        tool(&["init", "--key", "p256"])?;
        tool(&["issue", "--key", "p256", "--as", "cloudflare"])?;
        tool(&["issue", "--key", "p256", "--as", "edge", "--common-name", "plue-edge"])?;
        tool(&["crl", "--first"])?;
        let read = |name: &str| fs::read_to_string(folder.path(name)).unwrap_or_default();
        let [cloudflare, edge] = ["cloudflare", "edge"].map(|name| {
            Issued::new(read(&format!("certs/{name}.crt")), read(&format!("certs/{name}.key")))
        });
        let origin = servers.server(&[NAME]);
        for (name, pem) in [
            ("servers.crt", servers.certificate()),
            ("origin.crt", &origin.certificate),
            ("origin.key", &origin.key),
            // What the origin has of the folder of the tool.
            ("ca.crt", &read("certs/ca.crt")),
            ("ca.crl", &read("certs/ca.crl")),
        ] {
            let _ = folder.write(name, pem);
        }
        Ok(Self { cloudflare, edge, servers, folder })
    }

    /// The path of one of them.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        self.folder.path(name)
    }

    /// By which the origin knows the edge that signs people in.
    pub(crate) fn edge_pin(&self) -> Option<SpkiPin> {
        let certificate = CertificateDer::from_pem_slice(self.edge.certificate.as_bytes()).ok()?;
        SpkiPin::of(&certificate).ok()
    }
}

#[expect(clippy::disallowed_methods, reason = "certificates are valid from now on")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// The name that the origin's certificate is for, and the only host that it serves.
pub(crate) const NAME: &str = "localhost";
