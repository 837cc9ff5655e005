//! Another authority and another certificate at Cloudflare, while connections stand.

use hyper::StatusCode;

use crate::{Http, Scene, Zone, get, refused, tls};

#[tokio::test]
async fn both_authorities_are_trusted_until_the_old_one_is_taken_out() {
    let mut scene = Scene::start(&[]).await;
    let new = Zone::new("the new authority");
    let of_new = tls(&scene.zone, Some(&new.client(1)));
    let mut kept = scene.connect().await;
    assert_eq!(kept.get("/").await.unwrap().status, StatusCode::OK);

    let both = format!("{}{}", scene.zone.certificate, new.certificate);
    scene.certs.swap(&[("ca.crt", &both)]);
    scene.service.generation(2).await;
    assert_eq!(kept.get("/").await.unwrap().status, StatusCode::OK);
    assert_eq!(get(scene.address(), scene.cloudflare(), "/").await.status, StatusCode::OK);
    assert_eq!(get(scene.address(), of_new.clone(), "/").await.status, StatusCode::OK);
    // When the new one is seen, and the old one no more, the old one can go.
    assert_eq!(scene.service.status().await["clients"].as_array().unwrap().len(), 2);

    scene.certs.swap(&[("ca.crt", &new.certificate)]);
    scene.service.generation(3).await;
    refused(scene.address(), scene.cloudflare()).await;
    assert_eq!(get(scene.address(), of_new, "/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_connection_that_stands_is_refused_when_its_authority_is_gone() {
    for is_two in [false, true] {
        let mut scene = Scene::start(&[]).await;
        let mut config = scene.cloudflare();
        if is_two {
            config.alpn_protocols = vec![b"h2".to_vec()];
        }
        let mut kept = Http::connect(scene.address(), config).await.unwrap();
        assert_eq!(kept.get("/").await.unwrap().status, StatusCode::OK);

        scene.certs.swap(&[("ca.crt", &Zone::new("the new authority").certificate)]);
        scene.service.generation(2).await;
        let answer = kept.get("/").await.unwrap();
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
        scene.service.counted("unknown_issuer", 1).await;
        if !is_two {
            assert_eq!(answer.headers["connection"], "close");
            assert!(kept.get("/").await.is_none(), "it has ended");
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_revoked_is_refused_on_new_and_standing_connections() {
    let mut scene = Scene::with_revocation_list().await;
    let mut kept = scene.connect().await;
    assert_eq!(kept.get("/").await.unwrap().status, StatusCode::OK);

    let list = scene.zone.revocation_list(2, &[7]);
    scene.certs.swap(&[("ca.crt", &scene.zone.certificate), ("ca.crl", &list)]);
    scene.service.generation(2).await;
    assert_eq!(kept.get("/").await.unwrap().status, StatusCode::MISDIRECTED_REQUEST);
    refused(scene.address(), scene.cloudflare()).await;
    scene.service.counted("revoked", 2).await;
    let other = tls(&scene.zone, Some(&scene.zone.client(8)));
    assert_eq!(get(scene.address(), other, "/").await.status, StatusCode::OK);
}
