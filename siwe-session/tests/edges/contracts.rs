//! Wallets that are contracts, asked while a sign-in waits.

use std::future::{pending, ready};

use siwe_session::{
    ContractCall, ContractError, ContractFuture, ContractVerifier, Nonces, SiweLogin, VerifyError,
};

use crate::support::{browser, message, sign_in, verifier, wallet};

/// Says what it is told to.
#[derive(Clone, Copy, Debug)]
enum Contracts {
    Fail,
    Hang,
    Say(bool),
}

impl ContractVerifier for Contracts {
    fn is_valid_signature(&self, call: ContractCall) -> ContractFuture<'_> {
        assert_eq!((call.chain_id(), call.address()), (1, wallet().address()));
        match *self {
            Self::Fail => Box::pin(ready(Err(ContractError::new("down")))),
            Self::Hang => Box::pin(pending()),
            Self::Say(is_valid) => Box::pin(ready(Ok(is_valid))),
        }
    }
}

async fn outcome(contracts: Contracts, signature: &str) -> Result<bool, VerifyError> {
    let siwe = SiweLogin::builder(verifier(), Nonces::single_process()).contracts(contracts);
    let siwe = siwe.build().unwrap();
    let message = message(&siwe);
    let login = siwe.login(message.as_str(), signature, Some(&browser())).await;
    // Whatever was said: the nonce is burned.
    assert_eq!(sign_in(&siwe, &message).await.unwrap_err(), VerifyError::UsedNonce);
    login.map(|login| login.is_contract())
}

#[tokio::test(start_paused = true)]
async fn a_contract_says_whether_the_signature_is_its_own() {
    for signature in ["0x", "0x01", &format!("0x{}", "11".repeat(65))] {
        assert_eq!(outcome(Contracts::Say(true), signature).await, Ok(true));
        let refused = outcome(Contracts::Say(false), signature).await;
        assert_eq!(refused, Err(VerifyError::ContractRefused));
        for silent in [Contracts::Fail, Contracts::Hang] {
            let refused = outcome(silent, signature).await;
            assert_eq!(refused, Err(VerifyError::ContractUnavailable));
        }
    }
}

#[tokio::test]
async fn a_key_signs_in_whatever_contracts_say() {
    for contracts in [Contracts::Say(false), Contracts::Fail] {
        let siwe = SiweLogin::builder(verifier(), Nonces::single_process()).contracts(contracts);
        let siwe = siwe.build().unwrap();
        let login = sign_in(&siwe, &message(&siwe)).await.unwrap();
        assert!(!login.is_contract());
    }
}
