//! The run-book, `docs/operations.md`: its commands are run as they stand there, while people and Cloudflare go
//! on as if nothing were done, and at the end what was replaced is refused.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use plue::Server;
use reqwest::header::HeaderMap;
use reqwest::tls::TlsInfo;
use siwe_session::testing::{Site, Wallet};
use siwe_session::{
    AssertionSigner, Audience, Claims, IdentityHeader, KeyRing, SessionKey, SessionTokens,
};
use testkit::pki::Issued;
use testkit::runbook::{Operator, steps};
use testkit::traffic::Traffic;
use tokio::time::{Instant, sleep};

use crate::Scene;
use crate::client::send;
use crate::visitors::{Everybody, GitUsers, greeting};

const RUNBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/operations.md");
const USER: &str = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";

/// Runs the steps below this heading, with `$PID` and `$STATUS` of the origin unless these are named. What is
/// uploaded is shown from then on. After each step the traffic goes on, and then this is done.
async fn run(
    scene: &mut Scene,
    heading: &str,
    variables: &[(&str, &str)],
    traffic: &Traffic,
    shown: &Mutex<Issued>,
    mut after: impl AsyncFnMut(&mut Scene, usize),
) {
    let tool = format!("{} mtls-certs", env!("CARGO_BIN_EXE_plue"));
    let operator = Operator::new(&["restart", "upload"], &[("plue-mtls-certs", &tool)]).await;
    traffic.goes_on().await;
    for (index, step) in steps(Path::new(RUNBOOK), heading).iter().enumerate() {
        let origin = &scene.system.origin;
        let (pid, status) = (pid(origin), format!("http://{}", origin.operator.unwrap()));
        let of_origin = [("PID", &*pid), ("STATUS", &*status)];
        let does = async |words: Vec<String>| match &*words[0] {
            "restart" => scene.system.restart(&words[1]).await,
            _ => *shown.lock().unwrap() = issued(&words[1], &words[2]),
        };
        operator.run(step, &[&of_origin, variables].concat(), does).await;
        traffic.goes_on().await;
        after(scene, index).await;
        traffic.goes_on().await;
    }
}

fn pid(server: &Server) -> String {
    server.pid().unwrap().to_string()
}

fn issued(certificate: &str, key: &str) -> Issued {
    let [certificate, key] = [certificate, key].map(|path| fs::read_to_string(path).unwrap());
    Issued::new(certificate, key)
}

/// Changes the settings of a server, which count from its next start on.
fn set(scene: &Scene, server: &str, change: impl FnOnce(&str) -> String) {
    let path = scene.system.files.path(&format!("{server}.env"));
    let settings = change(&fs::read_to_string(&path).unwrap());
    fs::write(path, settings).unwrap();
}

/// Until the server has told so, as often as this.
async fn has_told(server: &Server, what: &str, times: usize) {
    eventually(what, async || server.output().matches(what).count() >= times).await;
}

/// Until the origin has counted so many: whoever is refused hears of it first.
async fn has_counted(scene: &Scene, code: &str, times: u64) {
    eventually(code, async || scene.origin_counted(code).await >= times).await;
}

