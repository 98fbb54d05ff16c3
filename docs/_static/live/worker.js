/* Python in a worker: loads the runtime that lies in runtime/, checks it, and runs cells and functions for the page.
   What is said between page and worker is listed in docs/_live/README.md. */
"use strict";
const ROOT = new URL("runtime/", self.location.href);
const PACKAGES = "/lib/python3.12/site-packages";
const PLOTS = "matplotlib";
const real = self.fetch.bind(self);

let manifest, core, plots, python, runner, current;

const post = (message) => self.postMessage(message);
const state = (name) => post({ type: "state", state: name });

class LoadError extends Error {}

// --- files: fetched once each, counted, and compared with the manifest -------------------------------------------------

const address = (name) => new URL(`${name}?v=${manifest.files[name].sha256.slice(0, 12)}`, ROOT);

async function check(name, bytes) {
  const { size, sha256 } = manifest.files[name];
  let found = bytes.byteLength === size;
  if (found && self.crypto?.subtle) {
    // crypto.subtle exists on https and on this machine's own addresses; elsewhere the size has to do
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
  }
  if (!found) throw new LoadError(`the file ${name} is not the one that belongs to this site; loading the page again may help`);
}

async function request(url, name, options = {}) {
  let answer;
  try {
    answer = await real(url, options);
  } catch {
    throw new LoadError(`the file ${name} could not be loaded: no connection to the server`);
  }
  if (!answer.ok) throw new LoadError(`the file ${name} could not be loaded: the server answered ${answer.status}`);
  return answer;
}

/* A response that counts what passes, and fails at its end unless the file is the right one. */
async function checked(name, count) {
  const answer = await request(address(name), name);
  const all = new Uint8Array(manifest.files[name].size);
  let filled = 0;
  const body = answer.body.pipeThrough(
    new TransformStream({
      transform(chunk, to) {
        if (filled + chunk.length <= all.length) all.set(chunk, filled);
        filled += chunk.length;
        count(chunk.length);
        to.enqueue(chunk);
      },
      async flush() {
        await check(name, filled === all.length ? all : { byteLength: filled });
      },
    }),
  );
  const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(body, { headers: { "content-type": type } });
}

const bytes = async (answer) => new Uint8Array(await (await answer).arrayBuffer());

/* Says how far the files of `names` have come. */
function counter(names) {
  const total = names.reduce((sum, name) => sum + manifest.files[name].size, 0);
  let loaded = 0;
  return (name) => (length) => {
    loaded += length;
    post({ type: "progress", part: manifest.files[name].part, loaded, total });
  };
}

// --- Python ------------------------------------------------------------------------------------------------------------

async function loadCore() {
  manifest = await (await request(new URL("manifest.json", ROOT), "manifest.json", { cache: "no-cache" })).json();
  const names = Object.keys(manifest.files).filter((name) => name !== PLOTS + ".zip");
  const count = counter(names);
  const files = Object.fromEntries(names.map((name) => [name, checked(name, count(name))]));
  const broken = new Promise((_, failed) => Object.values(files).forEach((file) => file.catch(failed)));
  // Pyodide asks for its files itself; it is given those that were checked.
  self.fetch = (url) => {
    const name = new URL(url, ROOT).pathname.split("/").pop();
    return files[name] ?? Promise.reject(new LoadError(`the file ${name} is not part of this site`));
  };
  const rest = Object.keys(files).filter((name) => name.endsWith(".zip") && name !== "python_stdlib.zip");
  const unpacked = rest.map((name) => bytes(files[name]));
  const scripts = ["pyodide.js", "pyodide.asm.js"];
  const ready = async () => {
    await Promise.all(scripts.map((name) => bytes(files[name])));
    importScripts(...scripts.map(address));
    const env = { HOME: "/home/reader", MPLBACKEND: "agg", MPLCONFIGDIR: "/live/matplotlib" };
    const made = await self.loadPyodide({ indexURL: ROOT.href, env });
    for (const [i, name] of rest.entries()) {
      const target = manifest.files[name].folder ?? PACKAGES;
      made.unpackArchive(await unpacked[i], "zip", { extractDir: target });
    }
    return made;
  };
  const failed = new Promise((_, failed) => {
    for (const part of unpacked) part.catch(failed);
    const wrong = console.warn; // Pyodide only warns when its main file is broken, and then waits for ever
    console.warn = (...said) => {
      if (said[0] instanceof Error) failed(said[0] instanceof LoadError ? said[0] : new LoadError(`Python did not start: ${said[0].message}`));
      wrong(...said);
    };
  });
  python = await Promise.race([ready(), broken, failed]);
  self.fetch = real;
  python.runPython("import sys; sys.path.append('/live')");
  runner = python.pyimport("runner");
  const late = runner.Late(loadPlotsNow);
  python.pyimport("sys").meta_path.insert(0, late);
  python.pyimport("numpy");
  python.pyimport("vgp");
}

