use sqlx::{Executor, PgPool};

use crate::migrated;

/// Whether this role may do this.
async fn may(pool: &PgPool, role: &str, statement: &str) -> bool {
    let mut transaction = pool.begin().await.unwrap();
    transaction.execute(format!("SET LOCAL ROLE {role}").as_str()).await.unwrap();
    match transaction.execute(statement).await {
        Ok(_) => true,
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42501") => false,
        Err(error) => panic!("{role}: {statement}: {error}"),
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn each_server_reaches_its_own_tables_alone() {
    let (_postgres, pool) = migrated().await;
    for (statement, api, admin, kick) in [
        ("SELECT * FROM _sqlx_migrations", true, true, true),
        ("SELECT * FROM streams", true, true, false),
        ("SELECT * FROM probes", false, true, false),
        ("INSERT INTO streams (id, title) VALUES ('x', 'x')", false, false, false),
        ("SELECT * FROM watchlists", true, false, false),
        ("INSERT INTO watchlists (wallet, stream) VALUES ('0x', 'rust')", true, false, false),
        ("INSERT INTO verifluence_used VALUES ('x', now())", true, false, false),
        ("DELETE FROM verifluence_used", true, false, false),
        ("SELECT id, name FROM operators", true, true, false),
        ("SELECT by FROM operators", false, true, false),
        ("INSERT INTO operators (name, by) VALUES ('x', 'y')", false, true, false),
        ("SELECT * FROM invitations", false, true, false),
        ("DELETE FROM invitations", false, true, false),
        ("INSERT INTO impersonations VALUES ('x', 'y', 'z', now())", false, true, false),
        ("DELETE FROM impersonations WHERE expires_at < now()", true, true, false),
        // Who makes tokens does not see those of others.
        ("SELECT user_id FROM impersonations", true, false, false),
        (
            "INSERT INTO kick_events (message_id, sent_at, kind, body) VALUES ('x', 'y', 'z', '')",
            false,
            false,
            true,
        ),
        ("SELECT * FROM kick_deliveries", false, false, true),
        ("CREATE TABLE mine (id int)", false, false, false),
        ("DROP TABLE streams", false, false, false),
        ("ALTER ROLE verifluence_api LOGIN", false, false, false),
    ] {
        let found = [
            may(&pool, "verifluence_api", statement).await,
            may(&pool, "verifluence_admin", statement).await,
            may(&pool, "verifluence_kick", statement).await,
        ];
        assert_eq!(found, [api, admin, kick], "{statement}");
    }
}
