// The playground, in the hands of live.mjs; Python is started once here, and once for the address that is shared.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sleep, Tab } from "./browse.mjs";

const PAGE = "playground.html";
const PRESET = "edge-of-chaos"; // depth 50, width 64
const PANELS = ["backward", "forward", "saturation", "correlation", "spectrum"];
const SLOW = 1000; // ms for 95 of 100 answers while something is dragged; far less on a quiet machine, which is printed

const status = (tab) => tab.text("[data-of=training]");

/* Start Python, and wait for the first plot that it gives. */
async function start(tab) {
  await tab.click("[data-do=start]");
  await tab.until(
    "the bar of progress",
    () =>
      !document.querySelector(".pg-start progress").hidden || document.getElementById("playground").dataset.firstPlot,
  );
  return tab.until("the first plot", () => document.getElementById("playground").dataset.firstPlot);
}

/* Wait until these settings are drawn in full; return all of them. */
function settled(tab, state) {
  return tab.until(
    `these settings: ${JSON.stringify(state)}`,
    (wanted) => {
      const drawn = JSON.parse(document.getElementById("playground").dataset.drawn);
      return Object.entries(wanted).every(([key, value]) => drawn[key] === value) && drawn;
    },
    { size: "full", ...state },
  );
}

async function choose(tab, preset) {
  await tab.click(`.pg-preset[data-preset="${preset.id}"]`);
  await settled(tab, preset.answer.state);
}

/* What the page shows: its words and its curves. */
function shown(tab) {
  return tab.do(
    (panels) =>
      Object.fromEntries([
        ["verdict", document.querySelector("[data-panel=verdict]").innerText],
        ["phase", document.querySelector("[data-panel=phase] > .pg-sentence").innerText],
        ...panels.map((name) => {
          const panel = document.querySelector(`[data-panel="${name}"]`);
          const curves = [...panel.querySelectorAll(".pg-chart path")].map((path) => path.getAttribute("d"));
          return [name, { text: panel.querySelector(".pg-sentence").innerText, curves: curves.join(" ") }];
        }),
      ]),
    PANELS,
  );
}

/* Drag, and say how long the page took from each movement to the plot: its own measures. */
async function drag(tab, from, steps) {
  await tab.do(() => performance.clearMeasures());
  await tab.drag(from, steps, 30);
  const sizes = await tab.do(() => JSON.parse(document.getElementById("playground").dataset.drawn).size);
  const times = await tab.do(() => performance.getEntriesByName("vgp-playground-small").map((one) => one.duration));
  times.sort((a, b) => a - b);
  assert(times.length >= 10, `only ${times.length} plots for ${steps.length} movements`);
  const [median, p95] = [0.5, 0.95].map((part) => Math.round(times[Math.floor(part * times.length)]));
  assert(p95 <= SLOW, `p95 ${p95} ms`);
  return `${times.length} plots, median ${median} ms, p95 ${p95} ms (at the end: ${sizes})`;
}