function unpackPlots(archive) {
  python.unpackArchive(archive, "zip", { extractDir: PACKAGES });
  python.pyimport("importlib").invalidate_caches();
  plots = Promise.resolve();
}

async function loadPlots() {
  const name = PLOTS + ".zip";
  unpackPlots(await bytes(checked(name, counter([name])(name))));
}

/* For a cell that is running already: Python waits, so the request must, too. */
function loadPlotsNow() {
  if (plots) return;
  const name = PLOTS + ".zip";
  post({ type: "progress", part: manifest.files[name].part, loaded: 0, total: manifest.files[name].size });
  const asked = new XMLHttpRequest();
  asked.open("GET", address(name), false);
  asked.responseType = "arraybuffer";
  asked.send();
  if (asked.status !== 200 || asked.response.byteLength !== manifest.files[name].size) {
    throw new Error(`the file ${name} could not be loaded`);
  }
  unpackPlots(new Uint8Array(asked.response));
}

/* Once; after a failure the page ends this worker, and the next one tries again. */
async function ready(withPlots) {
  const loading = !core || (withPlots && !plots);
  if (loading) state("loading");
  await (core ??= loadCore());
  if (withPlots) await (plots ??= loadPlots());
  if (loading) state("ready");
}

// --- requests ----------------------------------------------------------------------------------------------------------

const text = (value, what) => {
  if (typeof value !== "string") throw new TypeError(`${what}: got ${typeof value}; allowed: text`);
  return value;
};

const requests = {
  async start() {
    await ready(false);
    return {};
  },
  async run({ id, code, name = "cell", scope = "page" }) {
    await ready(/\b(matplotlib|plt)\b/.test(text(code, "code")));
    if (runner.needs_plots(code)) await ready(true);
    state("running");
    const send = (stream, said) => post({ id, type: "stream", name: stream, text: said });
    return JSON.parse(runner.run(code, name, scope, send));
  },
  async call({ module, function: name, args = [] }) {
    await ready(false);
    return JSON.parse(runner.call(text(module, "module"), text(name, "function"), JSON.stringify(args)));
  },
  async reset() {
    if (runner) runner.reset();
    return {};
  },
};

async function answer({ id, type, ...rest }) {
  try {
    const ask = Object.hasOwn(requests, type) ? requests[type] : null;
    if (!ask) throw new TypeError(`type: got ${JSON.stringify(type)}; allowed: ${Object.keys(requests).join(", ")}`);
    const { error, ...made } = await ask({ id, ...rest });
    if (error) post({ id, type: "failed", kind: "error", error });
    else post({ id, type: "done", ...made });
  } catch (error) {
    const kind = error instanceof TypeError && python ? "error" : "load";
    const said = runner && kind === "load" ? `Python has stopped (${error.message}); run again to start it anew` : error.message;
    post({ id, type: "failed", kind, error: { name: kind === "load" ? "LoadError" : "TypeError", message: said, line: null, traceback: [], text: said } });
  }
  if (runner) state("ready");
}

let tail = Promise.resolve(); // one request after the other
self.addEventListener("message", ({ data }) => (tail = tail.then(() => answer(data ?? {}))));
