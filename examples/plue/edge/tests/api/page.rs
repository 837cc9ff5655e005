use std::fs;

use crate::{Scene, empty, get};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

#[tokio::test]
async fn every_file_of_the_page_is_served_to_everybody_as_what_it_is() {
    let scene = Scene::start().await;
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../forge/page")).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let content_type = match name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            _ => panic!("{name}"),
        };
        let name = if name == "index.html" { "" } else { &name };
        let answer = scene.send(empty(get(&format!("/login/{name}")))).await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.body, fs::read_to_string(file.path()).unwrap());
        assert_eq!(answer.all("content-type"), [content_type]);
        assert_eq!(answer.all("content-security-policy"), [POLICY]);
        assert_eq!(answer.all("x-content-type-options"), ["nosniff"]);
        assert_eq!(answer.all("referrer-policy"), ["no-referrer"]);
        assert_eq!(answer.all("cache-control"), ["public, max-age=300"]);
    }
    assert_eq!(scene.forge.seen().len(), 0);
}

#[tokio::test]
async fn it_stands_where_its_own_references_lead() {
    let scene = Scene::start().await;
    let answer = scene.send(empty(get("/login"))).await;
    assert_eq!((answer.status.as_u16(), answer.all("location")), (308, vec!["/login/"]));
    let page = scene.send(empty(get("/login/"))).await.body;
    for reference in ["href=\"style.css\"", "src=\"sign-in.js\""] {
        assert!(page.contains(reference), "{reference}");
    }
}

#[tokio::test]
async fn to_someone_who_is_signed_in_it_is_not_kept() {
    let scene = Scene::start().await;
    let answer = scene.send_signed(get("/login/")).await;
    assert_eq!((answer.status.as_u16(), answer.all("cache-control")), (200, vec!["no-store"]));
}
