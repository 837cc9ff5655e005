use std::os::unix::process::ExitStatusExt;

use tokio::net::TcpStream;

use crate::service::eventually;
use crate::stand_in::BANNER;
use crate::{Client, Service, StandIn};

#[tokio::test]
async fn asked_to_end_it_accepts_nobody_and_lets_a_session_end() {
    let sshd = StandIn::start().await;
    let mut service = Service::start(sshd.address, &[]).await;
    let mut session = Client::connect("127.0.0.9", service.address).await;
    assert_eq!(session.hear().await, BANNER);

    service.process.ask_to_end();
    service.logs(&["draining", "sessions=1"]).await;
    assert!(TcpStream::connect(service.address).await.is_err());
    session.say("still here\r\n").await;
    assert_eq!(session.hear().await, "still here");
    session.fall_silent().await;
    assert_eq!(session.hear().await, "bye");
    session.must_be_closed().await;

    let status = service.process.wait().await;
    assert_eq!(status.code(), Some(0), "{}", service.process.output());
}

#[tokio::test]
async fn asked_to_end_it_closes_who_has_not_sent_a_header_yet() {
    let sshd = StandIn::start().await;
    let mut service = Service::behind_spectrum(sshd.address, &[]).await;
    let mut waiting = Client::connect("127.0.0.1", service.address).await;
    waiting.say("PROXY TCP4 ").await;
    // Accepted after that one, and has its banner: that one is waiting for its header.
    let mut session = Client::connect("127.0.0.9", service.address).await;
    assert_eq!(session.hear().await, BANNER);
    service.process.ask_to_end();
    waiting.must_be_closed().await;
    drop(session);
    let status = service.process.wait().await;
    assert_eq!(status.code(), Some(0), "{}", service.process.output());
}

#[tokio::test]
async fn a_session_that_does_not_end_is_cut_off_and_the_status_tells() {
    let sshd = StandIn::start().await;
    let mut service = Service::start(sshd.address, &[("DRAIN_SECONDS", "1")]).await;
    let mut session = Client::connect("127.0.0.9", service.address).await;
    assert_eq!(session.hear().await, BANNER);
    let status = service.process.terminate().await;
    assert_eq!((status.code(), status.signal()), (Some(1), None), "{}", service.process.output());
    session.must_be_closed().await;
    assert_eq!(service.logged(&["ERROR", "1 sessions were cut off"]), 1);
}

#[tokio::test]
async fn asked_to_end_with_nothing_to_do_it_ends() {
    let sshd = StandIn::start().await;
    let mut service = Service::start(sshd.address, &[]).await;
    assert_eq!(Client::connect("127.0.0.9", service.address).await.hear().await, BANNER);
    service.logs(&["session ended"]).await;
    let status = service.process.terminate().await;
    assert_eq!(status.code(), Some(0), "{}", service.process.output());
    let told = || service.process.output();
    eventually(|| service.logged(&["draining", "sessions=0"]) == 1, told).await;
}
