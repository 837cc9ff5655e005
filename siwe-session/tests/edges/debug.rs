//! What is shown of all that signs in.

use siwe_session::{MemoryNonces, SiweLogin};

use crate::support::verifier;

#[test]
fn debug_says_what_is_checked_and_where_nonces_are_kept() {
    let builder = SiweLogin::builder(verifier(), MemoryNonces::new(9));
    let of_builder = format!("{builder:?}");
    let of_login = format!("{:?}", builder.build().unwrap());
    for printed in [of_builder, of_login] {
        for part in ["https://plue.dev", "capacity: 9", "max_age: 600s", "contracts: None"] {
            assert!(printed.contains(part), "{part} is not in {printed}");
        }
        assert!(!printed.contains("7, 7, 7"), "{printed}");
    }
}
