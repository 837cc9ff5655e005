use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::contract::ContractCall;
use crate::recover::RecoverableSignature;
use crate::{BurnKey, Login, Message, VerifyError};

/// A sign-in of which all holds that can be told without I/O: its nonce is to be burned next.
///
/// Made by [`LoginVerifier::check`](crate::LoginVerifier::check) alone. There is no way to a [`Login`]
/// around [`consume`](Self::consume):
///
/// ```compile_fail,E0599
/// # fn skip(checked: siwe_session::Checked<'_>) {
/// checked.verify();
/// # }
/// ```
///
/// and neither of these is made from parts:
///
/// ```compile_fail,E0451
/// # fn forge(checked: siwe_session::Checked<'static>) {
/// let consumed = siwe_session::Consumed { checked };
/// # }
/// ```
///
/// nor used for a second sign-in:
///
/// ```compile_fail,E0382
/// # fn twice(checked: siwe_session::Checked<'_>) -> Result<(), siwe_session::VerifyError> {
/// let first = checked.consume(true)?;
/// let second = checked.consume(true)?;
/// # Ok(())
/// # }
/// ```
pub struct Checked<'a> {
    pub(crate) message: Message<'a>,
    pub(crate) origin: Arc<str>,
    /// `None` if only a contract can have made it.
    pub(crate) key_signature: Option<RecoverableSignature>,
    /// `None` if contracts are not asked.
    pub(crate) contract_signature: Option<Vec<u8>>,
    pub(crate) burn_key: BurnKey,
    pub(crate) keep_for: Duration,
}

impl<'a> Checked<'a> {
    /// What the message says. Nobody is known to have signed it yet.
    #[must_use]
    pub fn claimed_message(&self) -> &Message<'a> {
        &self.message
    }

    /// The name under which the nonce is burned: to be put into a store, in one step, if it is not there.
    #[must_use]
    pub fn burn_key(&self) -> BurnKey {
        self.burn_key
    }

    /// For how long the store must keep it.
    #[must_use]
    pub fn keep_for(&self) -> Duration {
        self.keep_for
    }

    /// The same with a text of its own, where the store is asked by somebody else.
    #[must_use]
    pub fn into_owned(self) -> Checked<'static> {
        Checked {
            message: self.message.into_owned(),
            origin: self.origin,
            key_signature: self.key_signature,
            contract_signature: self.contract_signature,
            burn_key: self.burn_key,
            keep_for: self.keep_for,
        }
    }

    /// Takes the store's answer: whether the key was put, and so was not there.
    ///
    /// The nonce is burned before the signature is verified: whoever sends a message with a nonce of
    /// their browser's and a signature that does not hold has to ask for another nonce.
    ///
    /// # Errors
    ///
    /// [`VerifyError::UsedNonce`] if it was there.
    pub fn consume(self, was_put: bool) -> Result<Consumed<'a>, VerifyError> {
        if was_put { Ok(Consumed { checked: self }) } else { Err(VerifyError::UsedNonce) }
    }
}

impl fmt::Debug for Checked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked").field("message", &self.message).finish_non_exhaustive()
    }
}

/// A sign-in whose nonce has been burned for it: its signature is to be verified next.
#[derive(Debug)]
pub struct Consumed<'a> {
    checked: Checked<'a>,
}

impl<'a> Consumed<'a> {
    /// Verifies the signature, as far as a key's is concerned.
    ///
    /// An account that has code and a key as well (EIP-7702) signs in by its key, as any other.
    ///
    /// # Errors
    ///
    /// [`VerifyError::BadSignature`] if the address's key did not make it, and contracts are not asked.
    pub fn verify(self) -> Result<Verification<'a>, VerifyError> {
        let Checked { message, origin, key_signature, contract_signature, .. } = self.checked;
        let hash = message.hash();
        let address = key_signature.and_then(|signature| signature.address(&hash));
        if address == Some(message.address()) {
            return Ok(Verification::Login(Login::new(message, origin, false)));
        }
        let signature = contract_signature.ok_or(VerifyError::BadSignature)?;
        let call = ContractCall {
            chain_id: message.chain_id(),
            address: message.address(),
            hash,
            signature,
        };
        Ok(Verification::AskContract(ContractQuestion { message, origin, call }))
    }
}

/// What [`Consumed::verify`] found.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is no third: both must be handled")]
pub enum Verification<'a> {
    /// The address's key signed.
    Login(Login),
    /// It did not: the contract at the address may say that the signature is its own.
    AskContract(ContractQuestion<'a>),
}

impl Verification<'_> {
    /// The login, where contracts are not asked.
    ///
    /// # Errors
    ///
    /// [`VerifyError::ContractUnavailable`] if one would have to be.
    pub fn login(self) -> Result<Login, VerifyError> {
        match self {
            Self::Login(login) => Ok(login),
            Self::AskContract(_) => Err(VerifyError::ContractUnavailable),
        }
    }
}

/// A sign-in whose signature only a contract can verify.
#[derive(Debug)]
pub struct ContractQuestion<'a> {
    message: Message<'a>,
    origin: Arc<str>,
    call: ContractCall,
}

impl ContractQuestion<'_> {
    /// What to ask, on the chain that the message names.
    #[must_use]
    pub fn call(&self) -> &ContractCall {
        &self.call
    }

    /// Takes the contract's answer.
    ///
    /// # Errors
    ///
    /// [`VerifyError::ContractRefused`] if the signature is not valid.
    pub fn answer(self, is_valid: bool) -> Result<Login, VerifyError> {
        if !is_valid {
            return Err(VerifyError::ContractRefused);
        }
        Ok(Login::new(self.message, self.origin, true))
    }
}
