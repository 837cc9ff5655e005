//! What callers may rely on to pass the values on: between threads, and by copying.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;

use siwe_session::endpoints::{SignIn, Transport};
use siwe_session::{
    AssertionSigner, Audience, BrowserBinding, BurnKey, Checked, Claims, ConfigError, Consumed,
    ContractCall, ContractError, ContractQuestion, Field, ForwardedIdentity, Grammar,
    IdentityError, IdentityHeader, IdentityTrust, KeyRing, Login, LoginDenied, LoginVerifier,
    LoginVerifierBuilder, MemoryNonces, Message, MessageBuilder, Migration, MigrationStep, Nonce,
    NonceKeys, Nonces, OldSession, ParseError, Problem, RouteTable, Routes, Session, SessionError,
    SessionId, SessionKey, SessionToken, SessionTokens, SessionTokensBuilder, SignInError,
    Signature, SiweLogin, SiweLoginBuilder, SiweSession, SiweSessionBuilder, StoreError, Timestamp,
    Verification, VerifyError,
};

fn is_a_handle<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
fn is_passed_on<T: Debug + Send + Sync + Unpin + 'static>() {}
fn is_a_value<T: Copy + Eq + Debug + Send + Sync + 'static>() {}
fn is_a_key<T: Clone + Eq + Hash + Send + Sync + 'static>() {}
fn is_an_error<T: Error + Send + Sync + 'static>() {}
fn is_text<T: Display + FromStr>() {}

#[test]
fn everything_goes_to_any_thread_and_handles_can_be_cloned() {
    is_a_handle::<LoginVerifier>();
    is_a_handle::<SiweLogin>();
    is_a_handle::<NonceKeys>();
    is_a_handle::<Nonces>();
    is_a_handle::<Audience>();
    is_a_handle::<Message<'static>>();
    is_a_handle::<MessageBuilder>();
    is_a_handle::<Signature>();
    is_a_handle::<Login>();
    is_a_handle::<Routes>();
    is_a_handle::<RouteTable>();
    is_a_handle::<ContractCall>();
    is_a_handle::<SiweSession>();
    is_a_handle::<SessionTokens>();
    is_a_handle::<SessionKey>();
    is_a_handle::<KeyRing>();
    is_a_handle::<Session>();
    is_a_handle::<SessionToken<'static>>();
    is_a_handle::<Claims>();
    is_a_handle::<Routes>();
    is_a_handle::<RouteTable>();
    is_a_handle::<Migration>();
    is_a_handle::<IdentityHeader>();
    is_a_handle::<AssertionSigner>();
    is_a_handle::<IdentityTrust>();
    is_a_handle::<SignIn>();
    is_passed_on::<LoginVerifierBuilder>();
    is_passed_on::<SessionTokensBuilder>();
    is_passed_on::<SiweSessionBuilder>();
    is_passed_on::<SiweLoginBuilder>();
    is_passed_on::<MemoryNonces>();
    is_passed_on::<Checked<'static>>();
    is_passed_on::<Consumed<'static>>();
    is_passed_on::<Verification<'static>>();
    is_passed_on::<ContractQuestion<'static>>();
}

#[test]
fn names_times_and_errors_are_copied_and_can_be_counted_by() {
    is_a_value::<Nonce>();
    is_a_value::<BurnKey>();
    is_a_value::<BrowserBinding>();
    is_a_value::<Timestamp>();
    is_a_value::<Grammar>();
    is_a_value::<Field>();
    is_a_value::<Problem>();
    is_a_value::<ParseError>();
    is_a_value::<VerifyError>();
    is_a_value::<ConfigError>();
    is_a_value::<SessionId>();
    is_a_value::<OldSession>();
    is_a_value::<MigrationStep>();
    is_a_value::<ForwardedIdentity>();
    is_a_value::<Transport>();
    is_a_value::<SessionError>();
    is_a_value::<IdentityError>();
    is_a_value::<SignInError>();
    is_a_value::<LoginDenied>();
    is_a_key::<SessionId>();
    is_a_key::<SessionError>();
    is_a_key::<IdentityError>();
    is_a_key::<SignInError>();
    is_a_key::<BurnKey>();
    is_a_key::<Timestamp>();
    is_a_key::<VerifyError>();
    is_text::<Timestamp>();
    is_text::<BrowserBinding>();
}

#[test]
fn what_went_wrong_is_an_error_that_can_be_boxed() {
    is_an_error::<VerifyError>();
    is_an_error::<ParseError>();
    is_an_error::<ConfigError>();
    is_an_error::<SessionError>();
    is_an_error::<IdentityError>();
    is_an_error::<SignInError>();
    is_an_error::<LoginDenied>();
    is_an_error::<StoreError>();
    is_an_error::<ContractError>();
}

#[test]
fn a_failure_has_its_cause_as_its_source() {
    for (error, text) in [
        (&StoreError::new("it is full") as &dyn Error, "the store of nonces failed"),
        (&ContractError::new("it is full"), "the contract cannot be asked"),
    ] {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.source().unwrap().to_string(), "it is full");
    }
}