export async function playground({ browser, base, check, clean, site }) {
  const stored = (...names) => JSON.parse(readFileSync(join(site, "_static", "live", ...names), "utf8"));
  const presets = stored("playground.json").presets.map((one) => ({
    ...one,
    ...stored("playground", `${one.id}.json`),
  }));
  const preset = presets.find(({ id }) => id === PRESET);
  const tab = await Tab.open(browser, `${base}${PAGE}#preset=${PRESET}`);
  let shared;

  await check(
    "the playground starts",
    async () => {
      await tab.until("the page", () => Boolean(document.querySelector("[data-do=start]")));
      assert.match(await tab.text("[data-do=start]"), /Start \(loads \d+ MB\)/);
      assert(!tab.asked.some((url) => /worker|runtime/.test(url)), "loaded before it is asked for");
      const first = await start(tab);
      await settled(tab, preset.answer.state);
      return `first plot after ${first} ms`;
    },
    true,
  );

  for (const one of presets) {
    await check(`preset ${one.id}`, async () => {
      await choose(tab, one);
      assert((await tab.do(() => location.hash)).includes(one.id));
      const now = await shown(tab);
      for (const panel of PANELS) {
        const { text, curves } = now[panel];
        assert(
          text.includes(one.answer.summary[panel]),
          `${panel} says ${text}, the build ${one.answer.summary[panel]}`,
        );
        assert(!curves.includes("NaN"), `${panel}: NaN in a curve`);
        if (panel !== "spectrum" || one.answer.spectrum.log10?.length) assert(curves.length > 50, `${panel} is empty`);
      }
      assert(now.verdict.includes(one.answer.verdict.sentence));
    });
  }

  await check("a slider is dragged", async () => {
    await choose(tab, preset);
    const { x, y, width } = await tab.place("#pg-sigma_w");
    const steps = Array.from({ length: 80 }, (_, i) => [0.01 * i * width, 0]);
    const took = await drag(tab, { x: x - 0.4 * width, y }, steps);
    const value = await tab.do(() => Number(document.getElementById("pg-sigma_w").value));
    await settled(tab, { sigma_w: value });
    assert((await tab.do(() => location.hash)).includes(`sigma_w=${value}`));
    return took;
  });

  await check("the point is dragged on the map", async () => {
    await choose(tab, preset);
    const steps = Array.from({ length: 60 }, (_, i) => [i, -i / 3]);
    const took = await drag(tab, await tab.place(".pg-point"), steps);
    const { sigma_w, sigma_b } = await tab.until("the point", () => {
      const drawn = JSON.parse(document.getElementById("playground").dataset.drawn);
      return drawn.size === "full" && drawn.sigma_w > 1.6 && drawn;
    });
    assert(sigma_b > preset.answer.state.sigma_b);
    assert.match(await tab.do(() => document.querySelector(".pg-point").getAttribute("aria-valuetext")), /chaotic/);
    assert.match(await tab.text("[data-panel=phase] > .pg-sentence"), /chaotic/);
    return `to ${sigma_w}, ${sigma_b}: ${took}`;
  });

  await check("train and pause", async () => {
    await choose(
      tab,
      presets.find(({ id }) => id === "four-sigmoid-layers"),
    );
    await tab.click("[data-do=train]");
    await tab.until("some steps", () =>
      /Training: step [1-9]\d/.test(document.querySelector("[data-of=training]").textContent),
    );
    await tab.click("[data-do=train]");
    await tab.until("a pause", () => document.querySelector("[data-of=training]").textContent.startsWith("Paused"));
    await sleep(400); // the portion that was under way
    const paused = await status(tab);
    await sleep(600);
    assert.equal(await status(tab), paused, "it goes on while it is paused");
    for (const name of ["loss", "accuracy", "speed"]) {
      assert(
        await tab.do(
          (panel) =>
            document.querySelector(`[data-panel="${panel}"] .pg-chart .pg-curve`)?.getAttribute("d").length > 20,
          name,
        ),
        `${name} is empty`,
      );
    }
    return paused;
  });

  await check("axe and width", async () => {
    await tab.do(() => (document.querySelector("[data-panel=forward] .pg-numbers").open = true));
    await tab.accessible();
  });

  await check("the address of these settings", async () => {
    const state = { depth: 12, width: 32, activation: "relu", init: "he", norm: "layer" };
    await tab.do((hash) => (location.hash = hash), "#" + new URLSearchParams(state));
    await settled(tab, state);
    await tab.do(() => {
      // a setting moved by hand writes the address
      const field = document.getElementById("pg-depth");
      field.value = 14;
      for (const how of ["input", "change"]) field.dispatchEvent(new Event(how, { bubbles: true }));
    });
    shared = { state: await settled(tab, { ...state, depth: 14 }), shown: await shown(tab) };
    shared.url = await tab.until("the address", () => location.hash.includes("depth=14") && location.href);
  });

  await check("the playground asks no other host, and nothing is amiss", () => clean(tab));
  await tab.page.close();

  await check("the address in a new tab: the same settings and numbers", async () => {
    const other = await Tab.open(browser, shared.url);
    await other.until("the page", () => Boolean(document.querySelector("[data-do=start]")));
    await start(other);
    assert.deepEqual(await settled(other, shared.state), shared.state);
    assert.deepEqual(await shown(other), shared.shown);
    clean(other);
    await other.page.close();
  });
}
