import assert from "node:assert/strict";
import { test } from "node:test";
import { AUTH, Client } from "../../edge/tests/clients/harness.mjs";
import { signedIn } from "../../edge/tests/clients/signed.mjs";
import { client, nativeEdge, SECRETS, system, worker } from "./support/scene.mjs";

test("viem signs in, reaches the origin as who it is, renews and logs out", async (test) => {
  const { site } = await system(test);
  assert.ok((await client("viem.mjs", site)) >= 20);
});

test("ethers with siwe signs in, reaches the origin as who it is, renews and logs out", async (test) => {
  const { site } = await system(test);
  assert.ok((await client("ethers.mjs", site)) >= 20);
});

test("what the table of cases refuses is refused as by the native edge, and of 64 with one nonce one signs in", async (test) => {
  const { site } = await system(test);
  assert.ok((await client("cases.mjs", site)) >= 60);
});

test("a session that the native edge has begun is one here, and the other way round", async (test) => {
  const here = await worker(test);
  const native = await nativeEdge(test, here.site);
  for (const [begun, used] of [[native, here], [here, native]]) {
    const { cookies } = await signedIn(begun.site);
    assert.equal((await new Client(used.site).call("GET", `${AUTH}/session`, { cookies })).status, 200);
  }
});

test("a Worker without its secrets answers nothing but that it is not set up", async (test) => {
  for (const name of Object.keys(SECRETS)) {
    const { site } = await worker(test, { settings: { [name]: "" } });
    const answer = await fetch(`${site}/`);
    assert.deepEqual([answer.status, await answer.text()], [500, "not set up\n"]);
  }
});
