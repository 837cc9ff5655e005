use rustls_pki_types::CertificateDer;
use x509_parser::pem::Pem;

/// What stands between a BEGIN and its END.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) der: Vec<u8>,
}

/// All that is in a file, whatever it is. `None` if one of them is malformed.
pub(crate) fn blocks(bytes: &[u8]) -> Option<Vec<Block>> {
    Pem::iter_from_buffer(bytes)
        .map(|block| {
            Some(block.ok()?).map(|Pem { label, contents }| Block { label, der: contents })
        })
        .collect()
}

/// The certificates of a file, whatever else is in it.
pub(crate) fn certificates(bytes: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let blocks = blocks(bytes)?.into_iter().filter(|block| block.label == CERTIFICATE);
    Some(blocks.map(|block| block.der.into()).collect())
}

/// Whether it is a private key, by its label.
pub(crate) fn is_private_key(label: &str) -> bool {
    label.ends_with("PRIVATE KEY")
}

pub(crate) const CERTIFICATE: &str = "CERTIFICATE";
