import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { AUTH, Client } from "../../edge/tests/clients/harness.mjs";
import { signed, signedIn, wallet } from "../../edge/tests/clients/signed.mjs";
import { nativeEdge, worker } from "./support/scene.mjs";

test("of 64 who put one key at once, one is told that it was not there", async (test) => {
  const { miniflare } = await worker(test);
  const objects = await miniflare.getDurableObjectNamespace("BURNED");
  for (let round = 0; round < 3; round += 1) {
    const object = () => objects.get(objects.idFromName(`key ${round}`));
    const answers = await Promise.all(
      Array.from({ length: 64 }, async () => (await object().fetch("https://burned/60", { method: "PUT" })).status),
    );
    assert.equal(answers.filter((status) => status === 201).length, 1);
    assert.equal(answers.filter((status) => status === 409).length, 63);
    assert.equal((await object().fetch("https://burned/0")).status, 200);
  }
});

test("a key is there until its time is over, and then nothing is left of it", async (test) => {
  const { miniflare } = await worker(test);
  const objects = await miniflare.getDurableObjectNamespace("BURNED");
  const ask = async (method, seconds) =>
    (await objects.get(objects.idFromName("key")).fetch(`https://burned/${seconds}`, { method })).status;
  assert.equal(await ask("GET", 0), 404);
  assert.equal(await ask("PUT", 1), 201);
  assert.equal(await ask("GET", 0), 200);
  let status = 200;
  for (let tries = 0; tries < 100 && status === 200; tries += 1) {
    await setTimeout(100);
    status = await ask("GET", 0);
  }
  assert.equal(status, 404);
});

test("what is neither asked nor put is refused", async (test) => {
  const { miniflare } = await worker(test);
  const objects = await miniflare.getDurableObjectNamespace("BURNED");
  const object = objects.get(objects.idFromName("key"));
  assert.equal((await object.fetch("https://burned/", { method: "PUT" })).status, 400);
  assert.equal((await object.fetch("https://burned/60", { method: "DELETE" })).status, 405);
  assert.equal((await object.fetch("https://burned/0")).status, 404);
});

test("while it cannot be asked, nobody is let in, and strangers are served", async (test) => {
  const { site } = await worker(test, { burned: {} });
  const client = new Client(site);
  unavailable(await client.call("POST", `${AUTH}/verify`, { body: await signed(client, wallet()) }));
  const { cookies } = await signedIn((await nativeEdge(test, site)).site);
  for (const [method, path] of [["GET", `${AUTH}/session`], ["POST", `${AUTH}/logout`], ["GET", "/api/whoami"]]) {
    unavailable(await client.call(method, path, { cookies }));
  }
  assert.equal((await client.call("GET", "/login/", { cookies })).status, 200);
});

test("one that does not answer is one that cannot be asked", async (test) => {
  const script = `
    export class Hanging { fetch() { return new Promise((resolve) => setTimeout(resolve, 600_000)); } }
    export default {};`;
  const durableObjects = { BURNED: { className: "Hanging", useSQLite: true } };
  const { site } = await worker(test, {
    burned: { BURNED: { className: "Hanging", scriptName: "hanging", useSQLite: true } },
    beside: [{ name: "hanging", modules: true, script, compatibilityDate: "2026-04-01", durableObjects }],
  });
  const client = new Client(site);
  unavailable(await client.call("POST", `${AUTH}/verify`, { body: await signed(client, wallet()) }));
});

function unavailable(answer) {
  assert.deepEqual([answer.status, answer.json?.error], [503, "store_unavailable"]);
  assert.equal(answer.headers.get("retry-after"), "1");
}
