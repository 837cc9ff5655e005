import assert from "node:assert/strict";
import { createServer, get } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { signedIn, wallet } from "../../edge/tests/clients/signed.mjs";
import { freePort, listening, VISITOR, worker } from "./support/scene.mjs";

/** A forge that keeps what it was asked, and the Worker before it. */
async function forge(test, answer) {
  const seen = [];
  const server = createServer(async (asked, response) => {
    const { method, url, rawHeaders } = asked;
    const headers = rawHeaders.flatMap((name, at) => (at % 2 ? [] : [[name.toLowerCase(), rawHeaders[at + 1]]]));
    let body = "";
    for await (const chunk of asked.setEncoding("utf8")) body += chunk;
    seen.push({ method, url, headers, body, all: (name) => headers.filter(([own]) => own === name).map(([, value]) => value) });
    await answer(asked, response);
  });
  const port = await listening(test, server);
  return { seen, ...(await worker(test, { upstream: `http://127.0.0.1:${port}` })) };
}

const ok = (_, response) => response.end("ok");

test("the origin is told who asks, once, and gets nothing that one signs in with", async (test) => {
  const { site, seen } = await forge(test, ok);
  const user = wallet();
  const client = await signedIn(site, user);
  client.cookies.set("theme", "dark").set("plue_session", "00".repeat(32));
  await client.call("GET", "/api/issues?page=2&q=%C3%A9", { headers: { "x-plue-user-address": "0x00", x_plue_user_address: "0x01" } });
  const [asked] = seen;
  assert.equal(asked.url, "/api/issues?page=2&q=%C3%A9");
  assert.deepEqual(asked.all("x-plue-user-address"), [user.address]);
  assert.deepEqual(asked.headers.filter(([name]) => /plue.user/.test(name)).length, 1);
  assert.deepEqual(asked.all("cookie"), ["theme=dark"]);
  assert.deepEqual(asked.all("x-forwarded-proto"), ["http"]);
});

test("to a stranger on a public path, nobody is named, whatever the stranger says", async (test) => {
  const { site, seen } = await forge(test, ok);
  const headers = { "X-Plue-User-Address": "0x00", X_Plue_User_Address: "0x00", "X-Plue-User-Assertion": "e30.e30.AA" };
  assert.equal((await fetch(`${site}/plue/edge`, { headers })).status, 200);
  assert.deepEqual(seen[0].headers.filter(([name]) => /plue.user/.test(name)), []);
});

test("the visitor is named by what the host says, and by nothing that the visitor says", async (test) => {
  const { site, seen } = await forge(test, ok);
  await fetch(`${site}/plue/edge`, { headers: { "x-forwarded-for": "198.51.100.1", forwarded: "for=198.51.100.1", "true-client-ip": "198.51.100.1", "x-real-ip": "198.51.100.1", "cf-connecting-ip": "198.51.100.1" } });
  assert.equal(seen[0].headers.some(([, value]) => value.includes("198.51.100.1")), false);
  assert.deepEqual(seen[0].all("cf-connecting-ip"), [VISITOR]);
});

test("a redirect of the origin is the visitor's to follow", async (test) => {
  const { site, seen } = await forge(test, (_, response) => response.writeHead(302, { location: "/login" }).end());
  const answer = await fetch(`${site}/plue/edge`, { redirect: "manual" });
  assert.deepEqual([answer.status, answer.headers.get("location"), seen.length], [302, "/login", 1]);
});

test("cookies of the origin come back one by one, but for those in the edge's names", async (test) => {
  const cookies = ["a=1; Path=/", "__Host-siwe=x; Path=/; Secure", "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT", "__Host-siwe-pre=x", "plue_session=x"];
  const { site } = await forge(test, (_, response) => response.writeHead(200, { "set-cookie": cookies }).end());
  const answer = await fetch(`${site}/plue/edge`);
  assert.deepEqual(answer.headers.getSetCookie(), [cookies[0], cookies[2]]);
});

test("answers to who is signed in are kept by nobody else, and others as the origin says", async (test) => {
  const { site } = await forge(test, (_, response) => response.writeHead(200, { "cache-control": "public, max-age=60" }).end());
  const client = await signedIn(site);
  assert.equal((await client.call("GET", "/plue/edge")).headers.get("cache-control"), "no-store");
  assert.equal((await fetch(`${site}/plue/edge`)).headers.get("cache-control"), "public, max-age=60");
});

test("what is asked for somebody is asked past the cache behind the Worker, which knows nobody", async (test) => {
  const { site, seen } = await forge(test, ok);
  await (await signedIn(site)).call("GET", "/plue/edge");
  await fetch(`${site}/plue/edge`);
  assert.deepEqual(seen.map(({ all }) => all("cache-control")), [["no-cache"], []]);
});

test("bodies go both ways as they come, and compressed ones arrive", async (test) => {
  const text = "é".repeat(300_000);
  const { site, seen } = await forge(test, (_, response) =>
    response.writeHead(201, { "content-encoding": "gzip", "content-type": "text/plain; charset=utf-8", "x-name": "caf\u00e9" }).end(gzipSync(text)));
  const client = await signedIn(site);
  const answer = await client.call("POST", "/api/issues", { body: { text } });
  assert.deepEqual([answer.status, answer.text === text], [201, true]);
  assert.equal(JSON.parse(seen[0].body).text === text, true);
});

test("the first part of an answer is there before the last is sent", async (test) => {
  let go;
  const { site } = await forge(test, async (_, response) => {
    response.write("first");
    await new Promise((resolve) => (go = resolve));
    response.end("last");
  });
  // Without `Accept-Encoding`: what stands for Cloudflare here compresses whole answers.
  const answer = await raw(site, "/plue/edge");
  const parts = answer[Symbol.asyncIterator]();
  assert.equal(String((await parts.next()).value), "first");
  go();
  assert.equal(String((await parts.next()).value), "last");
});

test("an origin that is not there is a bad gateway", async (test) => {
  const { site } = await worker(test, { upstream: `http://127.0.0.1:${await freePort()}` });
  const answer = await fetch(`${site}/plue/edge`);
  assert.deepEqual([answer.status, await answer.text()], [502, "bad gateway\n"]);
});

test("a header that is no ASCII stops nothing", async (test) => {
  const { site, seen } = await forge(test, ok);
  const answer = await raw(site, "/plue/edge", { "x-name": "caf\u00e9" });
  answer.resume();
  assert.deepEqual([answer.statusCode, seen.length], [200, 1]);
});

test("a path that the host writes anew is decided, and asked for, as it is then", async (test) => {
  const { site, seen } = await forge(test, ok);
  for (const path of ["/plue\\edge", "/api/../plue/edge", "/plue/./edge"]) {
    const answer = await raw(site, path);
    answer.resume();
    assert.deepEqual([answer.statusCode, seen.pop().url], [200, "/plue/edge"], path);
  }
  for (const path of ["/plue/../api/whoami", "/plue/%2e%2e/api/whoami", "//api/whoami", "/plue\\..\\api\\whoami"]) {
    const answer = await raw(site, path);
    answer.resume();
    assert.deepEqual([answer.statusCode, seen.length], [401, 0], path);
  }
});

/** As it stands: `fetch` would write the path anew, and adds headers of its own. */
function raw(site, path, headers = {}) {
  const { hostname, port } = new URL(site);
  return new Promise((resolve, reject) => {
    get({ hostname, port, path, headers, agent: false }, resolve).on("error", reject);
  });
}
