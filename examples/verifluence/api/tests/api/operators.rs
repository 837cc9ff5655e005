use axum::http::Request;
use database::testing::Migrated;
use serde_json::json;
use sqlx::Executor;

use crate::{Scene, empty};

over_both!(everybody_may_see_that_there_are_no_operators);

async fn everybody_may_see_that_there_are_no_operators(scene: &Scene) {
    let answer = scene.send(empty(Request::get("/api/operators"))).await;
    assert_eq!((answer.status.as_u16(), answer.body), (200, json!([])));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn operators_are_listed_with_their_names_and_without_who_wrote_them() {
    let migrated = Migrated::start().await;
    let written = "INSERT INTO operators (name, by) VALUES ('First', 'user:1'), ('Second', 'x')";
    migrated.owner.execute(written).await.unwrap();
    let answer = Scene::over(&migrated).send(empty(Request::get("/api/operators"))).await;
    let operators = json!([{ "id": 1, "name": "First" }, { "id": 2, "name": "Second" }]);
    assert_eq!(answer.body, operators);
}
