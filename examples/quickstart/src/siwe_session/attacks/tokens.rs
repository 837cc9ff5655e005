//! Tokens of sessions that nobody began, or not here.

use std::error::Error;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use siwe_session::testing::{Site, Wallet};
use siwe_session::{Audience, Claims, KeyRing, SessionKey, SessionTokens};

/// What makes tokens: the service's keys, and others.
pub(super) struct Forger<'a> {
    pub(super) site: &'a Audience,
    pub(super) keys: &'a KeyRing,
    pub(super) kid: &'a str,
}

impl Forger<'_> {
    /// What is sent: a description, the token, and the code that must come.
    pub(super) fn tokens(&self, ann: &Wallet, genuine: &str) -> Result<Vec<Line>, Box<dyn Error>> {
        let other_site = Audience::origin("https://plue.example")?.chains([1]);
        let stranger = Site::for_audience(self.site.clone());
        let of_stranger = stranger.token(ann, Claims::new(), super::hours_ago(0));
        let of_same_name = KeyRing::new([SessionKey::hs256(self.kid, super::random::<32>()?)?])?;
        Ok(vec![
            ("a cookie that is no token", "ann".to_owned(), "malformed_session"),
            ("alg none, and no signature", self.unsigned(genuine)?, "wrong_algorithm"),
            ("a key of the attacker's own", of_stranger, "unknown_key"),
            (
                "the attacker's key under the name of ours",
                issue(&of_same_name, self.site, ann, 0)?,
                "bad_session_signature",
            ),
            (
                "a genuine token with another address put in",
                tampered(genuine, ann)?,
                "bad_session_signature",
            ),
            (
                "a session of another site with our key",
                issue(self.keys, &other_site, ann, 0)?,
                "wrong_audience",
            ),
            ("a session of two hours ago", issue(self.keys, self.site, ann, 2)?, "expired_session"),
        ])
    }

    /// RFC 7519 §6.1: an unsecured token, with the claims of a genuine one.
    fn unsigned(&self, genuine: &str) -> Result<String, Box<dyn Error>> {
        let header = format!(r#"{{"alg":"none","typ":"siwe-session+jwt","kid":"{}"}}"#, self.kid);
        let claims = genuine.split('.').nth(1).ok_or("no claims")?;
        Ok(format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(header)))
    }
}

pub(super) type Line = (&'static str, String, &'static str);

/// A token of a session that began so many hours ago.
fn issue(
    keys: &KeyRing,
    site: &Audience,
    wallet: &Wallet,
    hours: u32,
) -> Result<String, Box<dyn Error>> {
    let then = super::hours_ago(hours);
    let login = Site::for_audience(site.clone()).login(wallet, then);
    let tokens = SessionTokens::builder(keys.clone(), [site]).build()?;
    Ok(tokens.issue(&login, Claims::new(), super::random()?, then)?.1)
}

fn tampered(genuine: &str, ann: &Wallet) -> Result<String, Box<dyn Error>> {
    let mut parts = genuine.split('.');
    let (Some(header), Some(payload), Some(signature)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err("not three parts".into());
    };
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(payload)?)?;
    let victim = Wallet::new().address().to_string();
    let other = claims.replace(&ann.address().to_string(), &victim);
    if other == claims {
        return Err("no address in the token".into());
    }
    Ok(format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(other)))
}
