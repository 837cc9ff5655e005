//! Fields that Kick has been seen to write in more than one way.

use kick_hmac::event::{Category, ChatMessageSent};
use kick_hmac::{Event, VerifyError};

use crate::CLAIM;
use crate::bodies::{BANNED, CHAT, METADATA, STATUS};
use crate::events::{claim, event};

const MALFORMED: VerifyError = VerifyError::MalformedEvent;

fn chat(body: &str) -> ChatMessageSent {
    match event("chat.message.sent", body) {
        Ok(Event::ChatMessageSent(event)) => event,
        other => panic!("{other:?}"),
    }
}

/// The category in metadata that have these fields.
fn category(fields: &str) -> Result<Option<Category>, VerifyError> {
    let body = format!(r#"{{"broadcaster":{{}},"metadata":{{"title":null{fields}}}}}"#);
    match event("livestream.metadata.updated", &body)? {
        Event::LivestreamMetadataUpdated(event) => Ok(event.metadata.category),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_category_has_a_small_or_a_capital_letter_or_both() {
    let id = |fields: &str| category(fields).unwrap().map(|category| category.id);
    assert_eq!(id(""), None);
    assert_eq!(id(r#","category":{"id":1}"#), Some(Some(1)));
    assert_eq!(id(r#","Category":{"id":2}"#), Some(Some(2)));
    assert_eq!(id(r#","category":{"id":1},"Category":{"id":2}"#), Some(Some(1)));
    assert_eq!(id(r#","Category":{"id":2},"category":{"id":1}"#), Some(Some(1)));
    assert_eq!(id(r#","category":null,"Category":{"id":2}"#), Some(Some(2)));
    assert_eq!(id(r#","category":{"id":1},"Category":null"#), Some(Some(1)));
    assert_eq!(id(r#","category":null,"Category":null"#), None);
    assert_eq!(id(r#","category":{}"#), Some(None));
    assert_eq!(id(r#","CATEGORY":{"id":3}"#), None);
    for twice in [
        r#","category":{"id":1},"category":{"id":1}"#,
        r#","Category":{"id":1},"Category":{"id":1}"#,
    ] {
        assert_eq!(category(twice).unwrap_err(), MALFORMED);
    }
}

#[test]
fn metadata_of_a_ban_are_none_of_a_livestream() {
    // With a broadcaster and metadata of its own, it lacks a title.
    let refused = event("livestream.metadata.updated", BANNED);
    assert_eq!(refused.unwrap_err(), MALFORMED);
    let titled = METADATA.replace("\"a title\"", "null");
    assert!(event("livestream.metadata.updated", &titled).is_ok());
}

#[test]
fn emotes_may_be_null_and_absent_and_their_ids_numbers() {
    let emotes = r#"[{"emote_id": "4148074", "positions": [{"s": 3, "e": 27}]}]"#;
    assert!(CHAT.contains(emotes));
    for none in ["null", "[]"] {
        assert!(chat(&CHAT.replace(emotes, none)).emotes.is_empty());
    }
    let absent = CHAT.replace(&format!("\"emotes\": {emotes},"), "");
    assert!(chat(&absent).emotes.is_empty());
    let number = chat(&CHAT.replace("\"4148074\"", "4148074"));
    assert_eq!(number.emotes[0].emote_id, "4148074");
    for none in ["null", "[]"] {
        let emotes = chat(&CHAT.replace("[{\"s\": 3, \"e\": 27}]", none)).emotes;
        assert!(emotes[0].positions.is_empty());
    }
    for strange in ["-4148074", "4148074.5", "true", "null", "[]", "{}", "18446744073709551616"] {
        let body = CHAT.replace("\"4148074\"", strange);
        assert_eq!(event("chat.message.sent", &body).unwrap_err(), MALFORMED, "{strange}");
    }
}

#[test]
fn badges_may_be_null_and_absent() {
    let start = CHAT.find("\"badges\"").unwrap();
    let end = CHAT[start..].find(']').unwrap() + start + 1;
    let badges = &CHAT[start..end];
    for none in ["\"badges\": null", "\"badges\": []", "\"bits\": 0"] {
        let sender = chat(&CHAT.replace(badges, none)).sender;
        assert!(sender.identity.unwrap().badges.is_empty(), "{none}");
    }
}

#[test]
fn a_claim_s_user_is_a_number_or_a_text() {
    let user = |text: &str| match claim(&CLAIM.replace(":7,", &format!(":{text},"))) {
        Ok(Event::DropsClaim(claim)) => Ok(claim.user_id),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    };
    assert_eq!(user("7").unwrap(), "7");
    assert_eq!(user("\"7\"").unwrap(), "7");
    assert_eq!(user("\"\"").unwrap(), "");
    assert_eq!(user("18446744073709551615").unwrap(), "18446744073709551615");
    for strange in ["-7", "7.5", "null", "true", "[7]", "{\"id\":7}"] {
        assert_eq!(user(strange).unwrap_err(), MALFORMED, "{strange}");
    }
    assert_eq!(claim(&CLAIM.replace("\"user_id\":7,", "")).unwrap_err(), MALFORMED);
}

#[test]
fn each_field_of_a_claim_but_the_external_id_is_needed() {
    for name in ["claim_id", "user_id", "reward_id"] {
        let without = CLAIM.replace(&format!("\"{name}\""), "\"x\"");
        assert_eq!(claim(&without).unwrap_err(), MALFORMED, "{name}");
    }
    let with = |external_id: &str| {
        claim(&CLAIM.replacen('{', &format!("{{\"external_id\":{external_id},"), 1))
    };
    assert!(with("null").is_ok() && with("\"x\"").is_ok());
    assert_eq!(with("7").unwrap_err(), MALFORMED);
}

#[test]
fn a_time_in_a_body_has_its_form() {
    let good = "2025-04-01T18:56:18+11:00";
    assert!(STATUS.contains(good));
    for text in ["2025-04-01T07:56:18.123456789Z", "2025-04-01T07:56:18-00:00"] {
        assert!(event("livestream.status.updated", &STATUS.replace(good, text)).is_ok());
    }
    for text in
        ["", "2025-04-01T07:56:18", "2025-04-01 07:56:18Z", "1743494179", "2025-02-30T00:00:00Z"]
    {
        let refused = event("livestream.status.updated", &STATUS.replace(good, text));
        assert_eq!(refused.unwrap_err(), MALFORMED, "{text}");
    }
}

#[test]
fn text_has_any_letters_and_stays_as_it_was() {
    let event = chat(&CHAT.replace("hi [", "\\u00e9\\n\\\"\\ud83d\\ude00 \u{202e}["));
    assert!(event.content.starts_with("\u{e9}\n\"\u{1f600} \u{202e}[emote"));
}
