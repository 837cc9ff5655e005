//! Random certificates, lists and demands, and another reading of which of them fit together.

use std::fmt::Debug;
use std::time::Duration;

use origin_mtls::{
    Crls, EdgeIdentity, OriginPullPolicy, OriginPullPolicyBuilder, SpkiPin, TrustAnchors,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rcgen::KeyPair;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use sha2::{Digest as _, Sha256};

use crate::der::{element, octets, sequence};
use crate::lists::{CRL_NUMBER, Crl, crl};
use crate::pki::{
    ANY_PURPOSE, BASIC_CONSTRAINTS, CLIENT_AUTH, COMMON_NAME, Cert, DAY, DNS, EXTENDED_KEY_USAGE,
    Extension, INTERMEDIATE, KEY_USAGE, NAME_CONSTRAINTS, NOW, ORGANIZATION, OTHER_ROOT, ROOT,
    SERVER_AUTH, URI, UTF8, basic_constraints, eku, extension, intermediate, key_usage, leaf,
    leaf_of_intermediate, modulus, name, rdns, root, rsa_spki, san,
};
use crate::{algorithms, at};

/// Everything that a policy can ask for, chosen at random.
#[derive(Clone, Debug)]
pub(crate) struct Demands {
    pub(crate) is_strict: bool,
    pub(crate) common_name: Option<&'static str>,
    pub(crate) organization: Option<&'static str>,
    pub(crate) dns_names: Vec<&'static str>,
    pub(crate) uris: Vec<&'static str>,
    pub(crate) pins: Vec<bool>,
    pub(crate) max_intermediates: Option<usize>,
    pub(crate) max_chain_bytes: usize,
    pub(crate) max_validity: Option<i64>,
    pub(crate) min_rsa_bits: usize,
}

/// A client with its authorities and lists, as they are before they are signed.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) root: Signed<Cert>,
    pub(crate) intermediate: Option<Signed<Cert>>,
    pub(crate) leaf: Signed<Cert>,
    pub(crate) extra: bool,
    pub(crate) lists: Vec<Signed<Crl>>,
    pub(crate) now: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Signed<T> {
    pub(crate) what: T,
    pub(crate) key: usize,
}

/// Where a name is chosen, it is one of these.
const NAMES: [&str; 3] = ["Cloudflare Client", "Cloudflare client", "Plue"];
const HOSTS: [&str; 3] = ["plue.dev", "PLUE.dev", "x.plue.dev"];
pub(crate) const IDS: [&str; 2] = ["spiffe://plue.dev/edge", "spiffe://plue.dev/x"];

fn key(number: usize) -> &'static KeyPair {
    [&*ROOT, &*INTERMEDIATE, &*OTHER_ROOT][number]
}

fn signed<T: Clone + Debug>(what: T, usual: usize) -> impl Strategy<Value = Signed<T>> {
    prop_oneof![20 => Just(usual), 1 => 0..3_usize]
        .prop_map(move |key| Signed { what: what.clone(), key })
}

/// The usual thing, or now and then another.
fn or<T: Clone + Debug + 'static>(usual: T, others: Vec<T>) -> impl Strategy<Value = T> {
    prop_oneof![6 => Just(usual), 1 => select(others)]
}

fn dates() -> impl Strategy<Value = (i64, i64)> {
    let spans = vec![
        (NOW, NOW),
        (NOW - 2, NOW - 1),
        (NOW + 1, NOW + 2),
        (NOW - 1000 * DAY, NOW + DAY),
        (NOW + 1, NOW - 1),
    ];
    or((NOW - 30 * DAY, NOW + 335 * DAY), spans)
}

fn constraints(usual: bool) -> impl Strategy<Value = Option<Extension>> {
    let others = vec![
        None,
        Some(basic_constraints(!usual, None)),
        Some(basic_constraints(usual, None).not_critical()),
        Some(basic_constraints(usual, usual.then_some(0))),
    ];
    or(Some(basic_constraints(usual, None)), others)
}

fn usage(usual: &'static [usize]) -> impl Strategy<Value = Option<Extension>> {
    let others: Vec<Option<Extension>> =
        [&[][..], &[0], &[5], &[6], &[5, 6], &[0, 2], &[0, 6]].map(|of| Some(key_usage(of))).into();
    or(Some(key_usage(usual)), [others, vec![None]].concat())
}

fn purposes(usual: Option<Extension>) -> impl Strategy<Value = Option<Extension>> {
    let sets = [&[CLIENT_AUTH][..], &[SERVER_AUTH], &[CLIENT_AUTH, SERVER_AUTH], &[ANY_PURPOSE]];
    or(usual, sets.map(|of| Some(eku(of))).into_iter().chain([None]).collect())
}

