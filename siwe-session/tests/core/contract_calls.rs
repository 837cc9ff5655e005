//! What a contract is asked, byte by byte, and which answer is its yes.

use alloy_primitives::{Address, B256, U256, hex};
use serde_json::Value;
use siwe_session::ContractCall;

/// Of `isValidSignature(bytes32,bytes)`.
const SELECTOR: [u8; 4] = hex!("1626ba7e");

/// What viem makes of one question.
fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/erc1271_erc6492.json")).unwrap()
}

fn bytes(text: &Value) -> Vec<u8> {
    hex::decode(text.as_str().unwrap()).unwrap()
}

fn hash() -> Vec<u8> {
    bytes(&vectors()["hash"])
}

fn magic() -> Vec<u8> {
    bytes(&vectors()["erc1271"]["magic"])
}

fn calldata(signature: &[u8]) -> Vec<u8> {
    let hash = B256::from_slice(&hash());
    ContractCall::new(1, Address::repeat_byte(0x11), hash, signature).calldata()
}

#[test]
fn the_calldata_is_what_viem_makes() {
    let vectors = vectors();
    let expected = bytes(&vectors["erc1271"]["calldata"]);
    assert_eq!(calldata(&bytes(&vectors["signature"])), expected);
}

#[test]
fn a_signature_of_any_length_is_filled_up_to_whole_words() {
    for length in [0, 1, 31, 32, 33, 64, 65, 96, 8191, 8192] {
        let signature = vec![0xab; length];
        let data = calldata(&signature);
        let (head, tail) = data.split_at(4 + 3 * 32);
        assert_eq!(head[..4], SELECTOR);
        assert_eq!(head[4..36], hash());
        assert_eq!(U256::from_be_slice(&head[36..68]), U256::from(64));
        assert_eq!(U256::from_be_slice(&head[68..]), U256::from(length));
        assert_eq!(tail.len(), length.div_ceil(32) * 32, "{length}");
        let (signed, filling) = tail.split_at(length);
        assert_eq!(signed, signature);
        assert!(filling.iter().all(|byte| *byte == 0), "{length}");
    }
}

#[test]
fn the_magic_word_is_magic_and_may_be_followed() {
    let magic = magic();
    assert!(ContractCall::is_magic(&magic));
    assert!(ContractCall::is_magic(&[&magic[..], &[0xff; 32]].concat()));
}

#[test]
fn no_other_word_is_magic() {
    let magic = magic();
    for position in 0..32 {
        for bit in 0..8 {
            let mut other = magic.clone();
            other[position] ^= 1 << bit;
            assert!(!ContractCall::is_magic(&other), "bit {bit} of byte {position}");
        }
    }
    for length in 0..32 {
        assert!(!ContractCall::is_magic(&magic[..length]), "{length} bytes");
    }
    // A `bool` that is true, the word at the other end, and behind another.
    let mut one = [0; 32];
    one[31] = 1;
    assert!(!ContractCall::is_magic(&one));
    let mut left = [0; 32];
    left[28..].copy_from_slice(&SELECTOR);
    assert!(!ContractCall::is_magic(&left));
    assert!(!ContractCall::is_magic(&[&[0; 32][..], &magic].concat()));
}
