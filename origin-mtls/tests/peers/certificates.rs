//! Which certificates are served, shown by OpenSSL and by curl.

use rcgen::{
    ExtendedKeyUsagePurpose, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, RsaKeySize,
    date_time_ymd,
};

use crate::client::{ALL, is_refused, is_served};
use crate::scene::Service;
use crate::zone::{SERIAL, Zone};

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn good_ones_are_served_whatever_their_key() {
    let zone = Zone::new();
    let service = Service::start(zone.builder()).await;
    let rsa = |size| KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size).unwrap();
    let keys = [
        ("rsa2048", rsa(RsaKeySize::_2048)),
        ("rsa4096", rsa(RsaKeySize::_4096)),
        ("p256", KeyPair::generate().unwrap()),
        ("p384", KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()),
    ];
    for (name, key) in keys {
        let client = zone.client_of(name, &key);
        for with in ALL {
            is_served(&service, with, &zone, &client, name).await;
        }
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn without_one_nobody_is_served() {
    let zone = Zone::new();
    let service = Service::start(zone.builder()).await;
    for with in ALL {
        is_refused(&service, with, &zone, None, "no_certificate").await;
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn those_of_another_authority_are_not_served() {
    let zone = Zone::new();
    let service = Service::start(zone.builder()).await;
    let (other, namesake) = (Zone::named("another"), Zone::new());
    let (of_other, of_namesake) = (other.client("edge"), namesake.client("edge"));
    for with in ALL {
        is_refused(&service, with, &zone, Some(&of_other), "unknown_issuer").await;
        is_refused(&service, with, &zone, Some(&of_namesake), "bad_signature").await;
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn those_out_of_their_time_are_not_served() {
    let zone = Zone::new();
    let service = Service::start(zone.builder()).await;
    let expired = zone.client_with("expired", |params| {
        (params.not_before, params.not_after) =
            (date_time_ymd(2024, 1, 1), date_time_ymd(2025, 1, 1));
    });
    let early = zone.client_with("early", |params| params.not_before = date_time_ymd(2999, 1, 1));
    for with in ALL {
        is_refused(&service, with, &zone, Some(&expired), "expired").await;
        is_refused(&service, with, &zone, Some(&early), "not_yet_valid").await;
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn those_for_servers_are_not_served() {
    let zone = Zone::new();
    let service = Service::start(zone.builder()).await;
    let server = zone.client_with("server", |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    for with in ALL {
        is_refused(&service, with, &zone, Some(&server), "extended_key_usage").await;
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn revoked_ones_are_not_served_and_others_of_the_list_are() {
    let zone = Zone::new();
    let policy = zone.policy().crls(zone.crl(&[SERIAL]));
    let service = Service::start(zone.builder_with(policy)).await;
    let revoked = zone.client("revoked");
    let good = zone.client_with("good", |params| params.serial_number = Some(8.into()));
    for with in ALL {
        is_refused(&service, with, &zone, Some(&revoked), "revoked").await;
        is_served(&service, with, &zone, &good, "good").await;
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn only_the_pinned_key_and_the_named_subject_are_served() {
    let zone = Zone::new();
    let (pinned, other) = (zone.client("edge"), zone.client("other"));
    let by_pin = Service::start(zone.builder_with(zone.policy().pin(pinned.pin()))).await;
    let by_name = Service::start(zone.builder_with(zone.policy().common_name("edge"))).await;
    for with in ALL {
        for (service, code) in [(&by_pin, "pin_mismatch"), (&by_name, "subject_mismatch")] {
            is_served(service, with, &zone, &pinned, "edge").await;
            is_refused(service, with, &zone, Some(&other), code).await;
        }
    }
}
