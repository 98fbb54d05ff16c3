/* The playground: this small part comes with the page and loads the others (playground-*.js). Until the reader presses
   Start, everything that is shown was computed when the book was built; Python is loaded only then. */
"use strict";
(() => {
  const script = document.currentScript;
  const root = document.getElementById("playground");
  if (!root) return;
  const live = new URL(script.dataset.live ?? ".", script.dataset.live ? document.baseURI : script.src);
  const PARTS = ["client", "python", ...["state", "run", "controls", "chart", "panels", "phase", "training", "share", "page"].map((part) => "playground-" + part)]; // prettier-ignore

  // --- what all parts use ------------------------------------------------------------------------------------------------
  const set = (element, attributes) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === false || value === null || value === undefined) element.removeAttribute(name);
      else element.setAttribute(name, value === true ? "" : value);
    }
    return element;
  };
  const make = (tag, attributes = {}, ...children) => {
    const element = set(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  };
  const button = (text, does, attributes = {}) => {
    const made = make("button", { type: "button", class: "pg-button", ...attributes }, text);
    made.addEventListener("click", does);
    return made;
  };
  const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

  /* A number as people write it: 0.013, 120, 3.1e-7. */
  const number = (value, digits = 2) => {
    if (value === null || value === undefined || !Number.isFinite(value)) return "not finite";
    const size = Math.abs(value);
    if (value === 0) return "0";
    if (size < 1e-3 || size >= 1e5) return value.toExponential(digits - 1).replace("e+", "e");
    return String(Number(size >= 10 ** digits ? value.toFixed(0) : value.toPrecision(digits)));
  };

  /* Layer numbers as people write them: 1 to 3, 7. */
  const runs = (numbers) => {
    const made = [];
    for (const n of numbers) {
      const last = made.at(-1);
      if (last && n === last[1] + 1) last[1] = n;
      else made.push([n, n]);
    }
    return made.map(([a, b]) => (a === b ? `${a}` : `${a} to ${b}`)).join(", ");
  };

  /* A file for the reader's own computer. */
  const save = (name, text) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };

  const pg = { root, live, set, make, button, escaped, number, runs, save, size: script.dataset.size ?? root.dataset.size };
  window.vgpPlayground = pg;
  (window.vgpLive ??= {}).make ??= make; // for the parts that the cells have in common with this: client, python

  // --- loading -------------------------------------------------------------------------------------------------------------
  const file = (name) => new URL(`${name}?v=${script.dataset.scripts}`, live); // the hash of all scripts: none is stale
  window.vgpLive.file ??= file;
  const load = (name) =>
    new Promise((done, failed) => {
      const part = make("script", { src: file(name + ".js") });
      part.async = false; // they run in this order
      part.addEventListener("load", done);
      part.addEventListener("error", () => failed(new Error(`the file ${name}.js could not be loaded`)));
      document.head.append(part);
    });

  async function json(address) {
    const got = await fetch(address);
    if (!got.ok) throw new Error(`the file ${address} could not be loaded (${got.status})`);
    return got.json();
  }

  /* A preset with what the build computed for it. */
  pg.stored = async (preset) => {
    const file = new URL(`playground/${preset.id}.json`, new URL(root.dataset.json, document.baseURI));
    return preset.answer ? preset : Object.assign(preset, await json(file));
  };

  async function begin() {
    if (location.protocol === "file:") {
      throw new Error("a browser loads no data from a folder; it needs a web server, such as python3 -m http.server in the site's folder"); // prettier-ignore
    }
    const data = json(root.dataset.json);
    await Promise.all([data, ...PARTS.map(load)]);
    pg.open(await data);
  }

  begin().catch((error) => {
    root.dataset.state = "failed";
    const text = `The playground does not work here: ${error.message}. What stands below was computed when the book was built.`;
    root.replaceChildren(make("p", { class: "pg-message", role: "status", "data-kind": "failed" }, text));
  });
})();
