//! What more than one target needs.

pub mod kick_hmac;
pub mod origin_mtls;
pub mod proxy;
pub mod siwe_session;

use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use cf_access::CfAccess;
use cf_access::testing::Issuer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// An issuer with new keys, and the verifier that trusts it.
pub struct Access {
    pub issuer: Issuer,
    /// The `kid` of the key that signs.
    pub kid: String,
    pub verifier: CfAccess,
}

pub static ACCESS: LazyLock<Access> = LazyLock::new(|| {
    let issuer = Issuer::new();
    let certs: Value = serde_json::from_str(&issuer.certs()).unwrap();
    let kid = certs["public_cert"]["kid"].as_str().unwrap().to_owned();
    let verifier = CfAccess::builder(issuer.keys(), [issuer.audience().clone()]).build().unwrap();
    Access { issuer, kid, verifier }
});

/// Copies a member of one JSON text into another, beside one or in its place. For `fuzz_crossover!`,
/// since what libFuzzer does by itself seldom leaves JSON behind. Gives 0 if there is nothing to do.
pub fn copy_member(from: &[u8], into: &[u8], out: &mut [u8], seed: u32) -> usize {
    let choice = seed as usize;
    let (Some(member), Some(place)) =
        (nth_member(from, choice >> 1), nth_member(into, choice >> 9))
    else {
        return 0;
    };
    let (before, comma) = match choice & 1 {
        0 => (&into[..place.end], &b","[..]),
        _ => (&into[..place.start], &b""[..]),
    };
    let copied = [before, comma, &from[member], &into[place.end..]].concat();
    let Some(out) = out.get_mut(..copied.len()) else {
        return 0;
    };
    out.copy_from_slice(&copied);
    copied.len()
}

/// Where a member stands, or what looks like one: between two of `{`, `,` and `}`.
fn nth_member(json: &[u8], choice: usize) -> Option<Range<usize>> {
    let ends = json.iter().enumerate().filter(|(_, byte)| b"{,}".contains(byte));
    let ends: Vec<usize> = ends.map(|(at, _)| at).collect();
    let nth = choice.checked_rem(ends.len().saturating_sub(1))?;
    Some(ends[nth] + 1..ends[nth + 1])
}

/// The members of a JSON object. Unlike a map, it knows of those that are there twice.
pub struct Members(Vec<(String, Value)>);

impl Members {
    pub fn read(json: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(json)
    }

    /// The member of this name.
    ///
    /// # Panics
    ///
    /// If there are two: two readers could take a different one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut found = self.0.iter().filter(|(other, _)| other == name);
        let (_, value) = found.next()?;
        assert!(found.next().is_none(), "`{name}` is there twice");
        Some(value)
    }

    /// The member of this name, which must be a string if it is there.
    ///
    /// # Panics
    ///
    /// If it is something else, or there twice.
    pub fn text(&self, name: &str) -> Option<&str> {
        let value = self.get(name)?;
        assert!(value.is_string(), "`{name}` is not a string");
        value.as_str()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
