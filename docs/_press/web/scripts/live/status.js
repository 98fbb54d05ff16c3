/* What one sees of the work: the buttons that a cell offers, its state in words, and a line at the foot of the window
   while something loads or runs. */
import { make } from "../dom.js";
import { button } from "./button.js";
import { isEdited, page } from "./page.js";

const BUSY = ["waiting", "loading", "running"];
const SHORT = 300; // milliseconds: a double click on Run is not to press Stop
let now = null; // {target, cell, loading}: the cell that was asked for, and the one that runs
let clock;

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
const bar = make("progress", { "aria-label": "Loading" });
const pillText = make("span");
const pill = make("div", { class: "vgp-live-pill", hidden: true }, pillText);
pill.append(button("stop", "Stop", "Stop what runs; all variables are lost"));
document.querySelector("main").append(pill);

// --- buttons and state of a cell --------------------------------------------------------------------------------------
const find = (cell, action) => cell.bar.querySelector(`[data-live-do="${action}"]`);

/* A button comes when there is something for it to do, and hands its focus on when it goes. */
function offer(cell, wanted, before, ...what) {
  const there = find(cell, what[0]);
  if (wanted && !there) before.before(button(...what));
  if (wanted || !there) return;
  if (there === document.activeElement) find(cell, "run").focus();
  there.remove();
}

export const buttons = (cell) => {
  const busy = Boolean(cell.busy);
  const edited = isEdited(cell);
  const run = find(cell, "run");
  const long = busy && performance.now() - cell.since >= SHORT;
  const focused = run === document.activeElement;
  run.hidden = long; // Stop stands in its place
  offer(cell, long, run, "stop", "Stop", "Stop the cell; all variables are lost", "fa-stop");
  if (long && focused) find(cell, "stop").focus();
  for (const action of ["run", "check"]) find(cell, action)?.setAttribute("aria-disabled", String(busy));
  find(cell, "edit").textContent = cell.area ? "Close" : "Edit";
  offer(cell, (edited || cell.slot) && !busy, cell.state, "reset", "Reset", "The book's code and output again");
  offer(cell, edited, cell.state, "download", "Download", "Save this cell as a Python file");
  if (cell.bar.dataset.state) return;
  cell.state.textContent = !edited ? "" : cell.unkept ? "edited; this browser cannot keep it" : "edited";
};

export const state = (cell, name, ...text) => {
  const before = cell.busy;
  cell.busy = BUSY.includes(name);
  if (cell.busy && !before) {
    cell.since = performance.now();
    setTimeout(buttons, SHORT + 10, cell);
  }
  cell.bar.dataset.state = name;
  cell.state.replaceChildren(...text);
  buttons(cell);
};

// --- what is under way ------------------------------------------------------------------------------------------------
/* `cell` runs, for itself or because `target` needs it: say so, and for how long. */
export const watch = (target, cell) => {
  const text = cell === target ? "running" : `runs cell ${cell.number} first`;
  const began = performance.now();
  const tell = () => {
    if (now.loading) return;
    const seconds = Math.round((performance.now() - began) / 1000);
    const all = seconds ? `${text}, ${seconds} s` : text;
    pillText.textContent = `Cell ${target.number}: ${all}`;
    target.state.textContent = all;
  };
  if (cell !== target) state(cell, "running", "running");
  state(target, "running");
  clearInterval(clock);
  clock = setInterval(tell, 1000);
  now = { target, cell, loading: false };
  pill.hidden = false;
  tell();
};

/* The cell that was asked for, if any; nothing is under way after this. */
export const unwatch = () => {
  const target = now?.target;
  clearInterval(clock);
  now = null;
  pill.hidden = true;
  return target;
};

export const progress = ({ type, part, loaded, total, state: name }) => {
  if (!now) return;
  if (type === "progress") {
    if (!now.loading) page.say(`Loading ${part}, ${megabytes(total)} megabytes`);
    now.loading = true;
    [bar.max, bar.value] = [total, loaded];
    const size = `${megabytes(loaded)} of ${megabytes(total)} MB`;
    const text = loaded < total ? `Loading ${part}: ${size}` : `Starting ${part}`;
    now.target.bar.dataset.state = "loading";
    now.target.state.replaceChildren(bar, " ", text);
    pillText.textContent = text;
  } else if (name !== "loading" && now.loading) {
    page.loaded();
    page.say(`Cell ${now.target.number} runs`);
    watch(now.target, now.cell);
  }
};
