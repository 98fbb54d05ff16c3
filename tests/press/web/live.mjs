// The live parts of a built site in a browser, from Run to Stop and from Start to an address that is shared:
//
//   node live.mjs SITE firefox      (or chromium)
//
// Python is started three times: for a chapter, for the playground, and for the address in a tab of its own.

import assert from "node:assert/strict";
import { availableParallelism, loadavg } from "node:os";
import { checks, launch } from "./browse.mjs";
import { cells } from "./live-cells.mjs";
import { playground } from "./live-playground.mjs";
import { serve } from "./serve.mjs";

const [site, kind] = process.argv.slice(2);
if (!site || !["firefox", "chromium"].includes(kind)) {
  console.error("node live.mjs SITE firefox|chromium");
  process.exit(2);
}
const LIMIT = 600; // seconds for all, on a busy machine; a quiet one needs about a tenth of it

const server = await serve(site);
const base = `http://127.0.0.1:${server.address().port}/`;
const browser = await launch(kind);
const { check, count, afresh } = checks();
console.log(`${await browser.version()}, load ${loadavg()[0].toFixed(1)} on ${availableParallelism()} cores`); // the times below depend on it
setTimeout(() => {
  console.log(`FAILED  not done within ${LIMIT} s\n${count.passed} passed, ${count.failed + 1} failed`);
  browser.process()?.kill("SIGKILL");
  process.exit(1);
}, 1000 * LIMIT).unref();

/* For each tab at its end. */
function clean({ asked, said }) {
  assert(
    asked.some((url) => url.includes("/runtime/")),
    "the requests of the worker are not seen",
  );
  assert.deepEqual(
    asked.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(base)),
    [],
    "other hosts are asked",
  );
  assert.deepEqual(said, [], "errors, warnings, or what the policy forbids");
}

const tools = { browser, base, check, clean, site };
await cells(tools);
afresh();
await playground(tools);
await browser.close();
server.close();
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed ? 1 : 0);