fn rare() -> impl Strategy<Value = Option<Extension>> {
    let hosts = sequence(&[element(0x82, "plue.dev")]);
    let names = extension(NAME_CONSTRAINTS, sequence(&[element(0xa0, hosts)]));
    let unknown = extension("1.3.6.1.4.1.99999.1", octets("x"));
    let others =
        [unknown.clone(), unknown.critical(), names.clone(), names.critical()].map(Some).into();
    or(None, others)
}

fn serial() -> impl Strategy<Value = Vec<u8>> {
    or(vec![0x11, 0x22, 0x33], vec![vec![0], vec![0x80], vec![1; 20], vec![1; 21], vec![7]])
}

fn build(mut cert: Cert, extensions: [Option<Extension>; 4], of: (Vec<u8>, (i64, i64))) -> Cert {
    cert.extensions.retain(|extension| {
        ![BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE].contains(&extension.id)
    });
    cert.extensions.extend(extensions.into_iter().flatten());
    (cert.serial, (cert.not_before, cert.not_after)) = of;
    cert
}

fn authority(cert: Cert) -> impl Strategy<Value = Cert> {
    let extensions = (constraints(true), usage(&[5, 6]), purposes(None), rare());
    (extensions, serial(), dates()).prop_map(move |((a, b, c, d), serial, dates)| {
        build(cert.clone(), [a, b, c, d], (serial, dates))
    })
}

fn client(of: Cert) -> impl Strategy<Value = Cert> {
    let extensions = (constraints(false), usage(&[0]), purposes(Some(eku(&[CLIENT_AUTH]))), rare());
    let keys: Vec<Vec<u8>> =
        [(1024, &[1, 0, 1][..]), (2048, &[1, 0, 1]), (2049, &[3]), (3072, &[3])]
            .map(|(bits, exponent)| rsa_spki(&modulus(bits), exponent))
            .into();
    let subject = subsequence(NAMES.to_vec(), 0..=3);
    let names = (subject, subsequence(HOSTS.to_vec(), 0..=3), subsequence(IDS.to_vec(), 0..=2));
    let version = or(Some(2), vec![None, Some(1)]);
    (extensions, serial(), dates(), or(of.spki.clone(), keys), names, version).prop_map(
        move |((a, b, c, d), serial, dates, spki, (subject, hosts, ids), version)| {
            let mut cert = build(of.clone(), [a, b, c, d], (serial, dates)).spki(spki);
            let subject: Vec<_> = subject
                .iter()
                .map(|name| {
                    let id = if *name == "Plue" { ORGANIZATION } else { COMMON_NAME };
                    (id, UTF8, name.as_bytes())
                })
                .collect();
            cert.subject = rdns(&subject);
            let hosts = hosts.iter().map(|host| (DNS, host.as_bytes()));
            let names: Vec<_> = hosts.chain(ids.iter().map(|id| (URI, id.as_bytes()))).collect();
            if !names.is_empty() {
                cert = cert.with(san(&names));
            }
            cert.version(version)
        },
    )
}

fn lists() -> impl Strategy<Value = Vec<Signed<Crl>>> {
    let list = |of: Crl, usual: usize| {
        let dates = or(
            (NOW - DAY, NOW + DAY),
            vec![(NOW, NOW + 1), (NOW - DAY, NOW), (NOW + 1, NOW + DAY)],
        );
        (dates, 5..9_u8, or(vec![9], vec![vec![0x11, 0x22, 0x33], vec![7]])).prop_flat_map(
            move |((this, next), number, revoked)| {
                let list = of.clone().dates(this, next).number(&[number]).revoking(&revoked);
                signed(list, usual)
            },
        )
    };
    let of_root = prop::collection::vec(list(crl(&root(), &ROOT), 0), 0..3);
    let of_intermediate = prop::collection::vec(list(crl(&intermediate(), &INTERMEDIATE), 1), 0..3);
    let both = (of_root, of_intermediate).prop_map(|(a, b)| [a, b].concat());
    prop_oneof![1 => Just(Vec::new()), 1 => both.prop_shuffle()]
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    let root = authority(root()).prop_flat_map(|root| signed(root, 0));
    let direct = (Just(None), client(leaf()).prop_flat_map(|leaf| signed(leaf, 0)));
    let below = (
        authority(intermediate()).prop_flat_map(|of| signed(of, 0)).prop_map(Some),
        client(leaf_of_intermediate()).prop_flat_map(|leaf| signed(leaf, 1)),
    );
    let path = prop_oneof![direct, below];
    (root, path, prop::bool::weighted(0.1), lists()).prop_map(
        |(root, (intermediate, leaf), extra, lists)| World {
            root,
            intermediate,
            leaf,
            extra,
            lists,
            now: NOW,
        },
    )
}

