// Tries each of the table's cases at an edge, whatever it is, and 64 sign-ins with one nonce.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { AUTH, Client, originOf, reporter } from "./harness.mjs";
import { signed, wallet } from "./signed.mjs";

const origin = originOf(process.argv[2], "cases.mjs");
const cases = JSON.parse(await readFile(new URL("cases.json", import.meta.url), "utf8"));
const { step, finish } = reporter("cases");
const [user, other] = [wallet(), wallet()];

for (const one of cases.sign_in) {
  await step(`sign-in: ${one.name}`, async () => {
    const client = new Client(origin);
    const answer = await attempt(client, one);
    if (one.replay) assert.equal(answer.first, 200);
    expected(answer, one);
    // But for the one thing, it would have been a sign-in.
    assert.equal((await attempt(new Client(origin), {})).status, 200);
  });
}

await step("64 sign-ins with one nonce", async () => {
  const client = new Client(origin);
  const body = await signed(client, user);
  const answers = await Promise.all(Array.from({ length: 64 }, () => client.call("POST", `${AUTH}/verify`, { body })));
  const codes = answers.map(({ status, json }) => json?.error ?? status);
  assert.equal(codes.filter((code) => code === 200).length, 1, String(codes));
  assert.equal(codes.filter((code) => code === "used_nonce").length, 63, String(codes));
});

const tokens = await sessions();
for (const one of cases.requests) {
  await step(`request: ${one.name}`, async () => {
    const headers = { ...one.headers, ...credentials(one.session) };
    for (const name of Object.keys(headers)) headers[name] = String(headers[name]).replace("{other}", other.address);
    const answer = await raw(one.method ?? "GET", one.path, headers);
    expected(answer, one);
    if (one.status === 200 && one.path === "/api/whoami") {
      assert.equal(answer.json.address ?? answer.json.user.address, user.address);
    }
  });
}
finish();

/** A sign-in that is right but for what the case says. */
async function attempt(client, one) {
  const body = await signed(client, user, one);
  const options = { body: { ...body, ...one.body }, headers: { ...one.headers } };
  if (one.pad) options.body.message += " ".repeat(one.pad);
  if (one.browser === "none") options.cookies = new Map();
  const answer = await client.call("POST", `${AUTH}/verify`, options);
  if (!one.replay) return answer;
  return { first: answer.status, ...(await client.call("POST", `${AUTH}/verify`, options)) };
}

async function sessions() {
  const token = async () => {
    const client = new Client(origin);
    const body = { ...(await signed(client, user)), session: "token" };
    return (await client.call("POST", `${AUTH}/verify`, { body })).json.token;
  };
  const [own, second, ended] = [await token(), await token(), await token()];
  const headers = { authorization: `Bearer ${ended}` };
  assert.equal((await new Client(origin).call("POST", `${AUTH}/logout`, { headers })).status, 204);

  const [head, payload, signature] = own.split(".");
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const [named, claims] = [head, payload].map((text) => JSON.parse(Buffer.from(text, "base64url")));
  const sign = (text) => `${text}.${createHmac("sha256", randomBytes(32)).update(text).digest("base64url")}`;
  return {
    own,
    second,
    "logged out": ended,
    "other key": sign(`${head}.${payload}`),
    "other name": sign(`${part({ ...named, kid: "nobody" })}.${payload}`),
    "other algorithm": sign(`${part({ ...named, alg: "none" })}.${payload}`),
    "other user": `${head}.${part({ ...claims, sub: `eip155:1:${other.address}` })}.${signature}`,
    garbage: "garbage",
  };
}

function credentials(session) {
  if (!session) return {};
  if (session === "cookie") return { cookie: `__Host-siwe=${tokens.own}` };
  if (session === "two") return { cookie: `__Host-siwe=${tokens.second}`, authorization: `Bearer ${tokens.own}` };
  return { authorization: `Bearer ${tokens[session]}` };
}

/** As it stands: `fetch` would write the path anew, and knows better about headers. */
function raw(method, path, headers) {
  const { hostname, port, host } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers: { host, ...headers }, agent: false });
    sent.on("upgrade", (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode, text: "" });
    });
    sent.on("response", async (answer) => {
      let text = "";
      for await (const chunk of answer.setEncoding("utf8")) text += chunk;
      let json = null;
      try {
        json = JSON.parse(text);
      } catch {
        // It is no JSON.
      }
      resolve({ status: answer.statusCode, text, json });
    });
    sent.on("error", reject);
    sent.end();
  });
}

function expected(answer, { status, code }) {
  assert.equal(answer.status, status, answer.text);
  if (code) assert.equal(answer.json?.error, code, answer.text);
}
