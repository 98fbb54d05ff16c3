// Lighthouse, as on a phone, for pages of a built site, served with gzip from the loopback address.
//
//   node lighthouse.mjs gate SITE            every page: 100 in three categories, at most LIMIT on the wire, and nothing
//                                            of note moves while it loads
//   node lighthouse.mjs performance SITE OTHER RUNS OUT   the pages of both sites in turn; OUT.json and OUT.md
//
// The score of performance depends on what the machine does besides. So it is compared and not gated.

import { fork } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { serve } from "./serve.mjs";

const LIMIT = 150 * 1024;
const SHIFT = 0.1; // of the window, weighted as Lighthouse does: what it calls good
const GATED = ["accessibility", "best-practices", "seo"];
const CHROME = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-dev-shm-usage",
];

function pages(site) {
  return readdirSync(site, { recursive: true })
    .filter((name) => name.endsWith(".html") && !name.startsWith("_"))
    .map((name) => name.replaceAll("\\", "/"))
    .sort();
}

// --- a worker: one Chromium, pages one after the other -----------------------------------------------------------------

async function work() {
  const { default: lighthouse } = await import("lighthouse");
  const { launch } = await import("chrome-launcher");
  // how fast this machine is does not matter to the gate, and to find out keeps it busy for a second a page
  const { pageFunctions } = await import("lighthouse/core/lib/page-functions.js");
  const speed = pageFunctions.computeBenchmarkIndex;
  const chrome = await launch({ chromeFlags: CHROME, chromePath: process.env.CHROME_PATH, logLevel: "silent" });
  process.on("message", async ({ url, performance }) => {
    if (!url) {
      await chrome.kill();
      process.exit(0);
    }
    const quick = {
      onlyCategories: GATED,
      disableFullPageScreenshot: true,
      onlyAudits: ["total-byte-weight", "network-requests", "cumulative-layout-shift"],
      pauseAfterFcpMs: 0,
      pauseAfterLoadMs: 0,
      networkQuietThresholdMs: 200,
      cpuQuietThresholdMs: 0,
    };
    pageFunctions.computeBenchmarkIndex = performance ? speed : () => 1000;
    const settings = performance ? { onlyCategories: ["performance"], disableFullPageScreenshot: true } : quick;
    try {
      const { lhr } = await lighthouse(url, { port: chrome.port, logLevel: "silent", ...settings });
      const scores = {};
      const lost = [];
      for (const [name, category] of Object.entries(lhr.categories)) {
        scores[name] = category.score === null ? null : Math.round(100 * category.score);
        for (const { id, weight } of category.auditRefs) {
          const { score, title, details } = lhr.audits[id];
          if (performance || !weight || score === null || score >= 1) continue;
          lost.push(`${name}: ${id}: ${title} ${JSON.stringify(details?.items ?? []).slice(0, 400)}`);
        }
      }
      const number = (id) => lhr.audits[id]?.numericValue;
      const parts = lhr.audits["network-requests"]?.details?.items ?? [];
      process.send({
        scores,
        lost,
        error: lhr.runtimeError?.message,
        bytes: number("total-byte-weight"),
        requests: parts.map((part) => [part.transferSize, new URL(part.url).pathname]).sort((a, b) => b[0] - a[0]),
        fcp: number("first-contentful-paint"),
        lcp: number("largest-contentful-paint"),
        tbt: number("total-blocking-time"),
        cls: number("cumulative-layout-shift"),
        si: number("speed-index"),
      });
    } catch (error) {
      process.send({ scores: {}, lost: [], error: String(error) });
    }
  });
  process.send({ ready: true });
}

// Hand the jobs to `count` workers; call `done` with each job and its result.
function crowd(count, jobs, done) {
  const queue = [...jobs];
  return Promise.all(
    Array.from(
      { length: Math.min(count, queue.length) },
      () =>
        new Promise((resolve, reject) => {
          const worker = fork(process.argv[1], ["work"]);
          let job;
          const next = () => {
            job = queue.shift();
            worker.send(job ?? {});
          };
          worker.on("message", (result) => {
            if (!result.ready) done(job, result);
            next();
          });
          worker.on("exit", (code) => (code || job ? reject(new Error(`a worker ended with ${code}`)) : resolve()));
        }),
    ),
  );
}

// --- the two uses -------------------------------------------------------------------------------------------------------

