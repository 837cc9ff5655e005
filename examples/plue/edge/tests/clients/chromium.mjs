// Signs in as people do: with the page, in Chromium, with wallets whose keys are thrown away.

import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { launch, open } from "./browser.mjs";
import { flows } from "./flows.mjs";
import { originOf, reporter } from "./harness.mjs";
import { looks } from "./looks.mjs";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    path: { type: "string", default: "/" },
    // Another instance, whose nonces live for at most 10 seconds.
    short: { type: "string" },
    screenshots: { type: "string" },
  },
});
const origin = originOf(positionals[0], "chromium.mjs [--path /] [--short ORIGIN] [--screenshots FOLDER]");
const short = values.short && originOf(values.short);
const { path, screenshots } = values;

const browser = await launch();
const report = reporter("chromium");

/** One page for each test; at its end nothing may have gone wrong besides. */
function test(name, options, act) {
  return report.step(name, async () => {
    const { at = origin, ...rest } = options;
    const opened = await open(browser, at, { path, ...rest });
    try {
      const told = await act(opened);
      assert.deepEqual(opened.faults, []);
      return told;
    } finally {
      await opened.context.close();
    }
  });
}

await flows({ test, origin, short, path });
await looks({ test, screenshots });
await browser.close();
report.finish();
