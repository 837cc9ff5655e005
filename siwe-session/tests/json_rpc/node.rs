//! A node on loopback that answers as it is told, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use siwe_session::JsonRpc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// What comes back to one question. All but a whole answer close the connection.
pub(crate) enum Reply {
    /// A whole answer, on a connection that serves the next question too.
    Whole(Vec<u8>),
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, and the last of them for as long as they are read.
    Endless(&'static str, &'static str),
    /// These bytes, and then nothing, on a connection that stays open.
    Stuck(&'static str),
}

pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
}

type Answer = Arc<dyn Fn(&Value) -> Reply + Send + Sync>;

struct Inner {
    answer: Mutex<Answer>,
    chain: Mutex<Answer>,
    /// The head and the question, of each.
    seen: Mutex<Vec<(String, Value)>>,
    connections: AtomicUsize,
}

/// An answer with status 200 and this document.
pub(crate) fn document(text: impl AsRef<[u8]>) -> Reply {
    with_status("200 OK", text)
}

pub(crate) fn with_status(status: &str, text: impl AsRef<[u8]>) -> Reply {
    let text = text.as_ref();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", text.len());
    Reply::Whole([head.as_bytes(), text].concat())
}

/// What a node in order answers to this question.
pub(crate) fn result(question: &Value, result: &Value) -> Reply {
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result });
    document(answer.to_string())
}

pub(crate) fn error(question: &Value, error: &Value) -> Reply {
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "error": error });
    document(answer.to_string())
}

impl Node {
    /// A node of chain 1 that answers calls so.
    pub(crate) async fn new(answer: impl Fn(&Value) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(answer, None).await
    }

    /// A node of chain 1 whose contracts return this.
    pub(crate) async fn returning(returned: &str) -> Self {
        Self::new(returns(returned)).await
    }

    /// The same, behind TLS.
    pub(crate) async fn behind_tls(tls: TlsAcceptor, returned: &str) -> Self {
        Self::start(returns(returned), Some(tls)).await
    }

    async fn start(
        answer: impl Fn(&Value) -> Reply + Send + Sync + 'static,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            answer: Mutex::new(Arc::new(answer)),
            chain: Mutex::new(Arc::new(|question| result(question, &json!("0x1")))),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
        });
        let node = Self { address, inner };
        node.serve(listener, tls);
        node
    }

    fn serve(&self, listener: TcpListener, tls: Option<TlsAcceptor>) {
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                inner.connections.fetch_add(1, Ordering::Relaxed);
                let (tls, inner) = (tls.clone(), Arc::clone(&inner));
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => connection(tls.accept(stream).await?, inner).await,
                        None => connection(stream, inner).await,
                    }
                });
            }
        });
    }

    pub(crate) fn answer(&self, answer: impl Fn(&Value) -> Reply + Send + Sync + 'static) {
        *self.inner.answer.lock().unwrap() = Arc::new(answer);
    }

    /// How it answers on which chain it is.
    pub(crate) fn chain(&self, answer: impl Fn(&Value) -> Reply + Send + Sync + 'static) {
        *self.inner.chain.lock().unwrap() = Arc::new(answer);
    }

    pub(crate) fn is_on(&self, chain: &'static str) {
        self.chain(move |question| result(question, &json!(chain)));
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v2/secret-key", self.address)
    }

    /// A verifier that asks it for chain 1.
    pub(crate) fn verifier(&self) -> JsonRpc {
        JsonRpc::new([(1, self.url())]).unwrap()
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.inner.seen.lock().unwrap().iter().map(|(head, _)| head.clone()).collect()
    }

    pub(crate) fn questions(&self, method: &str) -> Vec<Value> {
        let seen = self.inner.seen.lock().unwrap();
        seen.iter()
            .map(|(_, asked)| asked)
            .filter(|asked| asked["method"] == method)
            .cloned()
            .collect()
    }

    pub(crate) fn calls(&self) -> usize {
        self.questions("eth_call").len()
    }

    pub(crate) fn chain_questions(&self) -> usize {
        self.questions("eth_chainId").len()
    }

    pub(crate) fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::Relaxed)
    }

    /// Until it was asked this many questions of a method.
    pub(crate) async fn asked(&self, method: &str, times: usize) {
        let asked = async {
            while self.questions(method).len() < times {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(30), asked).await.unwrap();
    }
}

fn returns(returned: &str) -> impl Fn(&Value) -> Reply + Send + Sync + 'static {
    let returned = json!(returned);
    move |question| result(question, &returned)
}

async fn connection(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    inner: Arc<Inner>,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        let Some((head, question)) = request(&bytes) else {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
            continue;
        };
        bytes.clear();
        let of_chain = question["method"] == "eth_chainId";
        inner.seen.lock().unwrap().push((head, question.clone()));
        let answer = if of_chain { &inner.chain } else { &inner.answer };
        let answer = Arc::clone(&*answer.lock().unwrap());
        match answer(&question) {
            Reply::Whole(bytes) => {
                stream.write_all(&bytes).await?;
                stream.flush().await?;
                continue;
            }
            Reply::Bytes(bytes) => stream.write_all(&bytes).await?,
            Reply::Endless(head, rest) => {
                stream.write_all(head.as_bytes()).await?;
                loop {
                    stream.write_all(rest.as_bytes()).await?;
                }
            }
            Reply::Stuck(bytes) => {
                stream.write_all(bytes.as_bytes()).await?;
                // Until whoever asked goes.
                stream.read_u8().await?;
            }
        }
        return stream.shutdown().await;
    }
}

/// The head and the question, when all of it has come.
fn request(bytes: &[u8]) -> Option<(String, Value)> {
    let text = std::str::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let is_whole = body.len() == length.parse::<usize>().unwrap();
    is_whole.then(|| (head, serde_json::from_str(body).unwrap()))
}
