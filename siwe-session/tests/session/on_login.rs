use siwe_session::testing::{Site, Wallet};
use siwe_session::{Claims, LoginDenied, Session};

use crate::support::*;

#[tokio::test]
async fn the_application_may_refuse_a_login_or_give_its_session_claims() {
    let (site, clock) = (Site::new(), Clock::new());
    let (banned, unknown, admin) = (Wallet::new(), Wallet::new(), Wallet::new());
    let (banned_address, unknown_address) = (banned.address(), unknown.address());
    let siwe = clock.of(site.builder()).on_login(move |login| async move {
        tokio::task::yield_now().await;
        if login.address() == banned_address {
            return Err(LoginDenied::Denied);
        }
        if login.address() == unknown_address {
            return Err(LoginDenied::Unavailable);
        }
        Ok(Claims::new().with("role", "admin").unwrap())
    });
    let siwe = siwe.build().unwrap();
    let role = async |session: Session| session.claims().get("role").unwrap_or("none").to_owned();
    let app: axum::Router = axum::Router::new()
        .route("/role", axum::routing::get(role))
        .nest("/api/auth", siwe.router())
        .layer(siwe.layer());
    for (wallet, expected_status, expected) in
        [(&banned, 403, "denied"), (&unknown, 503, "login_unavailable")]
    {
        let (body, binding) = signed(&app, wallet, clock.now()).await;
        let response = ask(&app, post("/api/auth/verify", &body, &binding)).await;
        assert_eq!(response.status(), expected_status);
        assert_eq!(cookie_set(&response, Session::COOKIE), None);
        assert_eq!(code(response).await, expected);
    }
    let token = sign_in(&app, &admin, clock.now()).await;
    let ask_role = async |token: &str| {
        text(ask(&app, with_cookie(request("GET", "/role"), token)).await).await
    };
    assert_eq!(ask_role(&token).await, "admin");
    // They stay with the session when it is renewed.
    clock.pass(HOUR / 2);
    let response = ask(&app, with_cookie(request("GET", "/role"), &token)).await;
    let renewed = cookie_set(&response, Session::COOKIE).unwrap();
    assert_eq!(ask_role(&renewed).await, "admin");
}

#[tokio::test]
async fn whoever_is_refused_by_the_verifier_is_not_asked_about() {
    let site = Site::new();
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&asked);
    let siwe = site.builder().on_login(move |_| {
        count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async { Ok(Claims::new()) }
    });
    let app = app(&siwe.build().unwrap());
    let (mut body, binding) = signed(&app, &Wallet::new(), now()).await;
    body["signature"] = serde_json::json!(format!("0x{}1b", "11".repeat(64)));
    assert_eq!(status(&app, post("/api/auth/verify", &body, &binding)).await, 401);
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
    sign_in(&app, &Wallet::new(), now()).await;
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1);
}
