// The live cells of a chapter, in the hands of live.mjs; Python is started once.

import assert from "node:assert/strict";
import { Tab } from "./browse.mjs";

const CHAPTER = "chapters/02-product-of-jacobians.html";
const FIGURE = "#c2-fig-chain"; // drawn by a cell that needs little
const EXERCISE = "c2-ex-chain";
const drawn = `div.cell[data-cell]:has(${FIGURE})`;
const answer = `div.cell[data-answer="${EXERCISE}"]`;
const button = (cell, does) => `${cell} [data-live-do="${does}"]`;

const code = (tab, cell) =>
  tab.do((wanted) => document.querySelector(wanted).querySelector("pre").textContent.trimEnd(), cell);

/* Wait until a cell is in a state, and return what it says. */
async function state(tab, cell, wanted) {
  await tab.until(
    `${cell} is ${wanted}`,
    (name, cell) => document.querySelector(`${cell} .vgp-live`).dataset.state === name,
    wanted,
    cell,
  );
  return tab.text(`${cell} .vgp-live-state`);
}

/* Write into a cell as by pasting over all of it; the editor stays open. */
async function write(tab, cell, text) {
  if (!(await tab.do((wanted) => Boolean(document.querySelector(`${wanted} textarea`)), cell)))
    await tab.click(button(cell, "edit"));
  const area = `${cell} textarea`;
  await tab.until(`the editor of ${cell}`, (wanted) => Boolean(document.querySelector(wanted)), area);
  await tab.do(
    (wanted, text) => {
      const area = document.querySelector(wanted);
      area.focus();
      area.select();
      document.execCommand("insertText", false, text);
    },
    area,
    text,
  );
}