pub(crate) fn demands() -> impl Strategy<Value = Demands> {
    let names = (
        or(None, NAMES.map(Some).into()),
        or(None, vec![Some("Plue"), Some("plue")]),
        or(vec![], vec![vec!["plue.dev"], vec!["x.plue.dev", "y.plue.dev"]]),
        or(vec![], vec![vec![IDS[0]], IDS.to_vec()]),
        or(vec![], vec![vec![true], vec![false], vec![true, false]]),
    );
    let bounds = (
        or(None, vec![Some(0), Some(1), Some(2)]),
        or(16 << 10, vec![1 << 10]),
        or(None, vec![Some(365 * DAY), Some(2000 * DAY)]),
        or(2048, vec![3072]),
    );
    (any::<bool>(), names, bounds).prop_map(|(is_strict, names, bounds)| {
        let (common_name, organization, dns_names, uris, pins) = names;
        let (max_intermediates, max_chain_bytes, max_validity, min_rsa_bits) = bounds;
        Demands {
            is_strict,
            common_name,
            organization,
            dns_names,
            uris,
            pins,
            max_intermediates,
            max_chain_bytes,
            max_validity,
            min_rsa_bits,
        }
    })
}

impl Demands {
    fn configure(
        &self,
        mut policy: OriginPullPolicyBuilder,
        leaf: &Cert,
    ) -> OriginPullPolicyBuilder {
        if self.is_strict {
            policy = policy.strict();
        }
        if let Some(name) = self.common_name {
            policy = policy.common_name(name);
        }
        if let Some(name) = self.organization {
            policy = policy.organization(name);
        }
        policy = self.dns_names.iter().fold(policy, |policy, name| policy.dns_name(*name));
        policy = self.uris.iter().fold(policy, |policy, uri| policy.uri(*uri));
        for is_its in &self.pins {
            let of = if *is_its { leaf.spki.clone() } else { b"another key".to_vec() };
            policy = policy.pin(pin(&of));
        }
        if let Some(most) = self.max_intermediates {
            policy = policy.max_intermediates(most);
        }
        if let Some(most) = self.max_validity {
            policy = policy.max_validity(Duration::from_secs(most.unsigned_abs()));
        }
        policy.max_chain_bytes(self.max_chain_bytes).min_rsa_bits(self.min_rsa_bits)
    }
}

pub(crate) fn pin(spki: &[u8]) -> SpkiPin {
    let digits: String = Sha256::digest(spki).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.parse().unwrap()
}

/// What of a world was signed and shown.
pub(crate) struct Shown {
    pub(crate) anchor: CertificateDer<'static>,
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) lists: Vec<CertificateRevocationListDer<'static>>,
}

impl World {
    pub(crate) fn shown(&self) -> Shown {
        let leaf = &self.leaf;
        let mut chain = vec![leaf.what.signed_by(key(leaf.key))];
        if let Some(of) = &self.intermediate {
            chain.push(of.what.signed_by(key(of.key)));
        }
        if self.extra {
            chain.push(root().subject(name("Somebody")).signed_by(&ROOT));
        }
        Shown {
            anchor: self.root.what.signed_by(key(self.root.key)),
            chain,
            lists: self.lists.iter().map(|of| of.what.signed_by(key(of.key))).collect(),
        }
    }

    pub(crate) fn verdict(&self, shown: &Shown, demands: &Demands) -> Option<EdgeIdentity> {
        let anchors = TrustAnchors::from_der([shown.anchor.clone()]).ok()?;
        let policy = OriginPullPolicy::builder(anchors, algorithms());
        let mut policy = demands.configure(policy, &self.leaf.what);
        if !shown.lists.is_empty() {
            policy = policy.crls(Crls::from_der(shown.lists.clone()).ok()?);
        }
        policy.build().ok()?.verify(&shown.chain, at(self.now)).ok()
    }
}

impl Crl {
    /// Whose it is, and how new: of two that are the same in it either may count.
    pub(crate) fn age(&self) -> (Vec<u8>, Vec<u8>, i64) {
        let number = self.extensions.iter().find(|of| of.id == CRL_NUMBER).unwrap();
        (self.issuer.clone(), number.value.clone(), self.this_update)
    }
}
