// What a client of the endpoints goes through, whatever makes its messages and its signatures.

import assert from "node:assert/strict";

export const AUTH = "/api/auth";
const WHOAMI = "/api/whoami";

/** Prints one line of JSON for each step, and remembers whether any failed. */
export function reporter(client) {
  let failed = 0;
  return {
    async step(name, act) {
      const began = performance.now();
      const line = { client, step: name, ok: true };
      try {
        Object.assign(line, await act());
      } catch (error) {
        failed += 1;
        Object.assign(line, { ok: false, error: String(error?.message ?? error) });
      }
      line.ms = Math.round(performance.now() - began);
      console.log(JSON.stringify(line));
      return line.ok;
    },
    finish() {
      process.exitCode = failed ? 1 : 0;
    },
  };
}

/** An HTTP client with the cookies of one browser, which Node's `fetch` does not keep. */
export class Client {
  cookies = new Map();

  constructor(origin) {
    this.origin = origin;
  }

  async call(method, path, { body, headers = {}, cookies = this.cookies } = {}) {
    const request = { method, redirect: "error", headers: { accept: "application/json", ...headers } };
    if (cookies.size) request.headers.cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    if (body !== undefined) {
      request.headers["content-type"] ??= "application/json";
      request.body = JSON.stringify(body);
    }
    const response = await fetch(this.origin + path, request);
    const text = await response.text();
    const set = response.headers.getSetCookie();
    set.forEach((cookie) => this.#keep(cookie));
    const { status, headers: received } = response;
    return { status, headers: received, text, json: parse(text), set };
  }

  #keep(cookie) {
    const [pair, ...attributes] = cookie.split(/; */);
    const at = pair.indexOf("=");
    const gone = attributes.some((attribute) => /^max-age=(0|-\d+)$/i.test(attribute));
    if (gone) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * `signer()` gives `{ address, message(fields), sign(text) }` with a new key. `fields` are those of the nonce's
 * answer, with `address` and `chainId`.
 */
export async function run(name, origin, signer) {
  const report = reporter(name);
  const { step } = report;
  const client = new Client(origin);
  const challenge = async (of = client) => ok(await of.call("GET", `${AUTH}/nonce`)).json;
  const write = (by, answer, change = {}) =>
    by.message({ ...answer, address: by.address, chainId: answer.chainIds[0], ...change });
  const verify = (message, signature, more = {}, of = client, options = {}) =>
    of.call("POST", `${AUTH}/verify`, { body: { message, signature, ...more }, ...options });
  const user = signer();

  await step("nonce", async () => {
    const answer = ok(await client.call("GET", `${AUTH}/nonce`));
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.match(answer.json.nonce, /^[0-9A-Za-z]{8,}$/);
    assert.equal(answer.json.domain, new URL(origin).host);
    assert.equal(answer.json.version, "1");
    hardened(answer.set, "__Host-siwe-pre");
    const plain = ok(await client.call("GET", `${AUTH}/nonce`, { headers: { accept: "text/plain" } }));
    assert.match(plain.text, /^[0-9A-Za-z]{8,}$/);
    return { digits: answer.json.nonce.length };
  });

  // With a cookie, as a browser has it.
  let signed;
  await step("cookie: sign in", async () => {
    const message = write(user, await challenge());
    signed = { message, signature: await user.sign(message), cookies: new Map(client.cookies) };
    const answer = ok(await verify(signed.message, signed.signature));
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.equal(answer.json.token, undefined);
    hardened(answer.set, "__Host-siwe");
    return session(answer.json, user);
  });
  await step("cookie: session", async () => session(ok(await client.call("GET", `${AUTH}/session`)).json, user));
  await step("cookie: protected route", async () => mine(await client.call("GET", WHOAMI), user));
  await step("cookie: refresh", async () => {
    const answer = ok(await client.call("POST", `${AUTH}/refresh`));
    hardened(answer.set, "__Host-siwe");
    return session(answer.json, user);
  });
  await step("cookie: protected route after refresh", async () => mine(await client.call("GET", WHOAMI), user));
  const kept = new Map(client.cookies);
  await step("cookie: log out", async () => {
    const answer = await client.call("POST", `${AUTH}/logout`);
    assert.equal(answer.status, 204);
    assert.ok(!client.cookies.has("__Host-siwe"), "the cookie is still there");
  });
  await step("cookie: refused without it", async () => {
    assert.equal((await client.call("GET", WHOAMI)).status, 401);
    return refused(await client.call("GET", `${AUTH}/session`), 401, "missing_session");
  });
  await step("cookie: refused with the old one", async () => {
    assert.equal((await client.call("GET", WHOAMI, { cookies: kept })).status, 401);
    const answer = await client.call("GET", `${AUTH}/session`, { cookies: kept });
    return refused(answer, 401, "revoked_session");
  });

  // With a token, as a program has it.
  const program = new Client(origin);
  let token;
  const bearer = () => ({ headers: { authorization: `Bearer ${token}` }, cookies: new Map() });
  await step("token: sign in", async () => {
    const message = write(user, await challenge(program));
    const answer = ok(await verify(message, await user.sign(message), { session: "token" }, program));
    assert.ok(!program.cookies.has("__Host-siwe"), "a cookie came as well");
    token = answer.json.token;
    assert.equal(typeof token, "string");
    return session(answer.json, user);
  });
  await step("token: protected route", async () => mine(await program.call("GET", WHOAMI, bearer()), user));
  await step("token: refresh", async () => {
    const answer = ok(await program.call("POST", `${AUTH}/refresh`, bearer()));
    assert.equal(typeof answer.json.token, "string");
    token = answer.json.token;
    return session(answer.json, user);
  });
  await step("token: protected route after refresh", async () =>
    mine(await program.call("GET", WHOAMI, bearer()), user));
  await step("token: log out", async () => {
    assert.equal((await program.call("POST", `${AUTH}/logout`, bearer())).status, 204);
  });
  await step("token: refused afterwards", async () => {
    assert.equal((await program.call("GET", WHOAMI, bearer())).status, 401);
    return refused(await program.call("GET", `${AUTH}/session`, bearer()), 401, "revoked_session");
  });

  // What must not work. The first answers for each of these would be a sign-in, but for the one thing.
  await step("replay", async () => {
    const { message, signature, cookies } = signed;
    return refused(await verify(message, signature, {}, client, { cookies }), 401, "used_nonce");
  });
  await step("signature of another key", async () => {
    const message = write(user, await challenge());
    return refused(await verify(message, await signer().sign(message)), 401, "bad_signature");
  });
  await step("message for another domain", async () => {
    const message = write(user, await challenge(), { domain: "evil.example" });
    return refused(await verify(message, await user.sign(message)), 401, "wrong_domain");
  });
  await step("message for another chain", async () => {
    const message = write(user, await challenge(), { chainId: 424242 });
    return refused(await verify(message, await user.sign(message)), 401, "wrong_chain");
  });
  await step("without the cookie of the nonce", async () => {
    const message = write(user, await challenge());
    const cookies = new Map();
    return refused(await verify(message, await user.sign(message), {}, client, { cookies }), 401, "missing_binding");
  });
  await step("in the browser of another", async () => {
    const message = write(user, await challenge(program));
    return refused(await verify(message, await user.sign(message)), 401, "unknown_nonce");
  });
  await step("from another site", async () => {
    const message = write(user, await challenge());
    const headers = { origin: "https://evil.example" };
    return refused(await verify(message, await user.sign(message), {}, client, { headers }), 403, "cross_site");
  });
  await step("as a form would send it", async () => {
    const message = write(user, await challenge());
    const headers = { "content-type": "text/plain" };
    return refused(await verify(message, await user.sign(message), {}, client, { headers }), 415);
  });
  report.finish();
}

function ok(answer) {
  assert.equal(answer.status, 200, `status ${answer.status}: ${answer.text}`);
  return answer;
}

function session({ address, chainId, expiresAt }, user) {
  assert.equal(address, user.address);
  assert.ok(Number.isSafeInteger(chainId));
  assert.match(expiresAt, /Z$/);
  assert.ok(Date.parse(expiresAt) > Date.now());
  return { address, expiresAt };
}

function mine(answer, user) {
  const { json } = ok(answer);
  assert.equal(json.address ?? json.user.address, user.address);
}

function refused(answer, status, code = answer.json?.error) {
  assert.equal(answer.status, status, `status ${answer.status}: ${answer.text}`);
  assert.equal(answer.json?.error, code);
  assert.equal(typeof code, "string");
  return { status, code };
}

function hardened(cookies, name) {
  const cookie = cookies.find((one) => one.startsWith(`${name}=`));
  assert.ok(cookie, `no cookie ${name}`);
  const attributes = cookie.split(/; */).slice(1).map((attribute) => attribute.toLowerCase());
  for (const wanted of ["secure", "httponly", "path=/"]) {
    assert.ok(attributes.includes(wanted), `${name}: no ${wanted}`);
  }
  assert.ok(!attributes.some((attribute) => attribute.startsWith("domain=")), `${name}: has a domain`);
}

/** The origin is the first argument. */
export function originOf(argument, script) {
  if (!argument) {
    console.error(`usage: node ${script} http://localhost:8080`);
    process.exit(2);
  }
  return new URL(argument).origin;
}
