//! A message that is signed, and its signature altered: a byte chooses the message and one what is done,
//! and each four that follow alter the bytes. It holds where libsecp256k1 and `siwe` say that the message's
//! address signed, as far as it has 65 bytes, one of the four numbers that wallets write for `v`, and `s`
//! in the lower half; and nothing else does.

#![no_main]

use std::sync::LazyLock;

use alloy_primitives::{Address, hex};
use libfuzzer_sys::fuzz_target;
use secp256k1::SecretKey;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId, Signature as Normal};
use siwe_session::testing::Wallet;
use siwe_session::{Grammar, Message, Signature, VerifyError, danger};

use edgeproof_fuzz::siwe_session::{edited, message};

fuzz_target!(|input: &[u8]| {
    let Some((&[choice, what], edits)) = input.split_first_chunk() else { return };
    let (text, signature) = &SIGNED[usize::from(choice) % SIGNED.len()];
    let message = Message::parse(text, Grammar::Practice).unwrap();
    let signature = edited(changed(signature.clone(), what), edits);

    let outcome = Signature::from_bytes(signature.clone())
        .and_then(|signature| danger::verify_signature(&message, &signature));
    let expected = expected(&message, &signature);
    assert_eq!(outcome, expected);

    // What `siwe` takes besides: `v` of any number that is 0 or 1 after a division by 27.
    if let Ok(bytes) = signature.as_slice().try_into() {
        let siwe: siwe::Message = text.parse().unwrap();
        let is_v = matches!(signature[64], 0 | 1 | 27 | 28);
        assert_eq!(outcome.is_ok(), is_v && siwe.verify_eip191(bytes).is_ok(), "siwe");
    }

    let text = format!("0x{}", hex::encode(&signature));
    assert_eq!(text.parse::<Signature>(), Signature::from_bytes(signature));
});

fn expected(message: &Message<'_>, signature: &[u8]) -> Result<(), VerifyError> {
    let [erc6492, erc8010] = [[0x64, 0x92], [0x80, 0x10]].map(|two| two.repeat(16));
    if signature.ends_with(&erc6492) {
        return Err(VerifyError::Erc6492);
    }
    if signature.ends_with(&erc8010) {
        return Err(VerifyError::Erc8010);
    }
    let Some((compact, [v])) = signature.split_first_chunk::<64>() else {
        return Err(VerifyError::UnsupportedSignature);
    };
    let recovery_id = match v {
        0 | 27 => RecoveryId::Zero,
        1 | 28 => RecoveryId::One,
        _ => return Err(VerifyError::UnsupportedSignature),
    };
    let bad = VerifyError::BadSignature;
    match Normal::from_compact(compact) {
        Ok(read) => {
            let mut low = read;
            low.normalize_s();
            if low != read {
                return Err(VerifyError::MalleableSignature);
            }
        }
        // Not below the order, so in the upper half as well; or `r` is not.
        Err(_) if compact[32..] > HALF_ORDER[..] => return Err(VerifyError::MalleableSignature),
        Err(_) => return Err(bad),
    }
    let digest = secp256k1::Message::from_digest(message.hash().0);
    let key = RecoverableSignature::from_compact(compact, recovery_id)
        .and_then(|signature| signature.recover(digest))
        .map_err(|_| bad)?;
    let address = Address::from_raw_public_key(&key.serialize_uncompressed()[1..]);
    if address == message.address() { Ok(()) } else { Err(bad) }
}

/// The signature, or what can be made of it without the key.
fn changed(mut signature: Vec<u8>, what: u8) -> Vec<u8> {
    let number = what >> 3;
    match what & 7 {
        // Of any `v`.
        0 => signature[64] = number,
        1 => signature[64] = 27 * (number % 8) + signature[64] % 27,
        // The twin with the other `s`.
        2 => {
            let s = SecretKey::from_secret_bytes(signature[32..64].try_into().unwrap()).unwrap();
            signature[32..64].copy_from_slice(&s.negate().to_secret_bytes());
            signature[64] = 55 - signature[64];
        }
        // One of 64 bytes, with the parity in the highest bit (EIP-2098).
        3 => {
            let v = signature.pop().unwrap();
            signature[32] |= (v - 27) << 7;
        }
        4 => signature[..32].copy_from_slice(&EDGES[usize::from(number) % EDGES.len()]),
        5 => signature[32..64].copy_from_slice(&EDGES[usize::from(number) % EDGES.len()]),
        6 => signature.extend([[0x64, 0x92], [0x80, 0x10]][usize::from(number % 2)].repeat(16)),
        _ => {}
    }
    signature
}

/// 0 and 1, half of the order and one more, the order less one and the order, the prime of the field, and
/// all bits.
const EDGES: [[u8; 32]; 8] = [
    [0; 32],
    hex!("0000000000000000000000000000000000000000000000000000000000000001"),
    HALF_ORDER,
    hex!("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1"),
    hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"),
    hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
    hex!("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"),
    [0xFF; 32],
];

const HALF_ORDER: [u8; 32] =
    hex!("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

/// Messages, and their signatures: of both parities.
static SIGNED: LazyLock<[(String, Vec<u8>); 8]> = LazyLock::new(|| {
    let signed: [(String, Vec<u8>); 8] = std::array::from_fn(|nth| {
        let wallet = Wallet::from_key([u8::try_from(nth).unwrap() + 1; 32]);
        let text = message("abcdefgh").build().unwrap().as_str().to_owned();
        let (before, behind) = text.split_at(text.find("0x").unwrap());
        let text = format!("{before}{}{}", wallet.address().to_checksum(None), &behind[42..]);
        let signature = wallet.sign(&Message::parse(&text, Grammar::Strict).unwrap());
        (text, hex::decode(signature).unwrap())
    });
    assert!([27, 28].iter().all(|v| signed.iter().any(|(_, signature)| signature[64] == *v)));
    signed
});
