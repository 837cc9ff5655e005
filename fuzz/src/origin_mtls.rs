//! What the targets of origin-mtls share: a second reader of DER, a mutator of it, and an authority.

pub mod der;
pub mod mutate;
pub mod pki;
