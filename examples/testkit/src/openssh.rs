//! OpenSSH: a server with a repository of git, and clients for it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command as Blocking, Output};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::folder::Folder;
use crate::port;
use crate::process::Process;

/// The real sshd, with throw-away keys and an empty repository, and the clients for it.
///
/// Dropping this stops it.
#[derive(Debug)]
pub struct OpenSsh {
    /// Where sshd listens, while it does.
    pub address: SocketAddr,
    process: Process,
    folder: Folder,
    user: String,
}

impl OpenSsh {
    /// Starts it on loopback.
    ///
    /// # Panics
    ///
    /// If OpenSSH or git is not installed, or sshd does not start.
    pub async fn start() -> Self {
        let folder = Folder::new();
        for name in ["host", "client"] {
            let mut keygen = Blocking::new("ssh-keygen");
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-f", &folder.path(name)]);
            let status = keygen.status().expect("OpenSSH's ssh-keygen");
            assert!(status.success(), "{status}");
        }
        let public = |name: &str| fs::read_to_string(folder.path(name)).expect("a key");
        let _ = folder.write("authorized", &public("client.pub"));
        let _ = folder.write("known", &format!("{HOST} {}", public("host.pub")));
        let _ = folder.write("ssh_config", &configured(SSH, &folder));

        let address = port::reserve();
        let _ = folder.write(
            "sshd_config",
            &configured(SSHD, &folder).replace("{port}", &address.port().to_string()),
        );
        let user = Blocking::new("id").arg("-un").output().expect("the user's name").stdout;
        let user = String::from_utf8_lossy(&user).trim().to_owned();
        let process = start_sshd(&folder, address).await;
        let scene = Self { address, process, folder, user };
        let repository = scene.folder.path("plue.git");
        scene.git("127.0.0.1", &["init", "--quiet", "--bare", "-b", "main", &repository]).await;
        scene
    }

    /// Stops it.
    pub async fn stop(&mut self) {
        self.process.terminate().await;
    }

    /// Starts it after [`stop`](Self::stop), at its address.
    pub async fn start_again(&mut self) {
        self.process = start_sshd(&self.folder, self.address).await;
    }

    /// What sshd has written until now.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }

    /// The repository, for git, through there.
    #[must_use]
    pub fn repository(&self, through: SocketAddr) -> String {
        format!("ssh://{}@{through}{}", self.user, self.folder.path("plue.git"))
    }

    /// The command by which git speaks SSH as a client that the server knows.
    #[must_use]
    pub fn git_ssh_command(&self) -> String {
        format!("ssh -F {}", self.folder.path("ssh_config"))
    }

    /// Runs a command over SSH, as a client with this address that connects there.
    pub fn ssh(&self, from: &str, to: SocketAddr, command: &str) -> Command {
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", &self.folder.path("ssh_config"), "-b", from, "-T"])
            .args(["-p", &to.port().to_string()])
            .arg(format!("{}@{}", self.user, to.ip()))
            .arg(command)
            .kill_on_drop(true);
        ssh
    }

    /// Whether a client with this address that connects there gets through.
    pub async fn gets_through(&self, from: &str, to: SocketAddr) -> bool {
        output(self.ssh(from, to, "echo through")).await.stdout == b"through\n"
    }

    /// Pushes a commit to the repository and clones it, as clients with these addresses.
    ///
    /// # Panics
    ///
    /// If git fails, or what is cloned is not what was pushed.
    pub async fn push_and_clone(&self, pusher: &str, cloner: &str, through: SocketAddr) {
        let path = |name: &str| self.folder.path(name);
        let url = self.repository(through);
        let content: String = (0..50_000).map(|line| format!("line {line}\n")).collect();

        let (work, clone) = (path("work"), path("clone"));
        self.git(pusher, &["init", "--quiet", "-b", "main", &work]).await;
        fs::write(Path::new(&work).join("file"), &content).expect("a file");
        self.git(pusher, &["-C", &work, "add", "file"]).await;
        self.git(pusher, &["-C", &work, "commit", "--quiet", "-m", "a commit"]).await;
        self.git(pusher, &["-C", &work, "push", "--quiet", &url, "main"]).await;

        self.git(cloner, &["clone", "--quiet", &url, &clone]).await;
        let cloned = fs::read_to_string(Path::new(&clone).join("file")).expect("a file");
        assert!(cloned == content, "what is cloned is not what was pushed");
    }

    async fn git(&self, from: &str, arguments: &[&str]) {
        let ssh = format!("{} -b {from}", self.git_ssh_command());
        let mut git = Command::new("git");
        git.args(arguments)
            .kill_on_drop(true)
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .envs([("GIT_AUTHOR_NAME", AUTHOR), ("GIT_AUTHOR_EMAIL", AUTHOR_EMAIL)])
            .envs([("GIT_COMMITTER_NAME", AUTHOR), ("GIT_COMMITTER_EMAIL", AUTHOR_EMAIL)])
            .env("GIT_SSH_COMMAND", ssh);
        let output = output(git).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}\n{}", self.output());
    }
}

async fn start_sshd(folder: &Folder, address: SocketAddr) -> Process {
    // Where Debian's sshd, started as root, shuts itself in. Its service makes the folder.
    let _ = fs::create_dir_all("/run/sshd");
    // sshd must be named by its whole path, since it executes itself.
    let mut command = Command::new("/usr/sbin/sshd");
    command.args(["-D", "-e", "-f", &folder.path("sshd_config")]);
    let mut process = Process::start(command);
    process.wait_until_listening(address).await;
    process
}

async fn output(mut command: Command) -> Output {
    let output = timeout(Duration::from_secs(60), command.output()).await;
    output.expect("an end within a minute").expect("a program that can be started")
}

fn configured(template: &str, folder: &Folder) -> String {
    template.replace("{folder}", folder.path("").trim_end_matches('/'))
}

const HOST: &str = "git.plue.dev";
const AUTHOR: &str = "edgeproof test";
const AUTHOR_EMAIL: &str = "test@edgeproof.invalid";

// StrictModes: a folder for temporary files is everybody's.
const SSHD: &str = "\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
AuthenticationMethods publickey
StrictModes no
UsePAM no
PidFile none
LogLevel VERBOSE
";

// The host's key is looked up by its name, whatever stands in front of it.
const SSH: &str = "\
IdentityFile {folder}/client
IdentitiesOnly yes
UserKnownHostsFile {folder}/known
GlobalKnownHostsFile none
HostKeyAlias git.plue.dev
StrictHostKeyChecking yes
BatchMode yes
ControlPath none
";
