//! Less than a sign-in. What is here proves nothing about time, audience or nonce, and makes no
//! [`Login`](crate::Login).

use crate::signature::Form;
use crate::{Message, Signature, VerifyError};

/// Whether the key of the message's address signed this text, at some time, for somebody.
///
/// # Security
///
/// Whoever has seen the message and its signature can send them again, and a message that was signed for
/// another site holds as well.
///
/// # Errors
///
/// [`VerifyError::BadSignature`], or what the signature's form tells.
pub fn verify_signature(message: &Message<'_>, signature: &Signature) -> Result<(), VerifyError> {
    let Form::OfKey(signature) = signature.form(false)? else {
        return Err(VerifyError::UnsupportedSignature);
    };
    if signature.address(&message.hash()) == Some(message.address()) {
        Ok(())
    } else {
        Err(VerifyError::BadSignature)
    }
}
