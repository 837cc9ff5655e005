//! Sign-ins, most of them hostile.

use std::error::Error;

use reqwest::header::{CONTENT_TYPE, COOKIE, ORIGIN};
use siwe_session::testing::Wallet;
use tokio::task::JoinSet;

use super::client::{Answer, Signed};
use super::{CROSS_SITE, EVIL, MISSING, PROTECTED, Scene, hours_ago};
use crate::table::Table;

impl Scene {
    /// Messages, none of which burns the nonce but the sign-in.
    pub(super) async fn play_sign_ins(&self, table: &mut Table) -> Result<(), Box<dyn Error>> {
        let (client, ann) = (&self.client, &self.ann);
        let (begun, of_other) = (client.begin().await?, client.begin().await?);
        let genuine = || begun.message(ann.address());
        let signed = |message| Signed::new(message, ann);
        let evil = || begun.message_for("evil.example", ann.address());
        let own = begun.cookie.as_str();
        let sign_in = signed(genuine())?;

        let refused = |code| (401, code);
        let lines = [
            ("no cookie of the browser", "", signed(genuine())?, refused("missing_binding")),
            (
                "another browser's nonce",
                own,
                signed(genuine().nonce(of_other.nonce.as_str()))?,
                refused("unknown_nonce"),
            ),
            (
                "this nonce, in another browser",
                &of_other.cookie,
                signed(genuine())?,
                refused("unknown_nonce"),
            ),
            (
                "a nonce that nobody made",
                own,
                signed(genuine().nonce("0".repeat(54)))?,
                refused("unknown_nonce"),
            ),
            ("a message for another site", own, signed(evil())?, refused("wrong_domain")),
            (
                "for our domain, with another site's URI",
                own,
                signed(genuine().uri(EVIL))?,
                refused("wrong_uri"),
            ),
            ("for another chain", own, signed(genuine().chain_id(137))?, refused("wrong_chain")),
            ("an hour old", own, signed(genuine().issued_at(hours_ago(1)))?, refused("stale")),
            (
                "a line that no message has",
                own,
                signed(genuine())?.lengthened(),
                (400, "malformed_message"),
            ),
            (
                "the signature's twin, which anybody can make",
                own,
                signed(genuine())?.mirrored()?,
                refused("malleable_signature"),
            ),
            ("a sign-in", own, sign_in.clone(), (200, "-")),
            ("the same message again", own, sign_in, refused("used_nonce")),
        ];
        let page = client.get(PROTECTED);
        self.line(table, "a protected page, without a session", page, MISSING).await?;
        for (sent, cookie, signed, must) in lines {
            let answer = Answer::of(client.verify(cookie, &signed)).await?;
            table.line(sent, (answer.status, answer.code()), must);
        }
        self.play_bodies(table).await
    }

    async fn play_bodies(&self, table: &mut Table) -> Result<(), Box<dyn Error>> {
        let begun = self.client.begin().await?;
        let signed = Signed::new(begun.message(self.ann.address()), &self.ann)?;
        let large = format!("{}{}", signed.body(), " ".repeat(16 * 1024));
        let lines = [
            ("as text/plain, which a form can send", "text/plain", signed.body(), TEXT),
            ("over 16 KiB", "application/json", large, (413, "body_too_large")),
            ("no JSON", "application/json", "message=".to_owned(), (400, "malformed_body")),
        ];
        for (sent, content_type, body, must) in lines {
            let request = self.client.post("/api/auth/verify").header(CONTENT_TYPE, content_type);
            let answer = Answer::of(request.header(COOKIE, &begun.cookie).body(body)).await?;
            table.line(sent, (answer.status, answer.code()), must);
        }
        let request = self.client.verify(&begun.cookie, &signed).header(ORIGIN, EVIL);
        let answer = Answer::of(request).await?;
        table.line("from a page of another site", (answer.status, answer.code()), CROSS_SITE);
        Ok(())
    }

    /// Messages that each burn a nonce.
    pub(super) async fn play_signatures(&self, table: &mut Table) -> Result<(), Box<dyn Error>> {
        let (client, ann) = (&self.client, &self.ann);
        let forged = (401, "bad_signature");
        let begun = client.begin().await?;
        let of_other = Signed::new(begun.message(ann.address()), &Wallet::new())?;
        let answer = Answer::of(client.verify(&begun.cookie, &of_other)).await?;
        table.line("signed by another wallet", (answer.status, answer.code()), forged);

        let begun = client.begin().await?;
        let changed = Signed::new(begun.message(ann.address()), ann)?.changed();
        let answer = Answer::of(client.verify(&begun.cookie, &changed)).await?;
        table.line("changed after it was signed", (answer.status, answer.code()), forged);

        let begun = client.begin().await?;
        let signed = Signed::new(begun.message(ann.address()), ann)?;
        let mut tasks = JoinSet::new();
        for _ in 0..64 {
            tasks.spawn(Answer::of(client.verify(&begun.cookie, &signed)));
        }
        let answers = tasks.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let count =
            |must| answers.iter().filter(|answer| (answer.status, answer.code()) == must).count();
        let counted =
            format!("{} in, {} used_nonce", count((200, "-")), count((401, "used_nonce")));
        table.line(
            "64 sign-ins at once with one nonce",
            (200, &counted),
            (200, "1 in, 63 used_nonce"),
        );
        Ok(())
    }
}

const TEXT: (u16, &str) = (415, "unsupported_media_type");
