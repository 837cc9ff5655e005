use std::fs;

use api::{Limits, People, Stores};
use axum::http::Request;
use serve::Source;
use testkit::folder::Folder;

use crate::sign_in::sign_in;
use crate::{Scene, Wallet, list};

fn stores() -> Stores {
    Stores::single_process(Limits::default())
}

#[tokio::test]
async fn a_wallet_that_is_denied_cannot_sign_in() {
    let (denied, other) = (Wallet::new(), Wallet::new());
    let scene = Scene::with(People::read(list(&[&denied]), None).unwrap(), stores());
    assert_eq!(sign_in(&scene, &denied).await.code(), (403, "denied"));
    assert_eq!(sign_in(&scene, &other).await.status, 200);
}

#[tokio::test]
async fn the_role_is_in_the_session() {
    let (staff, other) = (Wallet::new(), Wallet::new());
    let scene = Scene::with(People::read(None, list(&[&staff])).unwrap(), stores());
    for (wallet, role) in [(&staff, "staff"), (&other, "viewer")] {
        let signed_in = sign_in(&scene, wallet).await;
        let token = signed_in.body["token"].as_str().unwrap();
        let request = Request::get("/api/me").header("authorization", format!("Bearer {token}"));
        assert_eq!(scene.send(crate::empty(request)).await.body["role"], role);
    }
}

#[tokio::test]
async fn one_that_is_denied_later_is_refused_in_the_session_that_it_has() {
    let (folder, wallet) = (Folder::new(), Wallet::new());
    let path = folder.write("denied", "");
    let people = People::read(Some(Source::File((&path).into())), None).unwrap();
    let scene = Scene::with(people.clone(), stores());
    let me = async || scene.send_as(&wallet, Request::get("/api/me")).await;
    assert_eq!(me().await.status, 200);

    fs::write(&path, format!("# {}\n", wallet.address())).unwrap();
    assert!(people.reload().is_err());
    assert_eq!(me().await.status, 200);
    fs::write(&path, format!("{}\n", wallet.address())).unwrap();
    people.reload().unwrap();
    assert_eq!(me().await.code(), (403, "denied"));
    // The streams are everybody's.
    assert_eq!(scene.send_as(&wallet, Request::get("/api/streams")).await.status, 200);
}
