//! Child processes: their output is kept, and they end with the test.

pub(crate) mod family;

use std::fmt;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// A child process. Dropping it kills it, by its id.
pub struct Process {
    name: String,
    child: Child,
    output: Output,
    readers: Vec<JoinHandle<()>>,
    // Holds the pipe open.
    input: Option<JoinHandle<ChildStdin>>,
}

impl Process {
    /// Starts this command, within a Tokio runtime that goes on.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[must_use]
    pub fn start(command: Command) -> Self {
        Self::spawn(command, Stdio::null())
    }

    /// Starts this command, and lets it read this text from its standard input, which does not end
    /// before it does.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with_input(command: Command, input: &str) -> Self {
        let mut process = Self::spawn(command, Stdio::piped());
        if let Some(mut pipe) = process.child.stdin.take() {
            let input = input.to_owned();
            process.input = Some(tokio::spawn(async move {
                // A process that ends need not have read it.
                let _ = pipe.write_all(input.as_bytes()).await;
                pipe
            }));
        }
        process
    }

    fn spawn(mut command: Command, input: Stdio) -> Self {
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let output = Output::default();
        let readers = [
            child.stdout.take().map(|pipe| tokio::spawn(output.clone().keep(pipe))),
            child.stderr.take().map(|pipe| tokio::spawn(output.clone().keep(pipe))),
        ];
        let readers = readers.into_iter().flatten().collect();
        Self { name, child, output, readers, input: None }
    }

    /// What it has written until now, to both streams.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.to_string()
    }

    /// Waits until somebody accepts connections there.
    ///
    /// # Panics
    ///
    /// If the process has ended, or nobody listens after 10 seconds.
    pub async fn wait_until_listening(&mut self, address: SocketAddr) {
        let deadline = Instant::now().checked_add(PATIENCE);
        while TcpStream::connect(address).await.is_err() {
            if let Ok(Some(status)) = self.child.try_wait() {
                self.fail(&format!("has ended ({status}) instead of listening at {address}")).await;
            }
            if deadline.is_none_or(|deadline| deadline <= Instant::now()) {
                self.fail(&format!("does not listen at {address}")).await;
            }
            sleep(POLL_EVERY).await;
        }
    }

    /// Waits until it has written this, to either stream.
    ///
    /// # Panics
    ///
    /// If the process has ended, or has not written it after 60 seconds.
    pub async fn wait_until_written(&mut self, text: &str) {
        let deadline = Instant::now().checked_add(PATIENCE_TO_WRITE);
        while !self.output().contains(text) {
            if let Ok(Some(status)) = self.child.try_wait() {
                self.fail(&format!("has ended ({status}) without writing: {text}")).await;
            }
            if deadline.is_none_or(|deadline| deadline <= Instant::now()) {
                self.fail(&format!("does not write: {text}")).await;
            }
            sleep(POLL_EVERY).await;
        }
    }

    /// Waits until it ends by itself, or because it was asked to.
    ///
    /// # Panics
    ///
    /// If it has not ended after 15 seconds.
    pub async fn wait(&mut self) -> ExitStatus {
        match timeout(PATIENCE_TO_END, self.child.wait()).await {
            Ok(Ok(status)) => {
                self.finish_reading().await;
                status
            }
            _ => self.fail("does not end").await,
        }
    }

    /// Asks it to end (`SIGTERM`) and does not wait for that.
    ///
    /// # Panics
    ///
    /// If it has ended already.
    pub fn ask_to_end(&self) {
        self.signal(Signal::TERM);
    }

    /// Asks it to read its files again (`SIGHUP`).
    ///
    /// # Panics
    ///
    /// As [`ask_to_end`](Self::ask_to_end).
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    fn signal(&self, signal: Signal) {
        let asked = self.id().map(|id| kill_process(id, signal));
        assert!(matches!(asked, Some(Ok(()))), "{} has ended already\n{}", self.name, self.output);
    }

    /// Asks it to end, and waits for that.
    ///
    /// # Panics
    ///
    /// As [`ask_to_end`](Self::ask_to_end) and [`wait`](Self::wait).
    pub async fn terminate(&mut self) -> ExitStatus {
        self.ask_to_end();
        self.wait().await
    }

    /// Kills it (`SIGKILL`), and waits until it has ended.
    ///
    /// # Panics
    ///
    /// If it cannot be killed.
    pub async fn kill(&mut self) {
        let killed = self.child.kill().await;
        killed.unwrap_or_else(|error| panic!("{} cannot be killed: {error}", self.name));
        self.finish_reading().await;
    }

    /// Its id, if it has not ended.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Its id, for a signal, if it has not ended.
    pub(crate) fn id(&self) -> Option<Pid> {
        Pid::from_raw(self.child.id()?.try_into().ok()?)
    }

    /// Whether it has ended, by now.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    async fn fail(&mut self, what: &str) -> ! {
        self.finish_reading().await;
        panic!("{} {what}\n{}", self.name, self.output);
    }

    /// What a process wrote last is in the pipes still, when it has ended.
    async fn finish_reading(&mut self) {
        for reader in &mut self.readers {
            let _ = timeout(POLL_EVERY.saturating_mul(10), reader).await;
        }
        self.readers.clear();
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("name", &self.name)
            .field("id", &self.child.id())
            .finish_non_exhaustive()
    }
}

/// What a process wrote, the latest of it.
#[derive(Clone, Debug, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    async fn keep(self, mut pipe: impl AsyncRead + Unpin) {
        let mut chunk = vec![0; 4096];
        while let Ok(length @ 1..) = pipe.read(&mut chunk).await {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend(chunk.iter().take(length));
            let surplus = kept.len().saturating_sub(KEPT_OUTPUT);
            kept.drain(..surplus);
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f.write_str(&String::from_utf8_lossy(&kept))
    }
}

/// A server of the system, by its name.
pub(crate) fn server(program: &str) -> Command {
    let mut command = Command::new(program);
    // Where Debian puts them, and where only root looks.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin"));
    command
}

const KEPT_OUTPUT: usize = 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_TO_END: Duration = Duration::from_secs(15);
const PATIENCE_TO_WRITE: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(20);
