/* Running: one cell after the other in one worker, each after the cells above that it needs. Which these are, the worker
   reads from the code (_press/live/browser/needs.py). */
import { make } from "../dom.js";
import { Runtime } from "./client.js";
import { mark, setCode } from "./editor.js";
import { Output, restoreOutput } from "./outputs.js";
import { isEdited, page } from "./page.js";
import { progress, state, unwatch, watch } from "./status.js";

const runtime = new Runtime(() => page.file("worker.js"), progress);
const DRAWS = /\b(show|subplots|plt|matplotlib)\b/;
let turn = 0; // goes up with each Stop: what was asked before it does not run any more
let tail = Promise.resolve(); // the last of the runs that wait
let count = 0; // of runs: cell.at and cell.changed say when a cell has run, and when first with the code of `ran`

// --- one cell ---------------------------------------------------------------------------------------------------------
/* Run a cell, because it was asked for or because `target` needs it; true if it has ended well. */
async function execute(cell, target) {
  const output = new Output(cell);
  const { code, ran } = cell;
  mark(cell, null);
  cell.verdict?.remove();
  cell.ran = null;
  cell.tolerated = false;
  watch(target, cell);
  try {
    const request = { type: "run", code, name: cell.name, scope: "page" };
    const { outputs, seconds } = await runtime.ask(request, (name, text) => output.write(name, text));
    Object.assign(cell, { ran: code, at: ++count, changed: ran === code ? cell.changed : count });
    output.finish(outputs ?? []);
    state(
      cell,
      "done",
      seconds < 0.05 ? "done" : `done in ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`,
    );
    if (ran !== null && ran !== code) forget(await asked("old"), "a cell above has changed");
    return true;
  } catch (failure) {
    if (failure.kind === "stopped") output.stop();
    if (!failure.kind || failure.kind === "stopped" || failure.kind === "load") throw failure;
    failed(cell, output, failure.error);
    // A claim of the book that an edit has made false, or a wrong answer, keeps nothing below from running.
    cell.tolerated = Boolean(cell.answer) || failure.error.name === "AssertionError";
    return false;
  }
}

function failed(cell, output, error) {
  output.fail(error);
  const places = new Map(); // the last line of each cell on the way to the error
  for (const { name, line } of error.traceback ?? []) places.set(name, line);
  if (error.line && !places.has(cell.name)) places.set(cell.name, error.line);
  for (const other of page.cells) if (places.has(other.name)) mark(other, places.get(other.name));
  state(cell, "failed", `failed: ${error.name}${error.line ? ` in line ${error.line}` : ""}`);
}

/* These cells have to run again before something can build on them. */
function forget(some, why) {
  for (const cell of some) {
    const had = cell.ran !== null;
    cell.ran = null;
    if (had && !cell.busy) state(cell, "old", `not run: ${why}`);
  }
}

// --- what a cell needs ------------------------------------------------------------------------------------------------
const fresh = (cell) => cell.ran !== null && cell.ran === cell.code;
/* On the book's answers and checks nothing builds; on what the reader writes, perhaps. */
const leaf = (cell) => cell.check || (cell.answer && !isEdited(cell));

/* Ask needs.py about the page as it is; with `more`, as if the target went on with that code. */
async function asked(name, target, more = "") {
  const sources = page.cells.map((cell) => (cell === target ? cell.code + more : cell.code));
  const ran = page.cells.map((cell) => (fresh(cell) ? cell.at : 0));
  const changed = page.cells.map((cell) => (fresh(cell) ? cell.changed : 0));
  const leave = page.cells.filter((cell) => cell !== target && leaf(cell)).map((cell) => page.cells.indexOf(cell));
  const args = [sources, ran, changed, ...(target ? [page.cells.indexOf(target)] : []), leave];
  try {
    const { value } = await runtime.ask({ type: "call", module: "needs", function: name, args });
    return value.map((number) => page.cells[number]);
  } catch (failure) {
    if (failure.kind !== "error") throw failure;
    return page.cells.filter((cell) => cell.number < target?.number && !fresh(cell) && !leaf(cell)); // all above
  }
}

async function withNeeds(target, more, before) {
  watch(target, target);
  if (!runtime.alive) await runtime.ask({ type: "start", plots: DRAWS.test(target.code) }); // all in one download
  for (const cell of await asked("plan", target, more)) {
    if ((await execute(cell, target)) || cell.tolerated) continue;
    const link = make("a", { href: "#" + cell.box.id }, `cell ${cell.number}`);
    state(target, "failed", "not run: ", link, ", which it needs, has failed");
    page.say(`Cell ${target.number} was not run: cell ${cell.number}, which it needs, has failed`);
    return false;
  }
  await before?.();
  const well = await execute(target, target);
  page.say(`Cell ${target.number}: ${target.state.textContent}`);
  return well;
}