async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now().checked_add(Duration::from_secs(30)).unwrap();
    while !is_so().await {
        assert!(Instant::now() < deadline, "not within 30 seconds: {what}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// What the origin answers to who shows this certificate and names a user.
async fn told_by(scene: &Scene, identity: &Issued, header: (&str, &str)) -> Option<(u16, String)> {
    let request = scene.past_the_edge(Some(identity), "/api/whoami").header(header.0, header.1);
    let answer = send(request.header("cf-connecting-ip", "203.0.113.7")).await?;
    let (status, code) = answer.code();
    Some((status, code.to_owned()))
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn session_keys_are_replaced_at_the_edge() {
    let mut scene = Scene::start().await;
    let mut old = scene.browser();
    old.sign_in().await;
    let everybody = Everybody::of(&scene).await;
    let shown = everybody.shown.clone();
    let traffic = Traffic::start(everybody);
    let (file, pid) = (scene.system.files.path("session-keys"), pid(&scene.system.edge));
    let variables = [("KEYS", &*file), ("KID", "2027"), ("PID", &*pid)];
    run(&mut scene, "Session keys", &variables, &traffic, &shown, async |scene, step| {
        has_told(&scene.system.edge, "the keys were read again", step + 1).await;
    })
    .await;
    assert_eq!(old.get("/api/whoami").await.code(), (401, "unknown_key"));
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn cloudflares_certificate_is_replaced_and_the_old_one_revoked() {
    let mut scene = Scene::start().await;
    let everybody = Everybody::of(&scene).await;
    let shown = everybody.shown.clone();
    let traffic = Traffic::start(everybody);
    let files = ["certs", "ca.crt", "ca.crl", "certs/cloudflare.crt"];
    let [certs, ca, crl, old] = files.map(|name| scene.system.certificates.path(name));
    let variables = [("CERTS", &*certs), ("CA", &*ca), ("CRL", &*crl), ("NAME", "cloudflare-2027")];
    let heading = "Cloudflare's client certificate";
    run(&mut scene, heading, &variables, &traffic, &shown, async |_, _| {}).await;
    let identity = scene.system.certificates.cloudflare.clone();
    assert!(send(scene.past_the_edge(Some(&identity), "/")).await.is_some(), "not yet");

    let variables = [("CERTS", &*certs), ("CRL", &*crl), ("REVOKED", &*old)];
    run(&mut scene, "The revocation list", &variables, &traffic, &shown, async |_, _| {}).await;
    assert!(send(scene.past_the_edge(Some(&identity), "/")).await.is_none());
    has_counted(&scene, "revoked", 1).await;
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn the_authority_is_replaced_and_cloudflare_and_the_edge_go_on() {
    let mut scene = Scene::start().await;
    let everybody = Everybody::of(&scene).await;
    let shown = everybody.shown.clone();
    let traffic = Traffic::start(everybody);
    let files = ["certs", "certs-2027", "ca.crt", "ca.crl", "certs/cloudflare.crt"];
    let [certs, new, ca, crl, client] = files.map(|name| scene.system.certificates.path(name));
    let variables =
        [("CERTS", &*certs), ("NEW", &*new), ("CA", &*ca), ("CRL", &*crl), ("CLIENT", &*client)];
    let heading = "The authority of client certificates";
    run(&mut scene, heading, &variables, &traffic, &shown, async |scene, step| {
        if step == 1 {
            replace_edge(scene, &new, &traffic, &shown).await;
        }
    })
    .await;
    let certificates = &scene.system.certificates;
    for identity in [&certificates.cloudflare, &certificates.edge] {
        assert!(send(scene.past_the_edge(Some(identity), "/")).await.is_none());
    }
    has_counted(&scene, "unknown_issuer", 2).await;
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn an_edges_certificate_is_replaced_and_people_stay_signed_in() {
    let mut scene = Scene::start().await;
    let everybody = Everybody::of(&scene).await;
    let shown = everybody.shown.clone();
    let traffic = Traffic::start(everybody);
    let old = scene.system.certificates.edge.clone();
    let told = told_by(&scene, &old, ("x-plue-user-address", USER)).await;
    assert_eq!(told, Some((200, "-".to_owned())));
    let certs = scene.system.certificates.path("certs");
    replace_edge(&mut scene, &certs, &traffic, &shown).await;
    let told = told_by(&scene, &old, ("x-plue-user-address", USER)).await;
    assert_eq!(told, Some((401, "missing_identity".to_owned())));
}

/// By one of the authority in this folder.
async fn replace_edge(scene: &mut Scene, certs: &str, traffic: &Traffic, shown: &Mutex<Issued>) {
    let [origin, edge] = ["origin.env", "edge.env"].map(|name| scene.system.files.path(name));
    let variables = [
        ("CERTS", certs),
        ("NAME", "edge-2027"),
        ("ORIGIN_SETTINGS", &*origin),
        ("EDGE_SETTINGS", &*edge),
    ];
    let heading = "An edge's client certificate";
    run(scene, heading, &variables, traffic, shown, async |scene, step| {
        if step == 0 {
            // The edge has kept its connections: what it would be told over a new one.
            let old = scene.system.certificates.edge.clone();
            let told = told_by(scene, &old, ("x-plue-user-address", USER)).await;
            assert_eq!(told, Some((200, "-".to_owned())));
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn an_edges_assertion_key_is_replaced_and_people_stay_signed_in() {
    let mut scene = Scene::start().await;
    let [key, public, new] = ["assertions.pem", "assertions.pub", "assertions-2027.pem"]
        .map(|name| scene.system.files.path(name));
    let made = "openssl genpkey -algorithm ed25519 -out \"$KEY\"\n\
                openssl pkey -in \"$KEY\" -pubout > \"$PUBLIC\"\n";
    let operator = Operator::new(&[], &[]).await;
    operator.run(made, &[("KEY", &key), ("PUBLIC", &public)], async |_| {}).await;
    set(&scene, "origin", |settings| {
        let lines = settings.lines().filter(|line| !line.starts_with("PLUE_USER_EDGES="));
        let lines: String = lines.map(|line| format!("{line}\n")).collect();
        format!(
            "{lines}PLUE_USER_ASSERTION_KEY={public}\nPLUE_USER_ASSERTION_KID=edge\n\
             PLUE_USER_ASSERTION_AUDIENCE={AUDIENCE}\n"
        )
    });
    set(&scene, "edge", |settings| {
        format!(
            "{settings}PLUE_ASSERTION_KEY={key}\nPLUE_ASSERTION_KID=edge\n\
             PLUE_ASSERTION_AUDIENCE={AUDIENCE}\n"
        )
    });
    scene.system.restart("origin").await;
    scene.system.restart("edge").await;

    let everybody = Everybody::of(&scene).await;
    let shown = everybody.shown.clone();
    let traffic = Traffic::start(everybody);
    let identity = scene.system.certificates.cloudflare.clone();
    let old = fs::read_to_string(&key).unwrap();
    let told = told_by(&scene, &identity, (ASSERTION, &assertion(&old))).await;
    assert_eq!(told, Some((200, "-".to_owned())));
    let [origin, edge] = ["origin.env", "edge.env"].map(|name| scene.system.files.path(name));
    let variables = [
        ("KID", "edge-2027"),
        ("NEW_KEY", &*new),
        ("PUBLIC_KEYS", &*public),
        ("ORIGIN_SETTINGS", &*origin),
        ("EDGE_SETTINGS", &*edge),
    ];
    let heading = "An edge's assertion key";
    run(&mut scene, heading, &variables, &traffic, &shown, async |scene, step| {
        if step == 0 {
            let told = told_by(scene, &identity, (ASSERTION, &assertion(&old))).await;
            assert_eq!(told, Some((200, "-".to_owned())));
        }
    })
    .await;
    let told = told_by(&scene, &identity, (ASSERTION, &assertion(&old))).await;
    assert_eq!(told, Some((401, "bad_assertion".to_owned())));
}

/// What an edge with this key says of somebody.
fn assertion(key: &str) -> String {
    let key = SessionKey::eddsa_from_pem("edge", key).unwrap();
    let header = IdentityHeader::new(ASSERTION).unwrap();
    let signer = AssertionSigner::new(header, KeyRing::new([key]).unwrap(), AUDIENCE).unwrap();
    let audience = Audience::origin("https://plue.dev").unwrap().chains([1]);
    let site = Site::for_audience(audience.clone());
    let token = site.token(&Wallet::new(), Claims::default(), now());
    let tokens = SessionTokens::builder(site.keys().clone(), [&audience]).build().unwrap();
    let mut headers = HeaderMap::new();
    signer.set(&mut headers, &tokens.verify(&token, now()).unwrap(), now());
    headers[ASSERTION].to_str().unwrap().to_owned()
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn the_origins_certificate_is_replaced() {
    let mut scene = Scene::start().await;
    let everybody = Everybody::of(&scene).await;
    let shown = everybody.shown.clone();
    let traffic = Traffic::start(everybody);
    let certificates = &scene.system.certificates;
    let new = certificates.servers.server(&["localhost"]);
    let new_cert = scene.system.files.write("new.crt", &new.certificate);
    let new_key = scene.system.files.write("new.key", &new.key);
    let [cert, key] = ["origin.crt", "origin.key"].map(|name| certificates.path(name));
    let variables =
        [("CERT", &*cert), ("KEY", &*key), ("NEW_CERT", &*new_cert), ("NEW_KEY", &*new_key)];
    let before = origins_certificate(&scene).await;
    let heading = "The origin's server certificate";
    run(&mut scene, heading, &variables, &traffic, &shown, async |_, _| {}).await;
    assert_ne!(origins_certificate(&scene).await, before);
}

/// What the origin shows to who connects now.
async fn origins_certificate(scene: &Scene) -> Vec<u8> {
    let identity = &scene.system.certificates.cloudflare;
    let answer = scene.past_the_edge(Some(identity), "/").send().await.unwrap();
    let info = answer.extensions().get::<TlsInfo>().unwrap();
    info.peer_certificate().unwrap().to_vec()
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn the_networks_of_spectrum_are_replaced() {
    let mut scene = Scene::start().await;
    // Nobody connects without a header.
    set(&scene, "git-ssh", |settings| {
        let settings = settings.replace("SPECTRUM_NETWORKS=", "SPECTRUM_NETWORKS=127.0.0.3,");
        format!("{settings}DIRECT_NETWORKS=192.0.2.1\n")
    });
    scene.system.restart("git-ssh").await;
    let traffic = Traffic::start(GitUsers { spectrum: scene.system.spectrum.address(), come: 0 });
    let settings = scene.system.files.path("git-ssh.env");
    let variables = [
        ("SERVER", "git-ssh"),
        ("SETTING", "SPECTRUM_NETWORKS"),
        ("SETTINGS", &*settings),
        ("OLD", "127.0.0.3"),
        ("NEW", "127.0.0.4"),
    ];
    let shown = Mutex::new(scene.system.certificates.cloudflare.clone());
    assert_eq!(let_in(&scene).await, (true, false));
    run(&mut scene, "Networks", &variables, &traffic, &shown, async |scene, step| {
        assert_eq!(let_in(scene).await, (step == 0, true));
    })
    .await;
}

/// Whether those of the old network and of the new one are let in.
async fn let_in(scene: &Scene) -> (bool, bool) {
    let to = scene.system.git_ssh.listen;
    let says = "PROXY TCP4 203.0.113.7 203.0.113.8 51000 22\r\n";
    let [old, new] = [3, 4].map(|last| greeting(Ipv4Addr::new(127, 0, 0, last), to, says));
    (old.await == "SSH-", new.await == "SSH-")
}

#[expect(clippy::disallowed_methods, reason = "an assertion is made now")]
fn now() -> SystemTime {
    SystemTime::now()
}

const ASSERTION: &str = "x-plue-user-assertion";
const AUDIENCE: &str = "origin.plue.dev";
