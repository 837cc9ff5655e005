//! A time, and certificates behind their lengths, as a client shows them to four policies: what is
//! accepted is accepted by webpki too, with the anchor that was found and its newest revocation list,
//! and is what a second reader asks for. Under signatures that all hold, and under real ones.

#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target};
use origin_mtls::{Crls, EdgeIdentity, OriginPullPolicy, OriginPullPolicyBuilder};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use sha2::{Digest, Sha256};
use webpki::{
    EndEntityCert, ExpirationPolicy, KeyUsage, OwnedCertRevocationList, RevocationOptionsBuilder,
};

use edgeproof_fuzz::origin_mtls::der::{
    CERT_SIGN, CLIENT_AUTH, COMMON_NAME, CRL_SIGN, Certificate, DIGITAL_SIGNATURE,
};
use edgeproof_fuzz::origin_mtls::mutate::{Form, frames};
use edgeproof_fuzz::origin_mtls::pki::{ANCHORS, ANY, Algorithms, NOW, anchors, at, real};
use edgeproof_fuzz::origin_mtls::{der, mutate};

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    let now = TIMES[usize::from(*choice) % TIMES.len()];
    let chain: Vec<_> = frames(rest).into_iter().map(CertificateDer::from).collect();
    for setups in &*SETUPS {
        let [default, strict, listed, narrow] = setups.each_ref().map(|of| of.accepts(&chain, now));
        assert!(default || !strict && !listed, "more by asking for more");
        assert!(strict || !narrow, "more by asking for more");
        // Whom no signature keeps out is not let in by real ones.
        if !default {
            break;
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(FORM, data, size, max_size, seed)
});

fuzz_crossover!(|into: &[u8], from: &[u8], out: &mut [u8], seed: u32| {
    mutate::cross(FORM, into, from, out, seed)
});

const FORM: Form = Form::Framed { behind: 1 };

/// What a policy asks for, once more.
struct Setup {
    policy: OriginPullPolicy,
    algorithms: Algorithms,
    has_lists: bool,
    is_strict: bool,
    is_narrow: bool,
    max_intermediates: usize,
    max_bytes: usize,
    max_days: i64,
    min_rsa_bits: usize,
}

