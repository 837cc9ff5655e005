//! The files are replaced while the program runs: that what is good is used, and nothing else is.

use hyper::StatusCode;

use crate::client::shown;
use crate::{Scene, Zone, eventually, get, refused, tls};

#[tokio::test]
async fn a_secret_that_kubernetes_swaps_is_used() {
    let mut scene = Scene::start(&[]).await;
    let new = Zone::new("the new authority");
    scene.certs.swap(&[("ca.crt", &new.certificate)]);
    scene.service.generation(2).await;
    let of_new = tls(&scene.zone, Some(&new.client(1)));
    assert_eq!(get(scene.address(), of_new, "/").await.status, StatusCode::OK);
    refused(scene.address(), scene.cloudflare()).await;
}

#[tokio::test]
async fn a_file_that_is_written_in_place_is_used() {
    let scene = Scene::start(&[]).await;
    let new = Zone::new("the new authority");
    scene.certs.write("ca.crt", &new.certificate);
    scene.service.generation(2).await;
    let of_new = tls(&scene.zone, Some(&new.client(1)));
    assert_eq!(get(scene.address(), of_new, "/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_servers_certificate_is_replaced_for_who_connects_next() {
    let mut scene = Scene::start(&[]).await;
    let before = shown(scene.address(), scene.cloudflare()).await;
    let server = scene.zone.server();
    scene.tls.swap(&[("tls.crt", &server.certificate), ("tls.key", &server.key)]);
    scene.service.generation(2).await;
    let after = shown(scene.address(), scene.cloudflare()).await;
    assert_ne!(before, after);
    assert_eq!(get(scene.address(), scene.cloudflare(), "/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_file_that_is_half_written_leaves_the_old_one_in_use_until_it_is_whole() {
    let scene = Scene::start(&[]).await;
    let new = Zone::new("the new authority");
    let (half, _) = new.certificate.split_at(new.certificate.len().div_euclid(2));
    scene.certs.write("ca.crt", half);
    scene.service.reload_fails("PLUE_CA").await;
    assert_eq!(get(scene.address(), scene.cloudflare(), "/").await.status, StatusCode::OK);
    let ready = scene.service.ask("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK, "what is in use still is");
    assert!(ready.json()["reload_error"].as_str().unwrap().contains("malformed"));

    scene.certs.write("ca.crt", &new.certificate);
    scene.service.generation(2).await;
    // It is told after it has been done.
    let is_told = async || scene.service.status().await["reload_error"].is_null();
    eventually(is_told, || scene.service.process.output()).await;
}

#[tokio::test]
async fn whatever_is_wrong_with_one_file_leaves_all_of_them_unused() {
    let mut scene = Scene::with_revocation_list().await;
    let (zone, server, another) = (&scene.zone, &scene.server, scene.zone.server());
    let ca = &zone.certificate;
    let list = zone.revocation_list(2, &[]);
    let of_namesake = Zone::new("the zone's authority").revocation_list(3, &[]);
    let with_key = format!("{ca}{}", another.key);
    // In this order, no two mounts that are swapped one after the other make a good whole.
    for (ca, list, certificate, key, reason) in [
        ("", &*list, &*server.certificate, &*server.key, "no certificate in the file of trust"),
        (&with_key, &list, &server.certificate, &server.key, "there is a private key"),
        (&server.certificate, &list, &server.certificate, &server.key, "no authority's"),
        (ca, &of_namesake, &server.certificate, &server.key, "PLUE_CRL"),
        (ca, "no list", &server.certificate, &server.key, "no CRL in the file"),
        (ca, &list, &server.certificate, &another.key, "does not belong to the server's"),
        (ca, &list, &server.certificate, "no key", "PLUE_TLS_KEY"),
        (ca, &list, "no certificate", &server.key, "PLUE_TLS_CERT"),
    ] {
        scene.tls.swap(&[("tls.crt", certificate), ("tls.key", key)]);
        scene.certs.swap(&[("ca.crt", ca), ("ca.crl", list)]);
        scene.service.reload_fails(reason).await;
        assert_eq!(scene.service.status().await["generation"], 1, "{reason}");
        let config = tls(zone, Some(&scene.client));
        let answer = get(scene.service.address, config, "/").await;
        assert_eq!(answer.status, StatusCode::OK, "{reason}");
    }
    scene.tls.swap(&[("tls.crt", &another.certificate), ("tls.key", &another.key)]);
    scene.service.generation(2).await;
}

#[tokio::test]
async fn with_the_list_of_another_authority_nobody_is_let_in() {
    let mut scene = Scene::with_revocation_list().await;
    let list = Zone::new("another authority").revocation_list(1, &[]);
    scene.certs.swap(&[("ca.crt", &scene.zone.certificate), ("ca.crl", &list)]);
    scene.service.generation(2).await;
    refused(scene.address(), scene.cloudflare()).await;
    scene.service.counted("crl_unknown", 1).await;
}

#[tokio::test]
async fn a_file_that_is_gone_leaves_everything_as_it_was() {
    let mut scene = Scene::with_revocation_list().await;
    let (ca, list) = (scene.zone.certificate.clone(), scene.zone.revocation_list(2, &[7]));
    scene.certs.swap(&[("ca.crt", &ca)]);
    scene.service.reload_fails("ca.crl: cannot be read: entity not found").await;
    assert_eq!(get(scene.address(), scene.cloudflare(), "/").await.status, StatusCode::OK);

    scene.certs.swap(&[("ca.crt", &ca), ("ca.crl", &list)]);
    scene.service.generation(2).await;
    refused(scene.address(), scene.cloudflare()).await;
}

#[tokio::test]
async fn an_error_that_lasts_is_logged_once() {
    let scene = Scene::start(&[]).await;
    scene.tls.write("tls.key", "no key");
    scene.service.reload_fails("no private key for the server").await;
    scene.tls.write("tls.key", "no key either");
    let is_later = async || {
        // The files are looked at ten times in that.
        scene.service.status().await["reload_failing_seconds"].as_u64() >= Some(1)
    };
    eventually(is_later, || scene.service.process.output()).await;
    assert_eq!(scene.service.logged(&["WARN", "not reloaded", "PLUE_TLS_KEY"]), 1);

    scene.tls.write("tls.key", &scene.zone.server().key);
    scene.service.reload_fails("tls.key: the private key does not belong").await;
    assert_eq!(scene.service.logged(&["WARN", "not reloaded"]), 2, "another error");
}

#[tokio::test]
async fn when_the_files_are_as_before_there_is_nothing_to_reload() {
    let scene = Scene::start(&[]).await;
    scene.certs.write("ca.crt", "");
    scene.service.reload_fails("PLUE_CA").await;
    scene.certs.write("ca.crt", &scene.zone.certificate);
    scene.service.logs(&["what is in the files is what is in use"]).await;
    let status = scene.service.status().await;
    assert!(status["reload_error"].is_null() && status["generation"] == 1, "{status}");
}

#[tokio::test]
async fn a_hangup_reloads_at_once() {
    let scene = Scene::start(&[("PLUE_POLL_SECONDS", "3600")]).await;
    let new = Zone::new("the new authority");
    scene.certs.write("ca.crt", &new.certificate);
    scene.service.hang_up();
    scene.service.generation(2).await;
    refused(scene.address(), scene.cloudflare()).await;

    scene.service.hang_up();
    scene.service.logs(&["what is in the files is what is in use"]).await;
    scene.certs.write("ca.crt", "");
    scene.service.hang_up();
    scene.service.reload_fails("PLUE_CA").await;
    assert_eq!(scene.service.status().await["generation"], 2);
}
