//! Which signatures are a key's. The variants of one signature stand in `vectors.rs`.

use alloy_primitives::{Address, hex};
use siwe_session::testing::Wallet;
use siwe_session::{
    Audience, ContractCall, LoginVerifier, Message, Signature, Verification, VerifyError, danger,
};

use crate::{audience, browser, keys, message, now, verifier, wallet};

fn signed() -> (Message<'static>, Vec<u8>) {
    let message = message(&verifier()).build().unwrap();
    let signature = hex::decode(wallet().sign(&message)).unwrap();
    (message, signature)
}

fn verify(message: &Message<'_>, signature: &[u8]) -> Result<(), VerifyError> {
    danger::verify_signature(message, &Signature::from_bytes(signature)?)
}

#[test]
fn a_wallet_has_the_address_of_its_key() {
    let known: Address = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1".parse().unwrap();
    assert_eq!(wallet().address(), known);
    assert_ne!(Wallet::new().address(), Wallet::new().address());
}

#[test]
fn the_last_byte_is_one_of_four() {
    let (message, mut signature) = signed();
    let parity = (signature[64] - 27) % 2;
    for v in 0..=255 {
        signature[64] = v;
        let expected = match v {
            0 | 1 | 27 | 28 if (v + u8::from(v > 1)) % 2 == parity => Ok(()),
            0 | 1 | 27 | 28 => Err(VerifyError::BadSignature),
            _ => Err(VerifyError::UnsupportedSignature),
        };
        assert_eq!(verify(&message, &signature), expected, "{v}");
    }
}

#[test]
fn a_signature_is_65_bytes_from_its_text() {
    let (message, signature) = signed();
    assert_eq!(verify(&message, &signature), Ok(()));
    for length in [0, 1, 63, 64, 66, 130] {
        let mut other = signature.clone();
        other.resize(length, 0);
        assert_eq!(verify(&message, &other), Err(VerifyError::UnsupportedSignature), "{length}");
    }
    let digits = hex::encode(&signature);
    assert!(format!("0x{}", digits.to_uppercase()).parse::<Signature>().is_ok());
    for text in [
        digits.clone(),
        format!("0X{digits}"),
        format!("0x0x{digits}"),
        format!("0x{digits}0"),
        format!("0x{digits} "),
        format!("0x{}zz", &digits[2..]),
        String::new(),
    ] {
        let refused = text.parse::<Signature>().unwrap_err();
        assert_eq!(refused, VerifyError::MalformedSignature, "{text}");
    }
    assert!(format!("0x{}", "00".repeat(8192)).parse::<Signature>().is_ok());
    assert!(format!("0x{}", "00".repeat(8193)).parse::<Signature>().is_err());
    assert!(Signature::from_bytes(vec![0; 8192]).is_ok());
    assert!(Signature::from_bytes(vec![0; 8193]).is_err());
}

#[test]
fn the_upper_half_of_s_is_refused_from_its_first_number() {
    let (message, mut signature) = signed();
    let half = hex!("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
    signature[32..64].copy_from_slice(&half);
    assert_eq!(verify(&message, &signature), Err(VerifyError::BadSignature));
    signature[63] += 1;
    assert_eq!(verify(&message, &signature), Err(VerifyError::MalleableSignature));
    signature[32] = 0xFF;
    assert_eq!(verify(&message, &signature), Err(VerifyError::MalleableSignature));
}

#[test]
fn what_only_a_contract_can_tell_is_asked_where_contracts_are() {
    let asking = LoginVerifier::builder(audience(), keys()).contracts().build().unwrap();
    let message = message(&asking).build().unwrap();
    let check = |verifier: &LoginVerifier, signature: &[u8]| {
        let signature = Signature::from_bytes(signature).unwrap();
        verifier.check(message.as_str(), &signature, Some(&browser()), now())
    };
    let of_key = hex::decode(wallet().sign(&message)).unwrap();
    let of_other = hex::decode(Wallet::from_key([2; 32]).sign(&message)).unwrap();
    let found = check(&asking, &of_key).unwrap().consume(true).unwrap().verify().unwrap();
    assert!(matches!(found, Verification::Login(_)), "a key needs no contract");

    // Of a Safe, which may have none; of other lengths; 65 bytes that no key made; of another key.
    let mut of_safe = of_key.clone();
    of_safe[64] = 31;
    let mut twin = of_key.clone();
    twin[32] = 0xFF;
    for signature in [&[][..], &[1], &[0; 200], &of_safe, &twin, &of_other] {
        let found = check(&asking, signature).unwrap().consume(true).unwrap().verify().unwrap();
        let Verification::AskContract(question) = found else { panic!("it was not asked") };
        let call = question.call();
        assert_eq!((call.chain_id(), call.address()), (1, wallet().address()));
        let calldata = call.calldata();
        assert!(calldata.ends_with(signature) || calldata[4..36] == message.hash()[..]);
        assert!(check(&verifier(), signature).is_err() || signature == of_other);
    }
    let ask = || {
        let found = check(&asking, &of_other).unwrap().consume(true).unwrap().verify().unwrap();
        let Verification::AskContract(question) = found else { panic!("it was not asked") };
        question
    };
    assert_eq!(ask().answer(false).unwrap_err(), VerifyError::ContractRefused);
    let login = ask().answer(true).unwrap();
    assert!(login.is_contract());
    assert_eq!(login.address(), wallet().address());
    let unasked = check(&asking, &of_other).unwrap().consume(true).unwrap().verify().unwrap();
    assert_eq!(unasked.login().unwrap_err(), VerifyError::ContractUnavailable);
}

#[test]
fn wrapped_signatures_are_told_whether_contracts_are_asked_or_not() {
    let builder = |audience: Audience| LoginVerifier::builder(audience, keys());
    let message = message(&verifier()).build().unwrap();
    let (erc6492, erc8010) = (hex!("6492").repeat(16), hex!("8010").repeat(16));
    for verifier in [builder(audience()).build(), builder(audience()).contracts().build()] {
        let verifier = verifier.unwrap();
        for (end, expected) in [(&erc6492, VerifyError::Erc6492), (&erc8010, VerifyError::Erc8010)]
        {
            let signature = Signature::from_bytes([&[7; 33][..], end].concat()).unwrap();
            let refused = verifier.check(message.as_str(), &signature, Some(&browser()), now());
            assert_eq!(refused.unwrap_err(), expected);
        }
    }
}

#[test]
fn a_contract_is_asked_on_the_chain_that_the_message_names() {
    let asking = LoginVerifier::builder(audience(), keys()).contracts().build().unwrap();
    for chain_id in [1, 8453] {
        let message = message(&asking).chain_id(chain_id).build().unwrap();
        let signature = Signature::from_bytes([7; 33]).unwrap();
        let checked = asking.check(message.as_str(), &signature, Some(&browser()), now()).unwrap();
        let found = checked.consume(true).unwrap().verify().unwrap();
        let Verification::AskContract(question) = found else { panic!("it was not asked") };
        assert_eq!(question.call().chain_id(), chain_id);
        let asked = ContractCall::new(chain_id, wallet().address(), message.hash(), [7; 33]);
        assert!(*question.call() == asked, "another question");
        let login = question.answer(true).unwrap();
        assert_eq!((login.chain_id(), login.is_contract()), (chain_id, true));
    }
}