impl Setup {
    fn accepts(&self, chain: &[CertificateDer<'_>], now: SystemTime) -> bool {
        let Ok(identity) = self.policy.verify(chain, now) else { return false };
        assert_eq!(identity.chain(), chain);
        assert!(chain.len() - 1 <= self.max_intermediates);
        assert!(chain.iter().map(|der| der.len()).sum::<usize>() <= self.max_bytes);

        assert!(identity.holds_at(now));
        let holding = TIMES.iter().filter(|time| identity.holds_at(**time));
        for time in holding.clone().min().into_iter().chain(holding.max()) {
            assert!(self.policy.verify(chain, *time).is_ok(), "said to hold at {time:?}");
        }

        let read = chain.iter().map(|der| Certificate::read(der));
        let [Some(leaf), intermediates @ ..] = &read.collect::<Vec<_>>()[..] else { panic!() };
        self.check_leaf(leaf);
        self.check_identity(&identity, leaf);
        let place = (0..4).find(|place| pin(&ROOTS[*place]) == *identity.anchor().as_bytes());
        let place = place.expect("an anchor of the policy");
        self.check_path(leaf, intermediates, &ROOTS[place], now);
        self.ask_webpki(chain, place, now);
        true
    }

    /// RFC 5280 §4.2.1, and the strict profile.
    fn check_leaf(&self, leaf: &Certificate<'_>) {
        assert_eq!(leaf.version, [2, 1, 2]);
        let ids: HashSet<_> = leaf.extensions.iter().map(|extension| extension.id).collect();
        assert_eq!(ids.len(), leaf.extensions.len(), "an extension twice");
        assert!(!OF_AUTHORITIES.iter().any(|id| leaf.extension(*id).is_some()));
        let signing = DIGITAL_SIGNATURE | CERT_SIGN | CRL_SIGN;
        let usage = leaf.key_usage().map(|usage| usage & signing == DIGITAL_SIGNATURE);
        assert!(usage.unwrap_or(!self.is_strict), "key usage");
        let purposes = leaf.purposes().map(|ids| match self.is_strict {
            true => ids.iter().all(|id| *id == CLIENT_AUTH),
            false => ids.contains(&CLIENT_AUTH),
        });
        assert!(purposes.unwrap_or(!self.is_strict), "extended key usage");
        assert!(leaf.has_key(self.min_rsa_bits));
        let seconds = leaf.not_after.unwrap() - leaf.not_before.unwrap();
        assert!(seconds <= self.max_days * 86400, "valid for too long");
        let has_key_identifier = leaf.extension(AUTHORITY_KEY_IDENTIFIER).is_some();
        assert!(!self.is_strict || leaf.serial.len() <= 20 && has_key_identifier);
    }

    /// It is what the certificate says, and what the policy asks for.
    fn check_identity(&self, identity: &EdgeIdentity, leaf: &Certificate<'_>) {
        let [common_name, organization] = [COMMON_NAME, ORGANIZATION].map(|id| leaf.subject(id));
        let text = |value: &der::Value<'_>| match value.tag {
            0x0c | 0x13 | 0x16 => String::from_utf8(value.content.to_vec()).ok(),
            _ => None,
        };
        let only = |name: &[der::Value<'_>]| if name.len() == 1 { text(&name[0]) } else { None };
        assert_eq!(identity.common_name(), only(&common_name).as_deref());
        assert_eq!(identity.organization(), only(&organization).as_deref());
        assert_eq!(identity.serial(), leaf.serial);
        assert_eq!(*identity.pin().as_bytes(), pin(leaf));
        let uris = leaf.uris();
        assert!(identity.uris().map(str::as_bytes).all(|uri| uris.contains(&uri)));
        if self.is_narrow {
            assert!(PINS.contains(&&*identity.pin().to_string()), "not pinned");
            assert_eq!(identity.common_name(), Some(CLIENT));
            assert_eq!(identity.organization(), Some("Plue"));
            assert_eq!(uris, [URI.as_bytes()]);
        }
    }

    fn check_path(
        &self,
        leaf: &Certificate<'_>,
        intermediates: &[Option<Certificate<'_>>],
        root: &Certificate<'_>,
        now: SystemTime,
    ) {
        let now = now.duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        let of_root = root.not_before.unwrap()..=root.not_after.unwrap();
        assert!(of_root.contains(&now), "the anchor's time");
        assert!(!self.has_lists || now >= LISTS_SINCE, "a list of the future");
        match intermediates {
            [] => assert!(leaf.issuer == root.subject),
            [Some(authority)] if self.is_strict || leaf.issuer != root.subject => {
                assert!(leaf.issuer == authority.subject && authority.issuer == root.subject);
                assert!(!self.is_strict || authority.spki != root.spki, "the root itself");
                let may_sign = authority.key_usage().map(|usage| usage & CERT_SIGN != 0);
                assert!(may_sign.unwrap_or(!self.is_strict), "key usage of an authority");
                assert!(!self.has_lists || now >= LIST_OF_INTERMEDIATE_SINCE);
            }
            _ => assert!(!self.is_strict),
        }
    }

    fn ask_webpki(&self, chain: &[CertificateDer<'_>], place: usize, now: SystemTime) {
        let lists = NEWEST.iter().filter(|(_, signer)| signer.is_none_or(|of| of == place));
        let lists = lists.map(|(der, _)| OwnedCertRevocationList::from_der(der).unwrap().into());
        let lists: Vec<_> = lists.collect();
        let lists: Vec<_> = lists.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&lists).unwrap();
        let revocation = revocation.with_expiration_policy(ExpirationPolicy::Enforce).build();
        let root = CertificateDer::from(ANCHORS[place]);
        let root = [webpki::anchor_from_trusted_cert(&root).unwrap()];
        let leaf = EndEntityCert::try_from(&chain[0]).unwrap();
        let path = leaf.verify_for_usage(
            self.algorithms,
            &root,
            &chain[1..],
            UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).unwrap()),
            KeyUsage::client_auth(),
            self.has_lists.then_some(revocation),
            None,
        );
        assert!(path.is_ok(), "refused by webpki: {:?}", path.err());
    }
}

fn pin(certificate: &Certificate<'_>) -> [u8; 32] {
    Sha256::digest(certificate.spki.whole).into()
}

