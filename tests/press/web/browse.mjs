// What checks in a browser need: Firefox or Chromium by WebDriver BiDi or CDP, its tabs, waiting, and a count of results.
//
// Nothing here is evaluated from within a page: the pages' policy forbids it, and is to be checked as it is.

import assert from "node:assert/strict";
import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import puppeteer from "puppeteer-core";

const NAMES = {
  firefox: ["firefox-esr", "firefox"],
  chromium: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
};
const CHROMIUM = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-dev-shm-usage",
  "--force-prefers-reduced-motion",
];
const FIREFOX = { "ui.prefersReducedMotion": 1, "layout.css.prefers-color-scheme.content-override": 1 }; // 1: light
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const PATIENCE = Number(process.env.VGP_PATIENCE ?? 60); // seconds for one thing to happen, on a busy machine

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function executable(kind) {
  for (const name of NAMES[kind]) {
    for (const folder of process.env.PATH.split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {} // not here
    }
  }
  throw new Error(`no ${NAMES[kind].join(", ")} in the path`);
}

export function launch(kind) {
  return puppeteer.launch({
    browser: kind === "firefox" ? "firefox" : "chrome",
    executablePath: executable(kind),
    headless: true,
    args: kind === "firefox" ? [] : CHROMIUM,
    extraPrefsFirefox: FIREFOX,
    defaultViewport: { width: 1440, height: 1000 },
    protocolTimeout: 1000 * PATIENCE,
  });
}

/* A tab that keeps what it asks for (asked) and what should not be (said). */
export class Tab {
  static async open(browser, url) {
    const page = await browser.newPage();
    const tab = Object.assign(new Tab(), { page, asked: [], said: [] });
    page.setDefaultTimeout(1000 * PATIENCE);
    page.on("request", (asked) => tab.asked.push(asked.url()));
    page.on("requestfailed", (asked) => tab.said.push(`request failed: ${asked.url()}`));
    page.on("console", (heard) => /error|warn/.test(heard.type()) && tab.said.push(heard.text()));
    page.on("pageerror", (error) => tab.said.push(String(error)));
    await page.evaluateOnNewDocument(() => {
      document.addEventListener("securitypolicyviolation", (event) =>
        console.error(
          `policy: ${event.violatedDirective} forbids ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`,
        ),
      );
    });
    await page.goto(url, { waitUntil: "load" });
    return tab;
  }

  do(job, ...args) {
    return this.page.evaluate(job, ...args);
  }

  /* Poll until `job`, a function for the page, gives something; return it. */
  async until(what, job, ...args) {
    const end = Date.now() + 1000 * PATIENCE;
    for (;;) {
      const got = await this.do(job, ...args);
      if (got) return got;
      if (Date.now() > end) throw new Error(`not within ${PATIENCE} s: ${what}`);
      await sleep(50);
    }
  }

  text(selector) {
    return this.do((wanted) => document.querySelector(wanted)?.innerText ?? null, selector);
  }

  /* The middle of an element, once it is in the middle of the window: no bar lies over it there. */
  place(selector) {
    return this.do((wanted) => {
      const element = document.querySelector(wanted);
      if (!element) throw new Error(`nothing in the page is ${wanted}`);
      element.scrollIntoView({ block: "center", behavior: "instant" });
      const { x, y, width, height } = element.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2, width, height };
    }, selector);
  }

  async click(selector) {
    const { x, y } = await this.place(selector);
    await this.page.mouse.click(x, y);
  }

  /* Press at a place, move by each of `steps` ([x, y] from there), and let go. */
  async drag({ x, y }, steps, pause) {
    const { mouse } = this.page;
    await mouse.move(x, y);
    await mouse.down();
    for (const [dx, dy] of steps) {
      await mouse.move(x + dx, y + dy);
      await sleep(pause);
    }
    await mouse.up();
  }

  async keys(text) {
    const held = text.split("+");
    for (const key of held) await this.page.keyboard.down(key);
    for (const key of held.reverse()) await this.page.keyboard.up(key);
  }

  theme(name) {
    return this.do((theme) => (document.documentElement.dataset.theme = theme), name);
  }

  /* On a phone in light and on a desk in dark: nothing is wider than the window, and axe finds nothing. */
  async accessible() {
    await this.do(AXE + ";0"); // its last value is not for the wire
    for (const [width, theme] of [
      [390, "light"],
      [1440, "dark"],
    ]) {
      await this.page.setViewport({ width, height: 900 });
      await this.theme(theme);
      await sleep(400); // colours fade
      const wide = await this.do(() => document.documentElement.scrollWidth);
      assert(wide <= width, `the page is ${wide} px wide in a window of ${width}`);
      const found = await this.do(async () => {
        const { violations } = await window.axe.run({ resultTypes: ["violations"] });
        return violations.map(
          ({ id, nodes }) =>
            `${id}: ${nodes
              .slice(0, 5)
              .map(({ html }) => html.slice(0, 200))
              .join(" | ")}`,
        );
      });
      assert.deepEqual(found, [], `axe in ${theme}, ${width} px`);
    }
    await this.theme("light");
    await this.page.setViewport({ width: 1440, height: 1000 });
  }
}

/* Runs checks one after the other and says what came of each. What follows a `needed` one that has failed is not tried. */
export function checks() {
  const count = { passed: 0, failed: 0 };
  let broken = null;
  const check = async (name, job, needed = false) => {
    const began = Date.now();
    try {
      if (broken) throw new Error(`not tried, because this has failed: ${broken}`);
      const note = await job();
      count.passed++;
      console.log(`ok      ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)${note ? `: ${note}` : ""}`);
    } catch (error) {
      if (needed) broken ??= name;
      count.failed++;
      console.log(`FAILED  ${name}: ${error.message}`);
    }
  };
  return { check, count, afresh: () => (broken = null) };
}
