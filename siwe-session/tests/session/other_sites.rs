use siwe_session::Session;
use siwe_session::testing::Site;

use crate::support::*;

const SITES: [(&str, &str, bool); 8] = [
    ("origin", "https://example.com", true),
    ("origin", "https://evil.example", false),
    ("origin", "https://sub.example.com", false),
    ("origin", "http://example.com", false),
    ("origin", "null", false),
    ("sec-fetch-site", "same-origin", true),
    ("sec-fetch-site", "same-site", false),
    ("sec-fetch-site", "cross-site", false),
];

#[tokio::test]
async fn a_change_by_a_cookie_is_refused_when_another_site_has_caused_it() {
    let site = Site::new();
    let app = app(&site.builder().routes(routes()).build().unwrap());
    let token = token(&site, now());
    for (name, value, is_ours) in SITES {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let sent = with(with_cookie(request(method, "/me"), &token), name, value);
            let response = ask(&app, sent).await;
            if is_ours {
                assert_eq!(response.status(), 200, "{method} {value}");
            } else {
                assert_eq!(response.status(), 403, "{method} {value}");
                assert_eq!(refusal(&response), "cross_site");
            }
            // A token in `Authorization` no browser sends by itself.
            let sent = with(with_bearer(request(method, "/me"), &token), name, value);
            assert_eq!(status(&app, sent).await, 200, "{method} {value}");
        }
        // What changes nothing may be asked for by a link.
        for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
            let sent = with(with_cookie(request(method, "/me"), &token), name, value);
            assert_eq!(status(&app, sent).await, 200, "{method} {value}");
        }
        // Where no session is needed, the request passes as a stranger's.
        let sent = with(with_cookie(request("POST", "/hook"), &token), name, value);
        let expected =
            if is_ours { site.wallet().address().to_string() } else { "stranger".into() };
        let response = ask(&app, sent).await;
        if is_ours {
            assert_eq!(text(response).await, expected, "{value}");
        } else {
            // The handler asks who it is, and is told that it is another site's.
            assert_eq!(response.status(), 403, "{value}");
        }
        // Without any session the refusal is the plain one.
        let response = ask(&app, with(request("POST", "/me"), name, value)).await;
        assert_eq!(refusal(&response), "missing_session", "{value}");
    }
}

#[tokio::test]
async fn no_endpoint_serves_another_site() {
    let site = Site::new();
    let app = app(&site.builder().build().unwrap());
    let token = token(&site, now());
    for (name, value, is_ours) in SITES {
        for (method, path) in [
            ("GET", "/api/auth/nonce"),
            ("POST", "/api/auth/verify"),
            ("POST", "/api/auth/refresh"),
            ("POST", "/api/auth/logout"),
            ("GET", "/api/auth/session"),
        ] {
            if path.ends_with("logout") && is_ours {
                continue;
            }
            let sent = with(with_cookie(request(method, path), &token), name, value);
            let response = ask(&app, sent).await;
            if is_ours {
                assert_ne!(response.status(), 403, "{path} {value}");
            } else {
                assert_eq!(response.status(), 403, "{path} {value}");
                assert_eq!(cookie_set(&response, Session::COOKIE), None);
                assert_eq!(code(response).await, "cross_site");
            }
        }
    }
    // The session was not ended by any of them.
    assert_eq!(status(&app, with_cookie(request("GET", "/me"), &token)).await, 200);
}