export async function cells({ browser, base, check, clean }) {
  const tab = await Tab.open(browser, base + CHAPTER);

  await check(
    "Run: the figure is drawn anew in its place",
    async () => {
      assert(!tab.asked.some((url) => url.includes("worker")), "loaded before it is asked for");
      const look = () =>
        tab.do((id) => {
          const figure = document.querySelector(id);
          const svg = figure.querySelector("svg");
          const there = {
            label: svg.getAttribute("aria-label"),
            caption: figure.querySelector("figcaption").innerText,
            old: "built" in svg.dataset,
          };
          svg.dataset.built = "";
          return there;
        }, FIGURE);
      const before = await look();
      const began = Date.now();
      await tab.do((cell) => {
        for (const fold of document.querySelectorAll(`${cell} details`)) fold.open = true; // code that only draws
      }, drawn);
      await tab.click(button(drawn, "run"));
      assert.match(await state(tab, drawn, "done"), /^done/);
      assert.deepEqual(await look(), before); // its description says the numbers that it shows
      return `with Python and matplotlib loaded in ${((Date.now() - began) / 1000).toFixed(1)} s`;
    },
    true,
  );

  await check("the figure has the colours of the theme", async () => {
    const colour = () =>
      tab.do(
        (id) => getComputedStyle(document.querySelector(`${id} svg [style*="stroke: var(--vgp-"]`)).stroke,
        FIGURE,
      );
    const light = await colour();
    await tab.theme("dark");
    assert.notEqual(await colour(), light);
    await tab.theme("light");
  });

  await check("Run: what the book prints stands there again", async () => {
    const cell = await tab.do(() => {
      const found = [...document.querySelectorAll("div.cell[data-cell]")].find((cell) =>
        cell.querySelector(".cell_output .stream"),
      );
      found.querySelector(".cell_output .stream").dataset.built = "";
      return `div.cell[data-cell="${found.dataset.cell}"]`;
    });
    const before = await tab.text(`${cell} .cell_output`);
    await tab.click(button(cell, "run"));
    await state(tab, cell, "done");
    assert.equal(await tab.do((cell) => document.querySelectorAll(`${cell} [data-built]`).length, cell), 0);
    assert((await tab.text(`${cell} .cell_output`)).includes(before.trim()));
  });

  await check("Edit: by the keyboard, with its output below", async () => {
    await tab.click(button(answer, "edit"));
    await tab.keys("Control+a");
    await tab.page.keyboard.type("for n in (6, 7):\nprint(n * 7)");
    assert.equal(await code(tab, answer), "for n in (6, 7):\n    print(n * 7)");
    await tab.keys("Control+Enter");
    await state(tab, answer, "done");
    assert.equal((await tab.text(`${answer} .cell_output .vgp-live-out`)).trim(), "42\n49");
  });

  await check("an error is shown at its line, with the way to it", async () => {
    await write(tab, answer, "def half(x):\n    return x / 0\n\n\nhalf(1)");
    await tab.keys("Shift+Enter");
    assert.equal(await state(tab, answer, "failed"), "failed: ZeroDivisionError in line 2");
    assert.match(
      await tab.text(`${answer} .vgp-live-error`),
      /ZeroDivisionError in line 2: division by zero[^]*line 5: half\(1\)[^]*line 2: return x \/ 0/,
    );
    const off = await tab.do((cell) => {
      // lines from the top of the code to the mark
      const [line, pre] = [".vgp-live-line", "pre"].map((part) => document.querySelector(`${cell} ${part}`));
      const style = getComputedStyle(pre);
      return (
        (line.getBoundingClientRect().y - pre.getBoundingClientRect().y - parseFloat(style.paddingTop)) /
        parseFloat(style.lineHeight)
      );
    }, answer);
    assert(Math.abs(off - 1) < 0.1, `the mark is ${off} lines below the first`);
  });

  await check("axe and width, with the editor, an error and a figure", () => tab.accessible());

  await check("Reset: the code and the outputs of the book", async () => {
    for (const cell of [answer, drawn]) await tab.click(button(cell, "reset"));
    assert.match(await code(tab, answer), /^first_gradient = \.\.\./);
    assert.equal(
      await tab.do(
        (cell) => document.querySelectorAll(`${cell} :is(.vgp-live-error, .vgp-live-line, .vgp-live-out)`).length,
        answer,
      ),
      0,
    );
    assert.equal(await tab.do((id) => document.querySelectorAll(`${id} svg`).length, FIGURE), 1);
    assert.equal(
      await tab.do((cell) => document.querySelector(cell).querySelectorAll(".vgp-live-note").length, drawn),
      0,
    );
  });

  await check("an exercise's check: wrong, then right", async () => {
    const verdict = async (kind) => {
      await tab.click(button(answer, "check"));
      return tab.until(
        kind,
        (cell, kind) => document.querySelector(`${cell} [data-verdict="${kind}"]`)?.innerText,
        answer,
        kind,
      );
    };
    assert.match(await verdict("wrong"), /^Not yet: .{20}/);
    const solution = await tab.do(
      (name) =>
        document
          .querySelector(`[data-check="${name}"]`)
          .closest("details.solution")
          .querySelector("div.cell:not([data-check]) pre").textContent,
      EXERCISE,
    );
    await write(tab, answer, solution.trimEnd());
    assert.equal(await verdict("right"), "Right.");
  });

  await check("Stop of an endless loop", async () => {
    await write(tab, answer, "print('it has begun')\nwhile True:\n    pass");
    await tab.keys("Control+Enter");
    await tab.until(
      "a line is printed",
      (cell) => document.querySelector(`${cell} .vgp-live-out`)?.innerText.includes("begun"),
      answer,
    );
    await tab.until("a button to stop it", (wanted) => Boolean(document.querySelector(wanted)), button(answer, "stop"));
    const began = Date.now();
    await tab.click(button(answer, "stop"));
    assert.equal(await state(tab, answer, "stopped"), "stopped");
    return `after ${Date.now() - began} ms`;
  });

  await check("the edit is there after a reload, and Python is not loaded for it", async () => {
    const before = tab.asked.length;
    await tab.page.reload();
    await tab.until(
      "the edit",
      (cell) =>
        document.querySelector(cell)?.querySelector("pre").textContent.startsWith("print('it has begun')\nwhile"),
      answer,
    );
    assert(!tab.asked.slice(before).some((url) => url.includes("/runtime/")));
  });

  await check("the chapter asks no other host, and nothing is amiss", () => clean(tab));
  await tab.page.close();
}
