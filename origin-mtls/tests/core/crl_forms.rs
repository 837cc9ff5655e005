//! Revocation lists: what is one, of whom, and where they are read from.

use origin_mtls::{ConfigError, Crls, VerifyError};
use rcgen::{
    KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256, PKCS_RSA_SHA384,
    SigningKey as _,
};

use crate::crls::{Der, empty, revoked_by, verdict};
use crate::der::{bits, element, integer, octets, sequence};
use crate::lists::{CRL_NUMBER, DELTA_CRL, ISSUING_DISTRIBUTION_POINT, crl, number};
use crate::pki::{
    KEY_USAGE, OTHER_ROOT, ROOT, aki, algorithm, extension, key_usage, leaf, pem, root,
};
use crate::{trusting, trusting_all, trusting_root, verify};

fn no_list(list: Der) -> Option<ConfigError> {
    Crls::from_der([list]).err()
}

fn at_build(lists: impl IntoIterator<Item = Der>) -> Option<ConfigError> {
    trusting_root().crls(Crls::from_der(lists).unwrap()).build().err()
}

#[test]
fn refuses_to_be_built_with_a_list_that_names_an_anchor_and_is_not_signed_by_it() {
    let forged = crl(&root(), &ROOT).signed_by(&OTHER_ROOT);
    let refused = Some(ConfigError::CrlSignature);
    assert_eq!(at_build([forged.clone()]), refused);
    assert_eq!(at_build([empty(), forged.clone()]), refused);
    assert_eq!(at_build([forged, empty()]), refused);
    assert_eq!(at_build([empty()]), None);

    let signed = empty();
    for at in [signed.len() - 1, signed.len() / 3] {
        let mut altered = signed.to_vec();
        altered[at] ^= 1;
        if let Ok(lists) = Crls::from_der([Der::from(altered)]) {
            let refusal = trusting_root().crls(lists).build().err();
            assert_eq!(refusal, refused, "byte {at}");
        }
    }
}

#[test]
fn refuses_to_be_built_with_a_list_of_an_anchor_that_may_sign_none() {
    let lists = || Crls::from_der([empty()]).unwrap();
    for (usage, expected) in [
        (&[5][..], Some(ConfigError::CrlSigner)),
        (&[0, 5], Some(ConfigError::CrlSigner)),
        (&[5, 6], None),
    ] {
        let policy = trusting(&root().with(key_usage(usage)));
        assert_eq!(policy.crls(lists()).build().err(), expected, "{usage:?}");
    }
    let policy = trusting(&root().without(KEY_USAGE));
    assert_eq!(policy.crls(lists()).build().err(), None);
}

#[test]
fn lists_signed_by_every_supported_kind_of_key_are_read() {
    for algorithm in [&PKCS_RSA_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let root = root().key(&key).with(aki(&key));
        let list = crl(&root, &key);
        let chain = [leaf().with(aki(&key)).signed_by(&key)];
        let policy = || trusting_all([root.signed_by(&key)]);
        assert_eq!(verdict(policy(), [list.signed_by(&key)], &chain), None);
        let revoking = list.clone().revoking(&leaf().serial).signed_by(&key);
        assert_eq!(verdict(policy(), [revoking], &chain), Some(VerifyError::Revoked));
        // By a key of the same kind.
        let other = KeyPair::generate_for(algorithm).unwrap();
        let lists = Crls::from_der([list.signed_by(&other)]).unwrap();
        assert_eq!(policy().crls(lists).build().err(), Some(ConfigError::CrlSignature));
    }
}

#[test]
fn a_list_is_signed_by_the_algorithm_that_it_names() {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let pkcs8 = key.serialized_der().into();
    let by_sha384 = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &PKCS_RSA_SHA384).unwrap();
    let root = root().key(&key).with(aki(&key));
    // The right key, and the algorithm of both: it is the hash that is another.
    let tbs = crl(&root, &key).tbs(&algorithm(&key));
    let of = |signer: &KeyPair| {
        let signature = bits(&signer.sign(&tbs).unwrap());
        let list = sequence(&[tbs.clone(), algorithm(&key), signature]);
        let lists = Crls::from_der([list.into()]).unwrap();
        trusting_all([root.signed_by(&key)]).crls(lists).build().err()
    };
    assert_eq!(of(&key), None);
    assert_eq!(of(&by_sha384), Some(ConfigError::CrlSignature));
}

