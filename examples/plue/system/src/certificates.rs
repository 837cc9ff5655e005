use origin_mtls::SpkiPin;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use testkit::folder::Folder;
use testkit::pki::{CertificateAuthority, Issued};

/// The authority that the origin believes, and what it has certified, in files.
#[derive(Debug)]
pub struct Certificates {
    /// Of Cloudflare's edge: Authenticated Origin Pulls for the zone. Nobody signs in there.
    pub cloudflare: Issued,
    /// Of the edge that signs people in.
    pub edge: Issued,
    /// Who vouches for all of them, in PEM.
    pub authority: String,
    folder: Folder,
}

impl Certificates {
    /// New ones.
    pub(crate) fn new() -> Self {
        let ca = CertificateAuthority::new();
        let [edge, cloudflare] =
            ["plue-edge", "Cloudflare Origin Pull"].map(|name| ca.client(name));
        let origin = ca.server(&[NAME]);
        let folder = Folder::new();
        for (name, pem) in [
            ("ca.crt", ca.certificate()),
            ("edge.crt", &edge.certificate),
            ("edge.key", &edge.key),
            ("origin.crt", &origin.certificate),
            ("origin.key", &origin.key),
            ("cloudflare.crt", &cloudflare.certificate),
            ("cloudflare.key", &cloudflare.key),
        ] {
            let _ = folder.write(name, pem);
        }
        Self { cloudflare, edge, authority: ca.certificate().to_owned(), folder }
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

/// The name that the origin's certificate is for, and the only host that it serves.
pub(crate) const NAME: &str = "localhost";
