/* Live cells: Run, Edit and Check at each code cell of the page. This small part comes with the page; the rest (live.js and
   what it imports) is loaded when it is first used, and Python itself on the first Run. */
import { make } from "../dom.js";
import { file, size, version } from "./address.js";
import { button } from "./button.js";

// --- edits, kept in this browser by page, cell and a hash of the book's own text --------------------------------------
const KEY = "vgp-live:" + location.pathname;

function hash(text) {
  let [a, b] = [0xdeadbeef, 0x41c6ce57]; // cyrb53, short and good enough to notice a change
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 2654435761);
    b = Math.imul(b ^ text.charCodeAt(i), 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}

function edits() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // no storage here, or nothing that can be read
  }
}

/* Keep what `change` makes of the edits; return whether that was possible. */
function keep(change) {
  const all = edits();
  change(all);
  try {
    if (Object.keys(all).length) localStorage.setItem(KEY, JSON.stringify(all));
    else localStorage.removeItem(KEY);
    return true;
  } catch {
    return false;
  }
}

// --- the cells -------------------------------------------------------------------------------------------------------
/* What the first Run loads; a browser that has loaded this version before most likely still has it. */
function toLoad() {
  try {
    if (localStorage.getItem("vgp-live") === version) return "";
  } catch {} // no storage: it is not known
  return size ? `loads ${size}` : "";
}

/* Python has been loaded: nobody need be told its size any more. */
function loaded() {
  for (const note of document.querySelectorAll(".vgp-live-size")) note.remove();
  try {
    localStorage.setItem("vgp-live", version ?? "");
  } catch {} // then the size is shown again
}

function prepare(box, note) {
  const number = Number(box.dataset.cell);
  const input = box.querySelector(".cell_input");
  const pre = input?.querySelector("pre");
  if (!pre) return null;
  const source = pre.textContent.replace(/\n$/, "");
  const cell = { box, number, input, pre, source, code: source, ran: null, name: `cell ${number}` };
  cell.answer = box.dataset.answer ?? null;
  cell.check = box.dataset.check ?? null;
  cell.solution = box.closest("details.solution");
  cell.key = `${number}:${hash(source)}`;
  cell.bar = make("div", { class: "vgp-live", role: "group", "aria-label": `Code cell ${number}` });
  cell.state = make("span", { class: "vgp-live-state" });
  const run = button("run", "Run", "Run this cell, and first what it needs above", "fa-play");
  if (note) run.append(" ", make("span", { class: "vgp-live-size" }, note));
  cell.bar.append(run, button("edit", "Edit", "Change the code of this cell"));
  if (cell.answer) cell.bar.append(button("check", "Check", "Run this cell and check your answer", "fa-check"));
  cell.bar.append(cell.state);
  input.after(cell.bar);
  return cell;
}

// --- the larger part -------------------------------------------------------------------------------------------------
let loading;

/* Its actions; it is loaded once, and by a classic script, since browsers import no module from a folder. */
function actions() {
  loading ??= new Promise((done, failed) => {
    const part = make("script", { src: file("live.js") });
    part.addEventListener("load", done);
    part.addEventListener("error", () => failed(new Error("live.js could not be loaded")));
    document.head.append(part);
  }).then(() => window.vgpLive.start({ cells, file, edits, keep, act, say, loaded })); // the build names it so
  loading.catch(() => (loading = undefined)); // the next click tries again
  return loading;
}

async function act(action, cell) {
  try {
    await (await actions())[action](cell);
  } catch (error) {
    const text = `This does not work here: ${error.message}. The outputs of the book stay.`;
    if (cell) cell.state.textContent = text;
    say(text);
  }
}

// --- the page ----------------------------------------------------------------------------------------------------------
const spoken = make("div", { class: "visually-hidden", role: "status" });
const say = (text) => (spoken.textContent = text);
const note = toLoad();
const boxes = document.querySelectorAll("div.cell[data-cell]");
const cells = [...boxes].map((box) => prepare(box, note)).filter(Boolean);

if (cells.length) {
  document.querySelector("main").append(spoken);
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-live-do]");
    if (!pressed || pressed.getAttribute("aria-disabled") === "true") return;
    act(pressed.dataset.liveDo, cells.find((cell) => cell.bar.contains(pressed)) ?? null);
  });
  if (Object.keys(edits()).length) act("restore", null);
}
