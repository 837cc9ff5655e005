// Prints what the Worker weighs and costs: `node figures.mjs CORE`, with the module that `.ci/run wasm` builds.
// It fails if the Worker is too large; no time is judged.

import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { AUTH } from "../edge/tests/clients/harness.mjs";
import { signed, wallet } from "../edge/tests/clients/signed.mjs";
import * as bindings from "./build/worker_bg.js";
import { modulePath, SECRETS, worker } from "./tests/support/scene.mjs";

const LARGEST = 700_000;
const TIMES = 200;

const cleanups = [];
const run = { after: (cleanup) => cleanups.unshift(cleanup) };
const bytes = await readFile(modulePath());
console.log(`size: ${bytes.length} bytes, ${gzipSync(bytes).length} compressed; at most ${LARGEST}`);
try {
  await startUp();
  const recovery = await oneRecovery(process.argv[2]);
  await verification(recovery);
} finally {
  for (const cleanup of cleanups) await cleanup();
}
if (bytes.length >= LARGEST) {
  console.error("the Worker is too large");
  process.exitCode = 1;
}

async function startUp() {
  const began = performance.now();
  const compiled = await WebAssembly.compile(bytes);
  const compiledAt = performance.now();
  const nothing = new Proxy({}, { get: () => () => 0 });
  const imports = new Proxy({}, { get: () => nothing });
  const instance = new WebAssembly.Instance(compiled, imports);
  const madeAt = performance.now();
  instance.exports.__wbindgen_start?.();
  console.log(`start-up: ${millis(compiledAt - began)} to compile, ${millis(madeAt - compiledAt)} to make an instance (V8 of Node)`);

  const began2 = performance.now();
  const { site } = await worker(run);
  const listening = performance.now();
  await fetch(`${site}/login/`);
  const first = performance.now();
  await fetch(`${site}/login/`);
  const second = performance.now();
  console.log(
    `start-up: workerd listens after ${millis(listening - began2)}; first answer ${millis(first - listening)}, second ${millis(second - first)}`,
  );
}

/** What the core takes for one recovery alone: the second half of a sign-in, asked from outside of it. */
async function oneRecovery(core) {
  const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(await readFile(core)), {});
  const ask = (request) => {
    const bytes = Buffer.from(JSON.stringify(request));
    const place = exports.room(bytes.length);
    new Uint8Array(exports.memory.buffer, place, bytes.length).set(bytes);
    const length = exports.answer();
    return JSON.parse(Buffer.from(new Uint8Array(exports.memory.buffer, exports.place(), length)).toString());
  };
  const now = Math.floor(Date.now() / 1000);
  const browser = "03".repeat(16);
  const user = wallet();
  ask({ ask: "configure", origin: "https://plue.dev", chains: [1], secret: "07".repeat(32) });
  const times = [];
  for (let time = 0; time < TIMES; time += 1) {
    const { nonce } = ask({ ask: "nonce", browser, random: time.toString(16).padStart(20, "0"), now });
    const message =
      `plue.dev wants you to sign in with your Ethereum account:\n${user.address}\n\n\nURI: https://plue.dev/\n` +
      `Version: 1\nChain ID: 1\nNonce: ${nonce}\nIssued At: ${new Date(now * 1000).toISOString()}`;
    const signature = await user.signMessage({ message });
    const { sign_in } = ask({ ask: "check", message, signature, browser, now });
    const began = performance.now();
    const login = ask({ ask: "finish", sign_in, was_put: true });
    times.push(performance.now() - began);
    if (login.is !== "login") throw new Error(JSON.stringify(login));
  }
  const took = median(times);
  console.log(`one recovery: ${millis(took)} (the core alone; median of ${TIMES})`);
  return took;
}

/**
 * What the Worker's own module takes for a whole `verify`, with a store that costs nothing; and for the same once
 * more, which is refused when the nonce was burned, before anything is recovered. In Node, since the clock of
 * workerd stands still within a request.
 */
async function verification(recovery) {
  const { exports } = new WebAssembly.Instance(await WebAssembly.compile(bytes), { "./worker_bg.js": bindings });
  bindings.__wbg_set_wasm(exports);
  exports.__wbindgen_start?.();
  const env = { ...SECRETS, PLUE_ORIGIN: "http://localhost:8787", BURNED: store() };
  const post = (body, cookie) =>
    new Request(`${env.PLUE_ORIGIN}${AUTH}/verify`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie },
      body: JSON.stringify(body),
    });
  // As a client has it, but for the network.
  const client = {
    origin: env.PLUE_ORIGIN,
    async call(_, path) {
      const answer = await bindings.fetch(new Request(env.PLUE_ORIGIN + path), env, {});
      this.cookie = answer.headers.getSetCookie()[0].split(";")[0];
      return { status: answer.status, json: await answer.json() };
    },
  };
  const user = wallet();
  const [first, again] = [[], []];
  for (let time = 0; time < TIMES; time += 1) {
    const body = await signed(client, user);
    for (const [times, status] of [[first, 200], [again, 401]]) {
      const request = post(body, client.cookie);
      const began = performance.now();
      const answer = await bindings.fetch(request, env, {});
      times.push(performance.now() - began);
      if (answer.status !== status) throw new Error(await answer.text());
    }
  }
  const [whole, without] = [median(first), median(again)];
  console.log(
    `verify: ${millis(whole)}, without the recovery ${millis(without)}: ` +
      `${((whole - without) / recovery).toFixed(2)} recoveries (medians of ${TIMES})`,
  );
}

/** A store that costs nothing, under the name that the Worker asks for. */
function store() {
  const burned = new Set();
  class DurableObjectNamespace {
    getByName(name) {
      const put = () => !burned.has(name) && !!burned.add(name);
      return { fetch: async () => new Response(null, { status: put() ? 201 : 409 }) };
    }
  }
  return new DurableObjectNamespace();
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function millis(value) {
  return `${value.toFixed(2)} ms`;
}
