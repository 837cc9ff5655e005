// The Worker on this machine alone, with keys that end with it, before a forge of two pages.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { listening, worker } from "./tests/support/scene.mjs";

const PORT = Number(process.env.PORT ?? 8787);

const cleanups = [];
const run = { after: (cleanup) => cleanups.unshift(cleanup) };

const forge = createServer(({ url, headers }, answer) => {
  const address = headers["x-plue-user-address"];
  if (url === "/api/whoami") return answer.setHeader("content-type", "application/json").end(JSON.stringify({ address }));
  answer.setHeader("content-type", "text/plain; charset=utf-8").end(`${url}\nYou are ${address ?? "a stranger here"}.\n`);
});
const port = await listening(run, forge);
const secret = () => randomBytes(32).toString("base64");
const { site } = await worker(run, {
  port: PORT,
  upstream: `http://127.0.0.1:${port}`,
  settings: { PLUE_SESSION_KEYS: `throw-away:${secret()}`, PLUE_NONCE_SECRETS: secret() },
});
console.log(`${site}/login/ signs in; ${site}/api/whoami says who did. Ctrl-C ends it.`);
process.once("SIGINT", async () => {
  for (const cleanup of cleanups) await cleanup();
  process.exit(0);
});
