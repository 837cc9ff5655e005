import assert from "node:assert/strict";
import { request } from "node:https";
import { test } from "node:test";
import { signedIn, wallet } from "../../edge/tests/clients/signed.mjs";
import { certificates } from "./support/certificates.mjs";
import { folder, origin, worker } from "./support/scene.mjs";

const SPOOFED = "0x00000000219ab540356cBB839Cbe05303d7705Fa";

test("the origin believes the Worker by its certificate, and tells who asks", async (test) => {
  const pki = certificates(folder(test));
  const { url, status } = await origin(test, pki, { PLUE_USER_EDGES: pki.pin("edge") });
  const { site } = await worker(test, { upstream: url, tls: pki.tls("edge") });
  const user = wallet();
  const answer = await (await signedIn(site, user)).call("GET", "/api/whoami");
  assert.deepEqual([answer.status, answer.json.user.address], [200, user.address]);
  assert.equal((await status()).connections.accepted >= 1, true);
});

test("by the binding of a client certificate too", async (test) => {
  const pki = certificates(folder(test));
  const { url } = await origin(test, pki, { PLUE_USER_EDGES: pki.pin("edge") });
  const { site } = await worker(test, { upstream: url, binding: pki.tls("edge") });
  const user = wallet();
  const answer = await (await signedIn(site, user)).call("GET", "/api/whoami");
  assert.deepEqual([answer.status, answer.json.user.address], [200, user.address]);
});

test("without a certificate, or with one of another authority, the origin does not answer the Worker", async (test) => {
  const pki = certificates(folder(test));
  const { url, status } = await origin(test, pki, { PLUE_USER_EDGES: pki.pin("edge") });
  for (const shown of [undefined, "stranger"]) {
    const { site } = await worker(test, { upstream: url, tls: pki.tls(shown) });
    const answer = await (await signedIn(site)).call("GET", "/api/whoami");
    assert.deepEqual([answer.status, answer.text], [502, "bad gateway\n"]);
  }
  const { connections } = await status();
  assert.equal(connections.accepted, undefined);
  assert.ok(connections.no_certificate >= 1);
});

test("the header is believed on that path alone: not by another certificate of the same authority", async (test) => {
  const pki = certificates(folder(test));
  const { url, port } = await origin(test, pki, { PLUE_USER_EDGES: pki.pin("edge") });
  const { site } = await worker(test, { upstream: url, tls: pki.tls("cloudflare") });
  const answer = await (await signedIn(site)).call("GET", "/api/whoami");
  assert.deepEqual([answer.status, answer.json.error], [401, "missing_identity"]);

  const said = { "X-Plue-User-Address": SPOOFED, "CF-Connecting-IP": "203.0.113.7" };
  assert.equal((await direct(pki, "cloudflare", port, said)).status, 401);
  assert.equal((await direct(pki, "edge", port, said)).status, 200);
  await assert.rejects(direct(pki, undefined, port, said));
});

test("an assertion is believed behind Cloudflare's own certificate, and the plain header beside it is not", async (test) => {
  const pki = certificates(folder(test));
  const { url, port } = await origin(test, pki, {
    PLUE_USER_ASSERTION_KEY: pki.path("assertion.pub"),
    PLUE_USER_ASSERTION_AUDIENCE: "plue-origin",
  });
  const settings = { PLUE_ASSERTION_KEY: pki.read("assertion.key"), PLUE_ASSERTION_AUDIENCE: "plue-origin" };
  const { site } = await worker(test, { upstream: url, tls: pki.tls("cloudflare"), settings });
  const user = wallet();
  const answer = await (await signedIn(site, user)).call("GET", "/api/whoami");
  assert.deepEqual([answer.status, answer.json.user], [200, { address: user.address, chain_id: 1 }]);

  const said = { "X-Plue-User-Address": SPOOFED, "CF-Connecting-IP": "203.0.113.7" };
  assert.equal((await direct(pki, "cloudflare", port, said)).status, 401);

  const elsewhere = { ...settings, PLUE_ASSERTION_AUDIENCE: "another" };
  const other = await worker(test, { upstream: url, tls: pki.tls("cloudflare"), settings: elsewhere });
  assert.equal((await (await signedIn(other.site)).call("GET", "/api/whoami")).status, 401);
});

/** Past the Worker. */
function direct(pki, certificate, port, headers) {
  const identity = certificate && { cert: pki.read(`${certificate}.crt`), key: pki.read(`${certificate}.key`) };
  const options = { host: "localhost", port, path: "/api/whoami", ca: pki.read("ca.crt"), headers, agent: false, ...identity };
  return new Promise((resolve, reject) => {
    const sent = request(options, (answer) => {
      answer.resume();
      answer.on("end", () => resolve({ status: answer.statusCode }));
    });
    sent.on("error", reject);
    sent.end();
  });
}