// --- taking turns -----------------------------------------------------------------------------------------------------
function queue(cell, job) {
  if (cell.busy) return tail;
  const mine = turn;
  state(cell, "waiting", "waits");
  tail = tail.then(async () => {
    if (mine !== turn) return;
    try {
      await job(cell);
    } catch (failure) {
      if (failure.kind === "stopped") return;
      const why = failure.kind === "load" ? "Python could not be loaded" : "This went wrong";
      end("Python is not loaded");
      state(cell, "failed", `${why}: ${failure.message}. The outputs of the book stay.`);
      page.say(cell.state.textContent);
    } finally {
      if (mine === turn) unwatch();
    }
  });
  return tail;
}

/* End whatever runs or waits. */
function end(why) {
  turn++;
  const target = unwatch();
  if (runtime.alive) runtime.stop();
  for (const cell of page.cells)
    if (cell.busy) state(cell, cell === target ? "stopped" : "", cell === target ? "stopped" : "");
  forget(page.cells, why);
}

const busy = () => page.cells.some((cell) => cell.busy);

export const actions = {
  run: (cell) => queue(cell, withNeeds),

  stop() {
    end("Python was stopped");
    page.say("Stopped. The next run starts Python again.");
  },

  reset(cell) {
    setCode(cell, cell.source);
    restoreOutput(cell);
    cell.verdict?.remove();
    state(cell, "", cell.ran !== null && !fresh(cell) ? "not run as it stands here" : "");
    page.say(`Cell ${cell.number}: the book's code and output`);
  },

  resetAll() {
    if (busy()) end("Python was stopped");
    for (const cell of page.cells) if (isEdited(cell) || cell.slot) actions.reset(cell);
    page.say("All cells have the book's code and output.");
  },

  async restart() {
    if (busy()) end("Python was restarted");
    else if (runtime.alive) await runtime.ask({ type: "reset" });
    forget(page.cells, "Python was restarted");
    page.say("All variables are forgotten.");
  },

  async all() {
    await actions.restart();
    const mine = turn;
    for (const cell of page.cells.filter((one) => !one.check && (!one.answer || isEdited(one)))) {
      let well = false;
      await queue(cell, async () => (well = (await execute(cell, cell)) || cell.tolerated));
      if (mine !== turn) return;
      if (!well) return page.say(`Stopped at cell ${cell.number}: ${cell.state.textContent}`);
    }
    page.say("All cells have run.");
  },

  check: (cell) => queue(cell, check),
};

// --- answers ----------------------------------------------------------------------------------------------------------
function verdict(cell, kind, head, text) {
  cell.verdict?.remove();
  cell.verdict = make("p", { class: "vgp-live-verdict", "data-verdict": kind }, make("strong", {}, head), text);
  cell.bar.after(cell.verdict);
  page.say(head + text);
}

const answers = async (name, ...args) =>
  (await runtime.ask({ type: "call", module: "answers", function: name, args })).value;

/* Run what answer and check need and the answer, then the book's check of it, in a copy of the variables. What the answer
   is to define is unset before: an earlier answer is none to this question. */
async function check(cell) {
  const asked = page.cells.find((other) => other.check === cell.answer);
  if (!(await withNeeds(cell, "\n" + asked.source, () => answers("unset", cell.source)))) return;
  const text = cell.state.textContent;
  const absent = await answers("absent", cell.source, asked.source);
  if (absent.length) {
    const last = absent.pop();
    const names = absent.length ? `${absent.join(", ")} and ${last}` : last;
    return verdict(cell, "wrong", "Not yet: ", `this cell has to define ${names}.`);
  }
  state(cell, "running", "checking");
  try {
    await runtime.ask({ type: "run", code: asked.source, name: "the check", scope: "copy" });
    state(cell, "done", text);
    verdict(cell, "right", "Right.", "");
  } catch (failure) {
    if (failure.kind === "stopped" || failure.kind === "load") throw failure;
    const claimed = failure.error.name === "AssertionError";
    if (claimed) state(cell, "done", text);
    else failed(cell, new Output(cell), { ...failure.error, line: null });
    verdict(
      cell,
      "wrong",
      "Not yet: ",
      claimed ? failure.error.message : "the check cannot use this answer; see below.",
    );
  }
}
