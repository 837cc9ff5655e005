use std::fmt;
use std::str::FromStr;

use alloy_primitives::hex;

use crate::VerifyError;
use crate::recover::{Malleable, RecoverableSignature};

/// A signature as a wallet gives it: `0x` and hexadecimal digits.
///
/// That of a key is 65 bytes: `r`, `s` and `v`, where `v` is 0, 1, 27 or 28 and `s` in the lower half
/// (EIP-2). That of a contract is what the contract takes, from none to 8 KiB (ERC-1271).
#[derive(Clone, Eq, PartialEq)]
pub struct Signature(Vec<u8>);

impl Signature {
    /// From its bytes.
    ///
    /// # Errors
    ///
    /// [`VerifyError::MalformedSignature`] over 8 KiB.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, VerifyError> {
        let bytes = bytes.into();
        if bytes.len() > MAX_SIGNATURE {
            return Err(VerifyError::MalformedSignature);
        }
        Ok(Self(bytes))
    }

    /// What signature this is, as far as its bytes tell.
    pub(crate) fn form(&self, contracts_are_asked: bool) -> Result<Form, VerifyError> {
        if self.0.ends_with(&ERC6492) {
            return Err(VerifyError::Erc6492);
        }
        if self.0.ends_with(&ERC8010) {
            return Err(VerifyError::Erc8010);
        }
        match RecoverableSignature::from_bytes(&self.0) {
            Ok(Some(signature)) => Ok(Form::OfKey(signature)),
            // Contracts may have 65 bytes of their own kind.
            _ if contracts_are_asked => Ok(Form::OfContract),
            Err(Malleable) => Err(VerifyError::MalleableSignature),
            Ok(None) => Err(VerifyError::UnsupportedSignature),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

pub(crate) enum Form {
    /// A key may have made it.
    OfKey(RecoverableSignature),
    /// No key has made it.
    OfContract,
}

impl FromStr for Signature {
    type Err = VerifyError;

    fn from_str(text: &str) -> Result<Self, VerifyError> {
        let digits = text.strip_prefix("0x").ok_or(VerifyError::MalformedSignature)?;
        // What decodes would take a second prefix.
        if digits.len() > 2 * MAX_SIGNATURE || digits.starts_with("0x") {
            return Err(VerifyError::MalformedSignature);
        }
        hex::decode(digits).map(Self).map_err(|_| VerifyError::MalformedSignature)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature").field("bytes", &self.0.len()).finish_non_exhaustive()
    }
}

const MAX_SIGNATURE: usize = 8 * 1024;

/// How the signature of an account that is not deployed ends (ERC-6492).
const ERC6492: [u8; 32] = hex!("6492649264926492649264926492649264926492649264926492649264926492");
/// How the signature of a pre-delegated account ends (ERC-8010).
const ERC8010: [u8; 32] = hex!("8010801080108010801080108010801080108010801080108010801080108010");
