// The Worker in workerd, the origin before which it stands, and what both are told. All on loopback.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer as createHttpServer, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";
import { certificates } from "./certificates.mjs";

const WORKER = fileURLToPath(new URL("../../dist/", import.meta.url));
const CLIENTS = fileURLToPath(new URL("../../../edge/tests/clients/", import.meta.url));
/** Where `cargo build` puts the servers. */
const PROGRAMS = join(process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../../../../target", import.meta.url)), "debug");

export const SECRETS = {
  PLUE_SESSION_KEYS: "test:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
  PLUE_NONCE_SECRETS: "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=",
};

/** Who visits, in the word of what stands before the Worker. */
export const VISITOR = "203.0.113.7";

const BURNED = { BURNED: { className: "Burned", useSQLite: true } };

/** A port that nobody has, and that the system gives to nobody who asks for any. */
export async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(() => true, () => false);
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}

/** A folder that is there as long as this test. */
export function folder(test) {
  const path = mkdtempSync(join(tmpdir(), "plue-edge-worker-"));
  test.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The Worker that `wrangler deploy --dry-run` has written, before this origin. */
export async function worker(test, { upstream, tls, binding, settings = {}, port = 0, burned = BURNED, beside = [] } = {}) {
  const cloudflare = await front(test, port);
  const site = `http://localhost:${cloudflare.port}`;
  const network = (tlsOptions) => ({ network: { allow: ["private", "public"], ...(tlsOptions && { tlsOptions }) } });
  const edge = {
    name: "edge",
    modules: true,
    rootPath: WORKER,
    scriptPath: "shim.js",
    modulesRules: [
      { type: "ESModule", include: ["**/*.js"] },
      { type: "CompiledWasm", include: ["**/*.wasm"] },
    ],
    compatibilityDate: "2026-04-01",
    durableObjects: burned,
    bindings: { PLUE_ORIGIN: site, ...SECRETS, ...(upstream && { PLUE_UPSTREAM: upstream }), ...settings },
    // Cloudflare names the visitor to the zone's origin too, and lets nobody else do it.
    stripCfConnectingIp: false,
    outboundService: network(tls),
    ...(binding && { serviceBindings: { ORIGIN_CERTIFICATE: network(binding) } }),
  };
  const miniflare = new Miniflare({ cf: false, host: "127.0.0.1", port: 0, workers: [edge, ...beside] });
  test.after(() => miniflare.dispose());
  cloudflare.behind = (await miniflare.ready).port;
  return { site, miniflare };
}

/** What names the visitor before a Worker, as Cloudflare does, whatever the visitor says. */
async function front(test, port) {
  const cloudflare = {};
  const server = createHttpServer((asked, answered) => {
    const headers = [];
    asked.rawHeaders.forEach((name, at) => {
      if (at % 2 === 0 && name.toLowerCase() !== "cf-connecting-ip") headers.push(name, asked.rawHeaders[at + 1]);
    });
    headers.push("CF-Connecting-IP", VISITOR);
    const sent = request({ host: "127.0.0.1", port: cloudflare.behind, method: asked.method, path: asked.url, headers, agent: false });
    sent.on("response", (answer) => {
      answered.writeHead(answer.statusCode, answer.rawHeaders);
      answered.flushHeaders();
      answer.pipe(answered);
    });
    sent.on("error", () => answered.destroy());
    asked.pipe(sent);
  });
  cloudflare.port = await listening(test, server, port);
  return cloudflare;
}

/** Listens until the test is over, and says where. */
export async function listening(test, server, port = 0) {
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  test.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return server.address().port;
}

/** The Worker before the real origin, over mutual TLS, as the edge that it believes. */
export async function system(test) {
  const pki = certificates(folder(test));
  const { url } = await origin(test, pki, { PLUE_USER_EDGES: pki.pin("edge") });
  return worker(test, { upstream: url, tls: pki.tls("edge") });
}

/** The real origin. */
export async function origin(test, certificates, settings) {
  const [port, health] = [await freePort(), await freePort()];
  await program(test, "plue-origin", [], {
    PLUE_LISTEN: `127.0.0.1:${port}`,
    PLUE_HEALTH_LISTEN: `127.0.0.1:${health}`,
    PLUE_CA: certificates.path("ca.crt"),
    PLUE_TLS_CERT: certificates.path("origin.crt"),
    PLUE_TLS_KEY: certificates.path("origin.key"),
    PLUE_HOSTS: "localhost",
    PLUE_DRAIN_SECONDS: "0",
    ...settings,
  });
  const status = async () => (await fetch(`http://127.0.0.1:${health}/status`)).json();
  return { url: `https://localhost:${port}`, port, status };
}

/** The native edge, for this site, before nothing. */
export async function nativeEdge(test, site) {
  const [port, health] = [await freePort(), await freePort()];
  await program(test, "plue-edge", ["--single-process"], {
    PLUE_LISTEN: `127.0.0.1:${port}`,
    PLUE_HEALTH_LISTEN: `127.0.0.1:${health}`,
    PLUE_ORIGIN: site,
    PLUE_UPSTREAM: "http://127.0.0.1:1",
    PLUE_DRAIN_SECONDS: "0",
    ...SECRETS,
  });
  return { site: `http://localhost:${port}` };
}

/** Starts one of the servers, and waits until it listens. */
async function program(test, name, arguments_, env) {
  const started = spawn(join(PROGRAMS, name), arguments_, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(started, "exit");
  test.after(async () => {
    started.kill("SIGTERM");
    await ended;
  });
  await new Promise((resolve, reject) => {
    let told = "";
    const read = (chunk) => {
      told += chunk;
      if (told.includes("listening")) resolve();
    };
    started.stdout.on("data", read);
    started.stderr.on("data", read);
    started.once("error", reject);
    ended.then(([code]) => reject(new Error(`${name} ended with ${code}: ${told}`)));
  });
}

/** Runs one of the clients of the native edge, which says on its own what went wrong. How many steps it took. */
export async function client(script, ...arguments_) {
  const { stdout } = await promisify(execFile)("node", [script, ...arguments_], { cwd: CLIENTS }).catch((error) => {
    const failed = error.stdout?.split("\n").filter((line) => line.includes('"ok":false'));
    throw new Error(`${script}:\n${failed?.join("\n")}\n${error.stderr}`);
  });
  return stdout.split("\n").filter((line) => line.includes('"ok":true')).length;
}

/** The module as it is deployed. */
export const modulePath = () => join(WORKER, readdirSync(WORKER).find((name) => name.endsWith(".wasm")));
