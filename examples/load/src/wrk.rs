use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use testkit::folder::Folder;
use thiserror::Error;
use tokio::process::Command;

use crate::Report;

/// A request, and what kind it is of in the report.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is written out")]
pub struct Request {
    /// What it is.
    pub kind: &'static str,
    /// Its method.
    pub method: &'static str,
    /// Its path, with the query.
    pub path: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Requests, of which one in ten is hostile.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is written out")]
pub struct Mix {
    /// Where they go, over TLS. The certificate is believed, whatever it is.
    pub address: SocketAddr,
    /// The good ones: one of each list in turn, and of a list one after the other.
    pub good: Vec<Vec<Request>>,
    /// Good ones that are each sent once: one in twenty, as long as there are any.
    pub once: Vec<Request>,
    /// The hostile ones, one after the other.
    pub hostile: Vec<Request>,
}

impl Mix {
    /// Sends them for this long over 32 connections, each as soon as the one before it is answered.
    ///
    /// # Errors
    ///
    /// If wrk is not installed, fails, or says what is not understood.
    pub async fn run(&self, during: Duration) -> Result<Report, LoadError> {
        let folder = Folder::new();
        let mut script = String::new();
        let lists = self.good.iter().map(|requests| ("good", requests));
        let lists = lists.chain([("once", &self.once), ("hostile", &self.hostile)]);
        for (index, (list, requests)) in lists.enumerate() {
            let file = folder.path(&format!("{index}.requests"));
            let kind = if list == "hostile" { list } else { "good" };
            let written: Vec<u8> = requests.iter().flat_map(|it| it.framed(kind)).collect();
            fs::write(&file, written).map_err(LoadError::File)?;
            // A `String` takes whatever is written.
            let _ = writeln!(script, "lists[#lists+1] = {{ '{list}', '{file}' }}");
        }
        let script = folder.write("load.lua", &format!("local lists = {{}}\n{script}{SCRIPT}"));
        let wrk = Command::new("wrk")
            .args(["--threads", "1", "--connections", "32", "--timeout", "10s"])
            .args(["--duration", &format!("{}s", during.as_secs()), "--script", &script])
            .arg(format!("https://{}/", self.address))
            .kill_on_drop(true)
            .output()
            .await
            .map_err(LoadError::Wrk)?;
        let told = String::from_utf8_lossy(&wrk.stdout).into_owned();
        let report = told.lines().find_map(|line| line.strip_prefix(REPORT));
        let report = report.ok_or_else(|| LoadError::Failed(format!("{told}{wrk:?}")))?;
        serde_json::from_str(report)
            .map_err(|error| LoadError::Failed(format!("{error}: {report}")))
    }
}

impl Request {
    /// As it is sent, with its length before it. Of which kind it is stands in a header, which the edge puts into
    /// the answer: wrk does not tell to which request an answer is.
    fn framed(&self, which: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        let kind = ("X-Load".to_owned(), format!("{which}: {}", self.kind));
        let length = ("Content-Length".to_owned(), self.body.len().to_string());
        for (name, value) in self.headers.iter().chain([&kind, &length]) {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        let request = [head.as_bytes(), &self.body].concat();
        [format!("{}\n", request.len()).as_bytes(), &request].concat()
    }
}

/// Why there is no report.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The requests cannot be written down.
    #[error("the requests cannot be written down")]
    File(#[source] std::io::Error),
    /// wrk has said something else.
    #[error("wrk failed: {0}")]
    Failed(String),
    /// wrk cannot be started.
    #[error("wrk cannot be started; Debian's package is called wrk")]
    Wrk(#[source] std::io::Error),
}

const REPORT: &str = "report: ";

/// Behind `lists`: the kind of each, and the file with its requests.
const SCRIPT: &str = r#"
local threads = {}
function setup(thread) table.insert(threads, thread) end

local good, once, hostile = {}, { next = 0 }, nil
function init()
  for _, list in ipairs(lists) do
    local file = io.open(list[2], "rb")
    local requests = { next = 0 }
    local length = file:read("*n")
    while length do
      file:read(1)
      requests[#requests + 1] = file:read(length)
      length = file:read("*n")
    end
    file:close()
    if list[1] == "good" then good[#good + 1] = requests
    elseif list[1] == "once" then once = requests
    elseif #requests > 0 then hostile = requests end
  end
end

local function next_of(requests)
  requests.next = requests.next % #requests + 1
  return requests[requests.next]
end

local sent, turn = 0, 0
function request()
  sent = sent + 1
  if hostile and sent % 10 == 0 then return next_of(hostile) end
  if sent % 20 == 1 and once.next < #once then return next_of(once) end
  turn = turn % #good + 1
  return next_of(good[turn])
end

answers = {}
function response(status, headers)
  local key = (headers["x-load"] or headers["X-Load"] or "good: unknown") .. "|" .. status
  answers[key] = (answers[key] or 0) + 1
end

function done(summary, latency)
  local kinds = { good = {}, hostile = {} }
  for _, thread in ipairs(threads) do
    for key, count in pairs(thread:get("answers")) do
      local list, kind, status = key:match("^(%a+): (.*)|(%d+)$")
      local statuses = kinds[list][kind] or {}
      statuses[status] = (statuses[status] or 0) + count
      kinds[list][kind] = statuses
    end
  end
  local function object(members, write)
    local parts = {}
    for name, value in pairs(members) do
      parts[#parts + 1] = string.format("%q:%s", tostring(name), write(value))
    end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  local function answers_of(kinds)
    return object(kinds, function(statuses) return object(statuses, tostring) end)
  end
  local errors = {
    connect = summary.errors.connect, read = summary.errors.read,
    write = summary.errors.write, timeout = summary.errors.timeout,
  }
  print("report: " .. string.format(
    '{"seconds":%f,"good":%s,"hostile":%s,"errors":%s,"median":%f,"p99":%f}',
    summary.duration / 1e6, answers_of(kinds.good), answers_of(kinds.hostile),
    object(errors, tostring), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"#;