async function gate(site) {
  const server = await serve(site);
  const base = `http://127.0.0.1:${server.address().port}/`;
  const from = Date.now();
  let bad = 0;
  let most = [0, ""];
  let moved = [0, ""];
  const jobs = pages(site).map((page) => ({ page, url: base + page, performance: false }));
  await crowd(2, jobs, ({ page }, { scores, lost, error, bytes, requests, cls }) => {
    const wrong = [...lost];
    if (error) wrong.push(error);
    for (const name of GATED) if (scores[name] !== 100) wrong.unshift(`${name} ${scores[name]}`);
    if (!(bytes <= LIMIT))
      wrong.push(
        `${bytes} bytes: ${requests
          ?.slice(0, 6)
          .map((part) => part.join(" "))
          .join(", ")}`,
      );
    if (!(cls <= SHIFT)) wrong.push(`moves while it loads: ${cls}`);
    if (bytes > most[0]) most = [bytes, page];
    if (cls > moved[0]) moved = [cls, page];
    console.log(`${wrong.length ? "FAILED" : "ok"}  ${(bytes / 1024).toFixed(0).padStart(4)} KiB  ${page}`);
    for (const what of wrong) console.log(`        ${what}`);
    bad += wrong.length > 0;
  });
  server.close();
  server.closeAllConnections();
  const kib = (most[0] / 1024).toFixed(1);
  console.log(
    `${jobs.length - bad} of ${jobs.length} pages with ${GATED.join(", ")} 100 and at most ${LIMIT / 1024} KiB; ` +
      `the heaviest ${kib} KiB, ${most[1]}; the largest layout shift ${moved[0].toFixed(3)} ${moved[1]}; ${((Date.now() - from) / 1000).toFixed(0)} s`,
  );
  process.exitCode = bad || !jobs.length ? 1 : 0;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function performance(site, other, runs, out) {
  const servers = [await serve(site), await serve(other)];
  // of the API's pages, which are alike, one
  const both = new Set(pages(other));
  const looked = pages(site).filter(
    (page) => both.has(page) && (!page.startsWith("api/") || page === "api/layers.html"),
  );
  const jobs = [];
  for (let run = 0; run < runs; run++) {
    for (const page of looked) {
      servers.forEach((server, side) =>
        jobs.push({ page, side, performance: true, url: `http://127.0.0.1:${server.address().port}/${page}` }),
      );
    }
  }
  const all = Object.fromEntries(looked.map((page) => [page, [[], []]]));
  let done = 0;
  await crowd(1, jobs, ({ page, side }, result) => {
    if (result.error) throw new Error(`${page}: ${result.error}`);
    all[page][side].push(result);
    console.log(
      `${String(++done).padStart(4)} of ${jobs.length}  ${result.scores.performance}  ${side ? "theme" : "ours "}  ${page}`,
    );
  });
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  const rows = looked.map((page) => [
    page,
    ...all[page].map((results) => ({
      performance: median(results.map((r) => r.scores.performance)),
      runs: results.map((r) => r.scores.performance),
      ...Object.fromEntries(
        ["fcp", "lcp", "tbt", "si", "cls"].map((name) => [name, median(results.map((r) => r[name]))]),
      ),
      bytes: median(results.map((r) => r.requests.reduce((sum, part) => sum + part[0], 0))),
    })),
  ]);
  writeFileSync(
    `${out}.json`,
    JSON.stringify(Object.fromEntries(rows.map(([page, ours, theirs]) => [page, { ours, theirs }])), null, 1) + "\n",
  );
  const cell = ({ performance, runs, lcp, tbt, bytes }) =>
    `${performance} (${Math.min(...runs)} to ${Math.max(...runs)}) | ${(lcp / 1000).toFixed(1)} | ${tbt.toFixed(0)} | ${(bytes / 1024).toFixed(0)}`;
  const table = [
    `| page | performance (range of ${runs} runs) | LCP, s | blocked, ms | KiB | theme: performance | LCP, s | blocked, ms | KiB |`,
    "|---|---|---|---|---|---|---|---|---|",
    ...rows.map(([page, ours, theirs]) => `| ${page} | ${cell(ours)} | ${cell(theirs)} |`),
  ].join("\n");
  writeFileSync(`${out}.md`, table + "\n");
  console.log(table);
}

const [what, ...rest] = process.argv.slice(2);
if (what === "work") await work();
else if (what === "gate") await gate(rest[0]);
else if (what === "performance") await performance(rest[0], rest[1], Number(rest[2]), rest[3]);
else throw new Error("gate SITE, or performance SITE OTHER RUNS OUT");
