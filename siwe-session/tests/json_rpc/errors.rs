//! What is no answer of JSON-RPC to the question.

use std::time::Duration;

use serde_json::{Value, json};

use crate::node::{Node, Reply, document, with_status};
use crate::{MAGIC, ask, why};

const MALFORMED: &str = "the node's answer is not one of JSON-RPC 2.0 to this question";

async fn given(reply: impl Fn(&Value) -> Reply + Send + Sync + 'static) -> Result<bool, String> {
    ask(&Node::new(reply).await.verifier()).await
}

/// The answer that holds, changed so: `$id` is the question's id.
async fn written(text: &str) -> Result<bool, String> {
    let text = text.replace("$magic", MAGIC);
    given(move |question| document(text.replace("$id", &question["id"].to_string()))).await
}

#[tokio::test]
async fn what_jsonrpc_2_0_allows_is_read() {
    for text in [
        r#"{"jsonrpc":"2.0","id":$id,"result":"$magic"}"#,
        "\r\n {\"result\" : \"$magic\", \"id\" : $id, \"jsonrpc\" : \"2.0\" } \n",
        r#"{"jsonrpc":"2.0","id":$id,"result":"$magic","other":[{}]}"#,
    ] {
        assert_eq!(written(text).await, Ok(true), "{text}");
    }
}

#[tokio::test]
async fn what_is_no_answer_of_jsonrpc_2_0_is_refused() {
    for text in [
        "",
        "null",
        r#""$magic""#,
        "<html><body>502 Bad Gateway</body></html>",
        // a batch, and fields without their names
        r#"[{"jsonrpc":"2.0","id":$id,"result":"$magic"}]"#,
        r#"["2.0",$id,"$magic"]"#,
        // another version
        r#"{"id":$id,"result":"$magic"}"#,
        r#"{"jsonrpc":"1.0","id":$id,"result":"$magic"}"#,
        r#"{"jsonrpc":2.0,"id":$id,"result":"$magic"}"#,
        // no result, or one that is none
        r#"{"jsonrpc":"2.0","id":$id}"#,
        r#"{"jsonrpc":"2.0","id":$id,"result":null}"#,
        r#"{"jsonrpc":"2.0","id":$id,"result":true}"#,
        r#"{"jsonrpc":"2.0","id":$id,"result":["$magic"]}"#,
        r#"{"jsonrpc":"2.0","id":$id,"result":{"data":"$magic"}}"#,
        // both
        r#"{"jsonrpc":"2.0","id":$id,"result":"$magic","error":null}"#,
        r#"{"jsonrpc":"2.0","id":$id,"result":"$magic","error":{}}"#,
        r#"{"jsonrpc":"2.0","id":$id,"result":null,"error":{"code":3,"message":"execution reverted"}}"#,
        r#"{"jsonrpc":"2.0","id":$id,"result":"$magic","error":{"code":3,"message":"execution reverted"}}"#,
        // twice
        r#"{"jsonrpc":"2.0","id":$id,"result":"0x","result":"$magic"}"#,
        r#"{"jsonrpc":"2.0","id":$id,"id":$id,"result":"$magic"}"#,
        // an error that is none
        r#"{"jsonrpc":"2.0","id":$id,"error":null}"#,
        r#"{"jsonrpc":"2.0","id":$id,"error":"execution reverted"}"#,
        r#"{"jsonrpc":"2.0","id":$id,"error":[3,"execution reverted"]}"#,
        r#"{"jsonrpc":"2.0","id":$id,"error":{"message":"execution reverted"}}"#,
        r#"{"jsonrpc":"2.0","id":$id,"error":{"code":3}}"#,
        r#"{"jsonrpc":"2.0","id":$id,"error":{"code":"3","message":"execution reverted"}}"#,
        r#"{"jsonrpc":"2.0","id":$id,"error":{"code":3.5,"message":"execution reverted"}}"#,
        r#"{"jsonrpc":"2.0","id":$id,"error":{"code":3,"message":null}}"#,
        // more than one answer, and less
        r#"{"jsonrpc":"2.0","id":$id,"result":"$magic"}{}"#,
        r#"{"jsonrpc":"2.0","id":$id,"result":"$magic""#,
    ] {
        assert_eq!(written(text).await, why(MALFORMED), "{text}");
    }
}

