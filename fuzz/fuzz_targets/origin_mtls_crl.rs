//! Revocation lists, behind their lengths: a list that is taken for an anchor's verifies under webpki,
//! and of several the newest decides, in whatever order they come. Under signatures that all hold, and
//! under real ones.

#![no_main]

use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target};
use origin_mtls::{Crls, OriginPullPolicy, VerifyError};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, OwnedCertRevocationList, RevocationOptionsBuilder};

use edgeproof_fuzz::origin_mtls::der::{Certificate, all, extensions, first, time};
use edgeproof_fuzz::origin_mtls::mutate;
use edgeproof_fuzz::origin_mtls::mutate::{Form, frames};
use edgeproof_fuzz::origin_mtls::pki::{ANCHORS, ANY, Algorithms, NOW, anchors, at, real};

fuzz_target!(|input: &[u8]| {
    let lists = frames(input);
    let is_list = |der: &&[u8]| crls(&[*der]).is_some();
    assert_eq!(
        crls(&lists).is_some(),
        (1..=64).contains(&lists.len()) && lists.iter().all(is_list)
    );
    assert_eq!(Crls::from_pem(pem(&lists)).is_ok(), crls(&lists).is_some());
    let read = lists.iter().filter(|der| is_list(der)).map(|der| List::read(der));
    let read: Vec<_> = read.map(|list| list.expect("all that a list must have")).collect();

    for algorithms in [ANY, real()] {
        let Some(verdicts) = verdicts(&lists, algorithms) else { continue };
        let owned = |client: &Client| -> Vec<&List<'_>> {
            let named = read.iter().filter(|list| list.issuer == client.issuer.as_slice());
            named.filter(|list| client.issuer_signed(list.der, algorithms)).collect()
        };
        let owned: Vec<_> = CLIENTS.iter().map(owned).collect();
        for list in &read {
            let is_named = CLIENTS.iter().any(|client| client.issuer == list.issuer);
            let is_owned = owned.iter().flatten().any(|owned| owned.der == list.der);
            assert!(!is_named || is_owned, "an anchor's name, and nobody's signature");
        }
        assert!(owned[2].is_empty(), "of an anchor that may sign none");
        for ((client, lists), verdict) in CLIENTS.iter().zip(&owned).zip(&verdicts) {
            check_newest(lists, &client.serial, verdict.is_none());
        }

        if !read.iter().any(|list| read.iter().any(|other| list.is_twin_of(other))) {
            let mut lists = lists.clone();
            lists.reverse();
            assert_eq!(self::verdicts(&lists, algorithms).as_ref(), Some(&verdicts));
            lists.rotate_left(1);
            assert_eq!(self::verdicts(&lists, algorithms).as_ref(), Some(&verdicts));
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(FORM, data, size, max_size, seed)
});

fuzz_crossover!(|into: &[u8], from: &[u8], out: &mut [u8], seed: u32| {
    mutate::cross(FORM, into, from, out, seed)
});

const FORM: Form = Form::Framed { behind: 0 };

/// Of lists without a scope the newest one decides, if it is of now.
fn check_newest(lists: &[&List<'_>], serial: &[u8], is_accepted: bool) {
    let Some(newest) = lists.iter().max_by_key(|list| list.age()) else {
        return assert!(!is_accepted, "no list tells of it");
    };
    if lists.iter().any(|list| list.has_scope || list.is_twin_of(newest)) {
        return;
    }
    let is_of_now = (newest.this_update..newest.next_update).contains(&(NOW as i64));
    assert_eq!(is_accepted, is_of_now && !newest.revoked.contains(&serial));
}

fn crls(lists: &[&[u8]]) -> Option<Crls> {
    let owned = |der: &&[u8]| CertificateRevocationListDer::from(der.to_vec());
    Crls::from_der(lists.iter().map(owned)).ok()
}

fn pem(lists: &[&[u8]]) -> String {
    let block = |der: &&[u8]| {
        format!("-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n", STANDARD.encode(der))
    };
    lists.iter().map(block).collect()
}

/// What becomes of the clients under these lists.
fn verdicts(lists: &[&[u8]], algorithms: Algorithms) -> Option<Vec<Option<VerifyError>>> {
    let policy =
        OriginPullPolicy::builder(anchors(), algorithms).crls(crls(lists)?).build().ok()?;
    let verdict = |client: &Client| policy.verify(&[client.leaf.clone()], at(NOW)).err();
    Some(CLIENTS.iter().map(verdict).collect())
}

struct List<'a> {
    der: &'a [u8],
    issuer: &'a [u8],
    this_update: i64,
    next_update: i64,
    revoked: Vec<&'a [u8]>,
    number: &'a [u8],
    has_scope: bool,
}

impl<'a> List<'a> {
    fn read(der: &'a [u8]) -> Option<Self> {
        let (list, []) = first(der)? else { return None };
        let fields = all(first(list.content)?.0.content)?;
        let &[version, _, issuer, this_update, next_update, ref rest @ ..] = &fields[..] else {
            return None;
        };
        let entries = rest.iter().find(|value| value.tag == 0x30);
        let entries = all(entries.map_or(&[][..], |entries| entries.content))?;
        let behind = rest.iter().find(|value| value.tag == 0xa0)?;
        let extensions = extensions(first(behind.content)?.0)?;
        let extension = |id: u8| extensions.iter().find(|of| of.id == [0x55, 0x1d, id]);
        let number = extension(20).filter(|number| !number.is_critical)?;
        assert_eq!(version.content, [1]);
        assert!(extension(27).is_none(), "a delta");
        Some(Self {
            der,
            issuer: issuer.content,
            this_update: time(this_update)?,
            next_update: time(next_update)?,
            revoked: entries
                .iter()
                .map(|of| Some(first(of.content)?.0.content))
                .collect::<Option<_>>()?,
            number: first(number.value)?.0.content,
            has_scope: extension(28).is_some(),
        })
    }

    fn age(&self) -> (usize, &[u8], i64) {
        let zeros = self.number.iter().take_while(|byte| **byte == 0).count();
        let number = &self.number[zeros..];
        (number.len(), number, self.this_update)
    }

    /// Another one that is as new.
    fn is_twin_of(&self, other: &Self) -> bool {
        self.der != other.der && self.issuer == other.issuer && self.age() == other.age()
    }
}

struct Client {
    leaf: CertificateDer<'static>,
    serial: Vec<u8>,
    root: CertificateDer<'static>,
    issuer: Vec<u8>,
}

impl Client {
    /// By webpki's account, as far as it looks at the list.
    fn issuer_signed(&self, list: &[u8], algorithms: Algorithms) -> bool {
        let list = OwnedCertRevocationList::from_der(list).unwrap().into();
        let lists = [&list];
        let root = [webpki::anchor_from_trusted_cert(&self.root).unwrap()];
        let leaf = EndEntityCert::try_from(&self.leaf).unwrap();
        let found = leaf.verify_for_usage(
            algorithms,
            &root,
            &[],
            UnixTime::since_unix_epoch(at(NOW).duration_since(UNIX_EPOCH).unwrap()),
            KeyUsage::client_auth(),
            Some(RevocationOptionsBuilder::new(&lists).unwrap().build()),
            None,
        );
        // Either of an algorithm or of a key that is not the issuer's.
        !found.is_err_and(|error| format!("{error:?}").contains("CrlSign"))
    }
}

/// Of the first three of the anchors.
static CLIENTS: LazyLock<[Client; 3]> = LazyLock::new(|| {
    let leaves = [
        &include_bytes!("../seeds/origin_mtls_verify/client")[3..],
        &include_bytes!("../seeds/origin_mtls_verify/client_of_the_same_name")[3..],
        &include_bytes!("../seeds/origin_mtls_verify/client_of_rsa")[3..],
    ];
    let mut anchors = ANCHORS.iter();
    leaves.map(|leaf| {
        let root = *anchors.next().unwrap();
        Client {
            leaf: leaf.into(),
            serial: Certificate::read(leaf).unwrap().serial.to_vec(),
            root: root.into(),
            issuer: Certificate::read(root).unwrap().subject.content.to_vec(),
        }
    })
});
