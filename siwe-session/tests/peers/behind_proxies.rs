//! Behind HAProxy, which chooses among instances, and behind nginx, which keeps answers.

use siwe_session::testing::Wallet;
use siwe_session::{Claims, Message, Nonces, SessionTokens};
use testkit::folder::Folder;
use testkit::haproxy::HaProxy;
use testkit::nginx::Nginx;
use testkit::port;

use crate::instances::{Instance, ORIGIN, ask, audience, keys, site};
use crate::scene::{Server, now};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs HAProxy, Redis: run .ci/run peers"]
async fn who_signs_in_at_one_instance_is_known_to_the_other() {
    let redis = Server::redis().await;
    let instances = [
        Instance::start("one", redis.nonces().await).await,
        Instance::start("two", redis.nonces().await).await,
    ];
    let listen = port::reserve();
    let [one, two] = [&instances[0], &instances[1]].map(|instance| instance.address);
    let configuration = format!(
        "defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n\
         frontend in\n  bind {listen}\n  default_backend instances\n\
         backend instances\n  balance roundrobin\n  server one {one}\n  server two {two}\n"
    );
    let _proxy = HaProxy::start(Folder::new(), &configuration, &[listen]).await;

    // Each request goes to the other one.
    let mut seen = Vec::new();
    let wallet = Wallet::new();
    let nonce = ask(listen, "GET", "/api/auth/nonce", &["Accept: text/plain"], "").await;
    seen.push(nonce.header("x-instance").unwrap().to_owned());
    let message = Message::builder("localhost:8080", wallet.address())
        .uri(ORIGIN)
        .chain_id(1)
        .nonce(&nonce.body)
        .issued_at(now())
        .build()
        .unwrap();
    let body = serde_json::json!({
        "message": message.as_str(), "signature": wallet.sign(&message), "session": "token",
    });
    let cookie = format!("Cookie: {}", nonce.cookie().replace("__host-", "__Host-"));
    let headers = ["Content-Type: application/json", cookie.as_str()];
    let verified = ask(listen, "POST", "/api/auth/verify", &headers, &body.to_string()).await;
    assert_eq!(verified.status, 200, "{}", verified.body);
    seen.push(verified.header("x-instance").unwrap().to_owned());
    let answer: serde_json::Value = serde_json::from_str(&verified.body).unwrap();
    let bearer = format!("Authorization: Bearer {}", answer["token"].as_str().unwrap());
    // The nonce is burned for both.
    for _ in 0..2 {
        let again = ask(listen, "POST", "/api/auth/verify", &headers, &body.to_string()).await;
        assert_eq!(again.body, r#"{"error":"used_nonce"}"#);
    }
    for _ in 0..4 {
        let me = ask(listen, "GET", "/me", &[&bearer], "").await;
        assert_eq!(me.body, wallet.address().to_string());
        seen.push(me.header("x-instance").unwrap().to_owned());
    }
    assert!(seen.windows(2).all(|pair| pair[0] != pair[1]), "{seen:?}");
    assert_eq!(ask(listen, "POST", "/api/auth/logout", &[&bearer], "").await.status, 204);
    for _ in 0..4 {
        assert_eq!(ask(listen, "GET", "/me", &[&bearer], "").await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx: run .ci/run peers"]
async fn a_cache_that_knows_nothing_of_users_gives_nobody_the_answer_of_another() {
    let instance = Instance::start("one", Nonces::single_process()).await;
    let listen = port::reserve();
    let location = format!(
        "proxy_pass http://{}; proxy_cache shared; proxy_cache_key $uri; proxy_cache_valid 200 1h; \
         proxy_set_header Connection close; add_header X-Cache $upstream_cache_status always;",
        instance.address
    );
    let _proxy = Nginx::start_http(Folder::new(), listen, &location).await;

    let site = site();
    let tokens = SessionTokens::builder(keys(), [&audience()]).build().unwrap();
    let user = |number: u8| {
        let wallet = Wallet::new();
        let login = site.login(&wallet, now());
        let (_, token) = tokens.issue(&login, Claims::new(), [number; 16], now()).unwrap();
        (wallet.address().to_string(), token)
    };
    let users = [user(1), user(2)];
    for page in ["page", "silent"] {
        for carried in ["Cookie: __Host-siwe=", "Authorization: Bearer "] {
            let path = format!("/{page}/{}", carried.len());
            // Each of them, and again: nothing is kept.
            for (address, token) in users.iter().chain(&users) {
                let answer = ask(listen, "GET", &path, &[&format!("{carried}{token}")], "").await;
                assert_eq!(&answer.body, address, "{path}");
                assert_eq!(answer.header("x-cache"), Some("miss"), "{path}");
                assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            }
            // Nor is it by a session that does not hold.
            let answer = ask(listen, "GET", &path, &[&format!("{carried}x")], "").await;
            assert_eq!(
                (answer.body.as_str(), answer.header("x-cache")),
                ("stranger", Some("miss"))
            );
            let answer = ask(listen, "GET", &path, &[], "").await;
            assert_eq!(
                (answer.body.as_str(), answer.header("x-cache")),
                ("stranger", Some("miss"))
            );
            // What strangers are answered is kept: the cache works.
            let answer = ask(listen, "GET", &path, &[], "").await;
            assert_eq!((answer.body.as_str(), answer.header("x-cache")), ("stranger", Some("hit")));
        }
    }
    // Nor does it keep who is asked for, or that one may not.
    for path in ["/me", "/api/auth/session", "/api/auth/nonce"] {
        for _ in 0..2 {
            let answer = ask(listen, "GET", path, &[], "").await;
            assert_eq!(answer.header("x-cache"), Some("miss"), "{path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
    }
}