#[test]
fn a_list_has_a_number_a_next_update_and_version_2() {
    let unsupported = Some(ConfigError::CrlUnsupported);
    let good = crl(&root(), &ROOT);
    assert_eq!(no_list(good.signed_by(&ROOT)), None);
    assert_eq!(no_list(good.clone().without(CRL_NUMBER).signed_by(&ROOT)), unsupported);
    let critical = good.clone().with(number(&[7]).critical());
    assert_eq!(no_list(critical.signed_by(&ROOT)), unsupported);
    let mut without = good.clone();
    without.next_update = None;
    assert_eq!(no_list(without.signed_by(&ROOT)), unsupported);
    let mut version_1 = good.clone();
    version_1.version = None;
    assert_eq!(no_list(version_1.signed_by(&ROOT)), unsupported);
    version_1.extensions.clear();
    assert_eq!(no_list(version_1.signed_by(&ROOT)), unsupported);
    let too_long = good.with(number(&[1; 21]));
    assert_eq!(no_list(too_long.signed_by(&ROOT)), unsupported);
}

#[test]
fn delta_and_indirect_lists_and_unknown_critical_extensions_are_not_supported() {
    let idp = |content| extension(ISSUING_DISTRIBUTION_POINT, sequence(&[content])).critical();
    // indirectCRL [4], onlySomeReasons [3], onlyContainsAttributeCerts [5].
    let indirect = idp(element(0x84, [0xff]));
    let reasons = idp(element(0x83, [1, 0x40]));
    let attributes = idp(element(0x85, [0xff]));
    let delta = extension(DELTA_CRL, integer([1])).critical();
    let unknown = extension("1.3.6.1.4.1.99999.3", octets([])).critical();
    for extension in [indirect, reasons, attributes, delta, unknown.clone()] {
        let list = crl(&root(), &ROOT).with(extension.clone()).signed_by(&ROOT);
        assert_eq!(no_list(list), Some(ConfigError::CrlUnsupported), "{}", extension.id);
    }
    let known = crl(&root(), &ROOT).with(unknown.not_critical());
    assert_eq!(revoked_by([known.signed_by(&ROOT)]), None);
}

#[test]
fn what_is_no_list_is_malformed() {
    let list = empty();
    for bytes in [&[][..], b"not a list", &[list.as_ref(), &[0]].concat(), &root().signed_by(&ROOT)]
    {
        assert_eq!(no_list(bytes.to_vec().into()), Some(ConfigError::CrlMalformed));
    }
    for length in 0..list.len() {
        assert!(no_list(list[..length].to_vec().into()).is_some(), "{length}");
    }
}

#[test]
fn there_are_1_to_64_lists() {
    let lists = |count| Crls::from_der(vec![empty(); count]).map(drop);
    assert_eq!(lists(0), Err(ConfigError::NoCrl));
    assert_eq!(lists(1), Ok(()));
    assert_eq!(lists(64), Ok(()));
    assert_eq!(lists(65), Err(ConfigError::TooMany));
}

#[test]
fn pem_holds_lists_and_what_else_is_in_it_does_not_count() {
    let list = pem("X509 CRL", &empty());
    let certificate = pem("CERTIFICATE", &root().signed_by(&ROOT));
    let revoking = crl(&root(), &ROOT).number(&[8]).revoking(&leaf().serial).signed_by(&ROOT);
    let revoking = pem("X509 CRL", &revoking);
    let of_pem = |pem: String| {
        let policy = trusting_root().crls(Crls::from_pem(pem)?).build()?;
        Ok::<_, ConfigError>(verify(&policy, &[leaf().signed_by(&ROOT)]).err())
    };
    let revoked = Ok(Some(VerifyError::Revoked));
    assert_eq!(of_pem(list.clone()), Ok(None));
    assert_eq!(of_pem(format!("{certificate}{list}")), Ok(None));
    assert_eq!(of_pem(format!("{list}{revoking}")), revoked);
    assert_eq!(of_pem(format!("{revoking}\nsomething\n{list}")), revoked);
    assert_eq!(of_pem(String::new()), Err(ConfigError::NoCrl));
    assert_eq!(of_pem(certificate), Err(ConfigError::NoCrl));
    assert_eq!(of_pem(list.replace("END", "EMD")), Err(ConfigError::Pem));
    assert_eq!(of_pem(list.replacen("\nM", "\n*", 1)), Err(ConfigError::Pem));
}
