//! Stands in for Kick: makes a throw-away key, waits for a receiver that believes it, and sends it
//! deliveries, good ones and bad ones.

use std::error::Error;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kick_hmac::testing::{KickSigner, Message};
use tokio::time::sleep;

type Request = axum::http::Request<Full<Bytes>>;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "these lines are to be read")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(url)) = (arguments.next(), arguments.next()) else {
        return Err("usage: deliver <file for the public key> <url of the receiver>".into());
    };
    let signer = KickSigner::new();
    fs::write(&file, signer.pem())?;
    println!("{file} is the key. Waiting for a receiver that believes it at {url}");

    let receiver = Receiver { url, client: Client::builder(TokioExecutor::new()).build_http() };
    let follow = || signer.event("channel.followed", follow_of(7));
    while !receiver.believes(&follow()).await {
        sleep(Duration::from_secs(1)).await;
    }

    let message = follow();
    let mut forged: Request = message.request();
    *forged.body_mut() = Bytes::from(follow_of(6)).into();
    for (what, request) in [
        ("an event", message.request()),
        ("the same again", message.request()),
        ("another body under its signature", forged),
        ("an event of an hour ago", follow().sent_at(an_hour_ago()).request()),
        ("another broadcaster's", signer.event("channel.followed", follow_of(6)).request()),
        ("a type that nobody knows", signer.event("channel.raided", follow_of(7)).request()),
        ("a body that is not of its type", signer.event("kicks.gifted", follow_of(7)).request()),
    ] {
        println!("{:>3}  {what}", receiver.send(request).await?);
    }
    Ok(())
}

struct Receiver {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Receiver {
    async fn send(&self, mut request: Request) -> Result<u16, Box<dyn Error>> {
        *request.uri_mut() = self.url.parse()?;
        Ok(self.client.request(request).await?.status().as_u16())
    }

    /// Not one that is not there yet, or has another key still.
    async fn believes(&self, message: &Message<'_>) -> bool {
        matches!(self.send(message.request()).await, Ok(200..=299))
    }
}

fn follow_of(broadcaster: u64) -> String {
    format!(
        r#"{{"broadcaster":{{"user_id":{broadcaster}}},"follower":{{"user_id":8,"username":"sample"}}}}"#
    )
}

#[expect(clippy::disallowed_methods, reason = "a receiver compares with the present")]
fn an_hour_ago() -> SystemTime {
    let now = SystemTime::now();
    now.checked_sub(Duration::from_secs(60 * 60)).unwrap_or(now)
}
