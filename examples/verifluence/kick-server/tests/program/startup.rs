use std::process::Command;

use testkit::folder::Folder;
use testkit::process::Process;

use crate::{PROGRAM, Service, follow};

#[test]
fn the_program_ends_with_status_2_and_tells_all_that_is_wrong() {
    let output = Command::new(PROGRAM).env_clear().env("LISTEN", "everywhere").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for name in ["KICK_BROADCASTERS", "KICK_DATA", "LISTEN"] {
        assert!(told.contains(name), "{name} is not in:\n{told}");
    }
}

/// What it tells when it cannot begin with this.
pub(crate) async fn cannot_begin(name: &str, value: &str) -> String {
    let mut command = tokio::process::Command::new(PROGRAM);
    command.env_clear().envs([
        ("KICK_BROADCASTERS", "7"),
        ("LISTEN", "127.0.0.1:0"),
        (name, value),
    ]);
    let mut program = Process::start(command);
    assert_eq!(program.wait().await.code(), Some(1), "{}", program.output());
    program.output()
}

#[tokio::test]
async fn two_programs_do_not_share_a_folder_and_the_second_tells_why() {
    let folder = Folder::new();
    let service = Service::start(&[("KICK_DATA", &folder.path(""))]).await;
    let told = cannot_begin("KICK_DATA", &folder.path("")).await;
    assert!(told.contains("KICK_DATA"), "{told}");
    assert!(told.contains("already open"), "{told}");
    assert_eq!(service.deliver_until_taken(&follow()).await, 204);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_not_made() {
    let folder = Folder::new();
    let told = cannot_begin("KICK_DATA", &folder.path("mounted/later")).await;
    assert!(told.contains("KICK_DATA"), "{told}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_by_its_variable_and_without_its_password() {
    let told = cannot_begin("DATABASE_URL", "postgres://kick:hunter2@127.0.0.1:1/kick").await;
    assert!(told.contains("DATABASE_URL"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn without_a_file_it_believes_kicks_published_key_and_no_other() {
    let folder = Folder::new();
    let settings = [("KICK_DATA", folder.path("")), ("KICK_PUBLIC_KEY_FILE", String::new())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let service = Service::start(&settings).await;
    let published = kick_hmac::KickPublicKey::published().fingerprint();
    assert!(service.look("/readyz").await.1.contains(&published));
    assert_eq!(service.deliver(&follow()).await, 401);
    // There is nothing to read again, and nothing that ends it.
    service.hang_up("refused").await;
    assert_eq!(service.look("/readyz").await.0, 200);
}