#[tokio::test]
async fn the_answer_to_another_question_is_refused() {
    for id in [json!(null), json!("$id"), json!(0), json!(-1), json!(99), json!([]), json!(1.5)] {
        let text = json!({ "jsonrpc": "2.0", "id": id, "result": MAGIC }).to_string();
        assert_eq!(written(&text).await, why(MALFORMED), "{id}");
    }
    assert_eq!(written(r#"{"jsonrpc":"2.0","id":$id.0,"result":"$magic"}"#).await, why(MALFORMED));
    assert_eq!(written(r#"{"jsonrpc":"2.0","result":"$magic"}"#).await, why(MALFORMED));
    // That before ours.
    let before = |question: &Value| {
        let id = question["id"].as_u64().unwrap().wrapping_sub(1);
        document(json!({ "jsonrpc": "2.0", "id": id, "result": MAGIC }).to_string())
    };
    assert_eq!(given(before).await, why(MALFORMED));
}

#[tokio::test]
async fn every_status_but_200_is_refused_be_its_body_an_answer() {
    for status in [201, 202, 204, 206, 400, 401, 403, 404, 429, 500, 502, 503] {
        let answered = given(move |question| {
            let body = json!({ "jsonrpc": "2.0", "id": question["id"], "result": MAGIC });
            let body = if status == 204 { String::new() } else { body.to_string() };
            with_status(&format!("{status} Status"), body)
        });
        let expected = format!("the node answered with HTTP status {status}");
        assert_eq!(answered.await, why(&expected));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Node::returning(MAGIC).await;
    for status in [301, 302, 303, 307, 308] {
        let location = elsewhere.url();
        let answered = given(move |_| {
            let head = format!("HTTP/1.1 {status} Moved\r\nlocation: {location}\r\n");
            Reply::Bytes(format!("{head}content-length: 0\r\n\r\n").into_bytes())
        });
        let expected = format!("the node answered with HTTP status {status}");
        assert_eq!(answered.await, why(&expected));
    }
    assert_eq!(elsewhere.heads().len(), 0);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_refused() {
    let unreachable = "the node cannot be reached";
    // Before its head, within it, before its length, and a chunk that is none.
    for bytes in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"] {
        let answered = given(move |_| Reply::Bytes(bytes.as_bytes().to_vec()));
        assert_eq!(answered.await, why(unreachable), "{bytes}");
    }
    // The whole answer, in a chunk that is not the last.
    let chunk = |question: &Value| {
        let body = json!({ "jsonrpc": "2.0", "id": question["id"], "result": MAGIC }).to_string();
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        Reply::Bytes(format!("{head}{:x}\r\n{body}\r\n", body.len()).into_bytes())
    };
    assert_eq!(given(chunk).await, why(unreachable));
}

#[tokio::test]
async fn a_question_that_failed_is_not_asked_again() {
    let node = Node::returning(MAGIC).await;
    let verifier = node.verifier();
    assert_eq!(ask(&verifier).await, Ok(true));
    let cut = |bytes: &'static str| move || Reply::Bytes(bytes.as_bytes().to_vec());
    let replies: [Box<dyn Fn() -> Reply + Send + Sync>; 6] = [
        Box::new(|| with_status("408 Request Timeout", "")),
        Box::new(|| with_status("429 Too Many\r\nretry-after: 0", "")),
        Box::new(|| with_status("503 Down\r\nretry-after: 0", "")),
        Box::new(cut("")),
        Box::new(cut("HTTP/1.1 200 OK\r\n")),
        Box::new(cut("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{")),
    ];
    for (asked, reply) in replies.into_iter().enumerate() {
        node.answer(move |_| reply());
        assert!(ask(&verifier).await.is_err());
        assert_eq!(node.calls(), asked + 2);
    }
    assert_eq!(node.chain_questions(), 1);
}

#[tokio::test]
async fn a_question_whose_connection_had_served_before_is_not_asked_again() {
    let node = Node::returning(MAGIC).await;
    let verifier = node.verifier();
    for _ in 0..2 {
        assert_eq!(ask(&verifier).await, Ok(true));
    }
    // Until the connection is at rest, and serves the next.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let connections = node.connections();
    node.answer(|_| Reply::Bytes(Vec::new()));
    assert!(ask(&verifier).await.is_err());
    assert_eq!((node.calls(), node.connections()), (3, connections));
}

#[tokio::test]
async fn what_does_not_speak_http_is_refused() {
    let answered = given(|_| Reply::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()));
    assert_eq!(answered.await, why("the node cannot be reached"));
}

#[tokio::test]
async fn a_compressed_answer_is_not_decompressed() {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n";
    let gzip = [head.as_bytes(), &[0x1f, 0x8b, 0x08, 0x00]].concat();
    let answered = given(move |_| Reply::Bytes(gzip.clone()));
    assert_eq!(answered.await, why(MALFORMED));
}
