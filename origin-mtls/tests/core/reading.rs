//! Another reading of what a policy asks for: of what certificates were made from, and not of their
//! bytes.

use crate::der::{element, oid};
use crate::lists::Crl;
use crate::pki::{
    BASIC_CONSTRAINTS, CLIENT_AUTH, COMMON_NAME, Cert, DAY, DNS, EXTENDED_KEY_USAGE, Extension,
    KEY_USAGE, NAME_CONSTRAINTS, ORGANIZATION, SERVER_AUTH, SUBJECT_ALTERNATIVE_NAME, URI, UTF8,
    attribute, basic_constraints, eku, key_usage, modulus, rsa_spki,
};
use crate::worlds::{Demands, IDS, Shown, Signed, World};

impl World {
    /// The demands, held against what the certificates were made from.
    pub(crate) fn assert_meets(&self, demands: &Demands, shown: &Shown) {
        let leaf = &self.leaf.what;
        let in_time = |cert: &Cert| (cert.not_before..=cert.not_after).contains(&self.now);
        assert!(in_time(leaf) && in_time(&self.root.what) && leaf.version == Some(2));
        assert_eq!(self.leaf.key, usize::from(self.intermediate.is_some()));
        assert!(self.intermediate.as_ref().is_none_or(|of| of.key == 0 && in_time(&of.what)));

        let default = if demands.is_strict { 1 } else { 2 };
        let most = demands.max_intermediates.unwrap_or(default);
        assert!(shown.chain.len() - 1 <= most);
        assert!(shown.chain.iter().map(|of| of.len()).sum::<usize>() <= demands.max_chain_bytes);
        let default = demands.is_strict.then_some(825 * DAY);
        let span = leaf.not_after - leaf.not_before;
        assert!(demands.max_validity.or(default).is_none_or(|most| span <= most));
        assert!(demands.pins.is_empty() || demands.pins.contains(&true));

        let has = |part: &[u8], text: &[u8]| part.windows(text.len()).any(|of| of == text);
        let subject = |id, name: &str| {
            let attribute = attribute(id, UTF8, name.as_bytes());
            has(&leaf.subject, &attribute) && {
                let id = oid(id);
                leaf.subject.windows(id.len()).filter(|of| *of == id).count() == 1
            }
        };
        assert!(demands.common_name.is_none_or(|name| subject(COMMON_NAME, name)));
        assert!(demands.organization.is_none_or(|name| subject(ORGANIZATION, name)));
        let of = |id: &str| leaf.extensions.iter().find(|extension| extension.id == id);
        let names = of(SUBJECT_ALTERNATIVE_NAME)
            .map(|of| of.value.to_ascii_lowercase())
            .unwrap_or_default();
        let has_dns = |name: &&str| has(&names, &element(DNS, name.to_ascii_lowercase()));
        assert!(demands.dns_names.is_empty() || demands.dns_names.iter().any(has_dns));
        if !demands.uris.is_empty() {
            let named = IDS.iter().filter(|uri| has(&names, &element(URI, uri))).count();
            assert_eq!(named, 1);
            assert!(demands.uris.iter().any(|uri| has(&names, &element(URI, uri))));
        }

        let is = |id: &str, values: &[Extension]| {
            of(id).is_none_or(|is| values.iter().any(|value| value.value == is.value))
        };
        assert!(is(BASIC_CONSTRAINTS, &[basic_constraints(false, None)]));
        assert!(is(KEY_USAGE, &[key_usage(&[0]), key_usage(&[0, 2])]));
        let purposes = [eku(&[CLIENT_AUTH]), eku(&[CLIENT_AUTH, SERVER_AUTH])];
        assert!(is(EXTENDED_KEY_USAGE, &purposes[..if demands.is_strict { 1 } else { 2 }]));
        assert!(of(NAME_CONSTRAINTS).is_none());
        assert!(of("1.3.6.1.4.1.99999.1").is_none_or(|unknown| !unknown.critical));
        let small = [1024].map(|bits| rsa_spki(&modulus(bits), &[1, 0, 1]));
        assert!(!small.contains(&leaf.spki));
        if demands.is_strict {
            assert!(of(KEY_USAGE).is_some() && of(EXTENDED_KEY_USAGE).is_some() && !self.extra);
            let odd = [rsa_spki(&modulus(2049), &[3]), rsa_spki(&modulus(3072), &[3])];
            assert!(!odd.contains(&leaf.spki));
            let odd = [vec![0], vec![0x80], vec![1; 21]];
            assert!(!odd.contains(&leaf.serial) && !odd.contains(&self.root.what.serial));
        }
        if demands.min_rsa_bits == 3072 {
            assert_ne!(leaf.spki, rsa_spki(&modulus(2048), &[1, 0, 1]));
        }
        self.assert_not_revoked();
    }

    fn assert_not_revoked(&self) {
        if self.lists.is_empty() {
            return;
        }
        let newest = |of: &Cert| {
            let lists = self.lists.iter().filter(|list| list.what.issuer == of.subject);
            lists.max_by_key(|list| list.what.age()).unwrap()
        };
        let assert_not_on = |list: &Signed<Crl>, of: &Cert, key: usize| {
            let same = self.lists.iter().filter(|other| other.what.age() == list.what.age());
            if same.count() > 1 {
                return;
            }
            assert_eq!(list.key, key);
            assert!(list.what.this_update <= self.now);
            assert!(list.what.next_update.unwrap() > self.now);
            assert!(!list.what.revoked.contains(&of.serial));
        };
        match &self.intermediate {
            None => assert_not_on(newest(&self.root.what), &self.leaf.what, 0),
            Some(intermediate) => {
                assert_not_on(newest(&self.root.what), &intermediate.what, 0);
                assert_not_on(newest(&intermediate.what), &self.leaf.what, 1);
            }
        }
    }
}
