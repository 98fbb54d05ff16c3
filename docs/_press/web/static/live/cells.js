/* Live cells: Run, Edit and Check at each code cell of the page. This small part comes with the page; the rest (client,
   python, editor, outputs, status, run) is loaded when it is first used, and Python itself on the first Run. */
"use strict";
(() => {
  const script = document.currentScript;
  const root = new URL(script.dataset.live, document.baseURI);
  const REST = ["client", "python", "editor", "outputs", "status", "run"];

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== null) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

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
  const button = (does, text, title, icon) =>
    make("button", { type: "button", class: "vgp-live-button", "data-live-do": does, title },
      ...(icon ? [make("i", { class: "fas " + icon, "aria-hidden": "true" }), " "] : []), text); // prettier-ignore

  function prepare(box) {
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
    if (live.size) run.append(" ", make("span", { class: "vgp-live-size" }, live.size));
    cell.bar.append(run, button("edit", "Edit", "Change the code of this cell"));
    if (cell.answer) cell.bar.append(button("check", "Check", "Run this cell and check your answer", "fa-check"));
    cell.bar.append(cell.state);
    input.after(cell.bar);
    return cell;
  }

  /* The address of a script, with the hash of them all: after an update of the site no old one meets a new one. */
  const file = (name) => new URL(`${name}?v=${script.dataset.scripts}`, root);

  let loading;
  const load = (name) =>
    new Promise((done, failed) => {
      const part = make("script", { src: file(name + ".js") });
      part.addEventListener("load", done);
      part.addEventListener("error", () => failed(new Error(`${name}.js could not be loaded`)));
      document.head.append(part);
    });

  /* The other scripts, in their order; once. */
  function ready() {
    loading ??= REST.reduce((before, name) => before.then(() => load(name)), Promise.resolve());
    loading.catch(() => (loading = undefined)); // the next click tries again
    return loading;
  }

  async function act(action, cell) {
    try {
      await ready();
      await live.actions[action](cell);
    } catch (error) {
      const text = `This does not work here: ${error.message}. The outputs of the book stay.`;
      if (cell) cell.state.textContent = text;
      live.say(text);
    }
  }

  const live = { root, file, make, button, edits, keep, actions: {}, cells: [], act };
  const seen = () => {
    try {
      return localStorage.getItem("vgp-live") === script.dataset.version;
    } catch {
      return false;
    }
  };
  // What the first Run loads; a browser that has loaded this version before most likely still has it.
  live.size = script.dataset.size && !seen() ? `loads ${script.dataset.size}` : "";
  live.loaded = () => {
    live.size = "";
    for (const note of document.querySelectorAll(".vgp-live-size")) note.remove();
    try {
      localStorage.setItem("vgp-live", script.dataset.version ?? "");
    } catch {} // then the size is shown again
  };

  const spoken = make("div", { class: "visually-hidden", role: "status" });
  live.say = (text) => (spoken.textContent = text);
  window.vgpLive = live;
  live.cells = [...document.querySelectorAll("div.cell[data-cell]")].map(prepare).filter(Boolean);
  if (!live.cells.length) return;
  document.querySelector("main").append(spoken);

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-live-do]");
    if (!pressed || pressed.getAttribute("aria-disabled") === "true") return;
    act(pressed.dataset.liveDo, live.cells.find((cell) => cell.bar.contains(pressed)) ?? null);
  });
  if (Object.keys(edits()).length) act("restore", null);
})();