static SETUPS: LazyLock<[[Setup; 4]; 2]> = LazyLock::new(|| {
    [ANY, real()].map(|algorithms| {
        let builder = || OriginPullPolicy::builder(anchors(), algorithms);
        // The older one of an authority first.
        let lists = [ROOT_OLD, ROOT_NEW, SAME_NAME, INTERMEDIATE];
        let lists = lists.map(CertificateRevocationListDer::from);
        let listed = builder().crls(Crls::from_der(lists[..3].to_vec()).unwrap());
        let listed = listed.max_validity(Duration::from_secs(400 * 86400)).min_rsa_bits(3072);
        let narrow = PINS.iter().fold(builder(), |builder, pin| builder.pin(pin.parse().unwrap()));
        let narrow = narrow.strict().crls(Crls::from_der(lists).unwrap()).max_chain_bytes(1024);
        let narrow = narrow.common_name(CLIENT).organization("Plue").uri(URI);
        let setup = |builder: OriginPullPolicyBuilder| Setup {
            policy: builder.build().unwrap(),
            algorithms,
            has_lists: false,
            is_strict: false,
            is_narrow: false,
            max_intermediates: 2,
            max_bytes: 16 << 10,
            max_days: i64::MAX / 86400,
            min_rsa_bits: 2048,
        };
        let strict = Setup {
            is_strict: true,
            max_intermediates: 1,
            max_days: 825,
            ..setup(builder().strict())
        };
        let narrow = Setup {
            has_lists: true,
            is_strict: true,
            is_narrow: true,
            max_intermediates: 1,
            max_bytes: 1024,
            max_days: 825,
            ..setup(narrow)
        };
        let listed = Setup { has_lists: true, max_days: 400, min_rsa_bits: 3072, ..setup(listed) };
        let setups = [setup(builder()), strict, listed, narrow];
        // Or nothing would be asserted about anything.
        let good = CertificateDer::from(&include_bytes!("../seeds/origin_mtls_verify/client")[3..]);
        let chain = [good];
        assert!(setups.iter().all(|setup| setup.accepts(&chain, TIMES[0])));
        setups
    })
});

static ROOTS: LazyLock<[Certificate<'static>; 4]> =
    LazyLock::new(|| ANCHORS.map(|der| Certificate::read(der).unwrap()));

/// What the first byte of an input chooses from: around the dates of the certificates and lists.
static TIMES: LazyLock<[SystemTime; 17]> = LazyLock::new(|| {
    const FAR: u64 = i64::MAX as u64;
    [
        at(NOW),
        at(CLIENT_SINCE - 1),
        at(CLIENT_SINCE),
        at(CLIENT_UNTIL),
        at(CLIENT_UNTIL + 1),
        at(LISTS_SINCE as u64),
        at(LISTS_SINCE as u64 - 1),
        at(LIST_OF_ROOT_UNTIL),
        at(LIST_OF_ROOT_UNTIL - 1),
        at(ROOT_RSA_UNTIL),
        at(ROOT_RSA_UNTIL + 1),
        at(1_893_456_000), // 2030-01-01
        UNIX_EPOCH - Duration::from_secs(1),
        UNIX_EPOCH,
        at(FAR),
        at(1_843_430_400), // 2028-06-01
        at(LIST_OF_INTERMEDIATE_SINCE as u64 - 1),
    ]
});

/// 2027-01-01 and 2028-01-01.
const CLIENT_SINCE: u64 = 1_798_761_600;
const CLIENT_UNTIL: u64 = 1_830_297_600;
/// 2027-05-01 and 2027-05-10.
const LISTS_SINCE: i64 = 1_809_129_600;
const LIST_OF_INTERMEDIATE_SINCE: i64 = LISTS_SINCE + 9 * 86400;
/// 2027-12-01.
const LIST_OF_ROOT_UNTIL: u64 = 1_827_619_200;
/// 2027-07-01.
const ROOT_RSA_UNTIL: u64 = 1_814_400_000;

/// The lists, behind the length of each.
const ROOT_OLD: &[u8] = include_bytes!("../seeds/origin_mtls_crl/root_old").split_at(2).1;
const ROOT_NEW: &[u8] = include_bytes!("../seeds/origin_mtls_crl/root_new").split_at(2).1;
const SAME_NAME: &[u8] = include_bytes!("../seeds/origin_mtls_crl/same_name").split_at(2).1;
const INTERMEDIATE: &[u8] = include_bytes!("../seeds/origin_mtls_crl/intermediate").split_at(2).1;

/// The newest list of each anchor, and those of no anchor.
const NEWEST: [(&[u8], Option<usize>); 3] =
    [(ROOT_NEW, Some(0)), (SAME_NAME, Some(1)), (INTERMEDIATE, None)];

/// Of the clients of the two anchors of one name, and of the intermediate authority.
const PINS: [&str; 3] = [
    "sha256/U1CsdzT2fbhzFefR+II4jN0S3qkK0IgQHKGqOsXarLc=",
    "sha256/tgcXgpUPYB3wjNimSeAwOO5ci3ETjRKgHWVZnc0vKOc=",
    "sha256/FVsnTLCyJNxaDw2ZCUQUZN6aMQ+bIjUL1EBd5pA23xw=",
];
const CLIENT: &str = "Cloudflare Origin Pull";
const URI: &str = "spiffe://plue.dev/edge";

/// Name constraints, policy mappings, policy constraints, inhibit any-policy.
const OF_AUTHORITIES: [u8; 4] = [30, 33, 36, 54];
const AUTHORITY_KEY_IDENTIFIER: u8 = 35;
const ORGANIZATION: u8 = 10;
