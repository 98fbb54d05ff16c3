/* Python in a worker: loads the runtime that lies in runtime/, checks it, and runs cells and functions for the page.
   What is said between page and worker is listed in _press/live/README.md. */
const ROOT = new URL("runtime/", self.location.href);
const PLOTS = "matplotlib.zip"; // loaded only when something draws
const real = self.fetch.bind(self);

let manifest, core, plots, python, runner;

const post = (message) => self.postMessage(message);
const state = (name) => post({ type: "state", state: name });

class LoadError extends Error {}
class Refused extends Error {}

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
  if (!found)
    throw new LoadError(`the file ${name} is not the one that belongs to this site; loading the page again may help`);
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

let fault = null; // the first file that failed: browsers do not hand on why a stream broke off

/* A response that counts what passes, and fails at its end unless the file is the right one. */
async function checked(name, count) {
  const reader = (await request(address(name), name)).body.getReader();
  const all = new Uint8Array(manifest.files[name].size);
  let filled = 0;
  const read = async (to) => {
    const { done, value } = await reader.read().catch(() => {
      throw new LoadError(`the file ${name} could not be loaded: the connection broke off`);
    });
    if (done) {
      await check(name, filled === all.length ? all : { byteLength: filled });
      return to.close();
    }
    if (filled + value.length <= all.length) all.set(value, filled);
    filled += value.length;
    count(value.length);
    to.enqueue(value);
  };
  const body = new ReadableStream({
    pull: (to) =>
      read(to).catch((error) => {
        fault ??= error;
        throw error;
      }),
  });
  const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(body, { headers: { "content-type": type } });
}

const arrived = new Map(); // of the files that were asked for: how many bytes are here

/* Says how far all files have come that were asked for since nothing was on its way. */
function counter(name) {
  const size = (one) => manifest.files[one].size;
  if ([...arrived].every(([one, bytes]) => bytes >= size(one))) arrived.clear();
  arrived.set(name, 0);
  return (length) => {
    arrived.set(name, arrived.get(name) + length);
    const loaded = [...arrived.values()].reduce((sum, bytes) => sum + bytes, 0);
    const total = [...arrived.keys()].reduce((sum, one) => sum + size(one), 0);
    post({ type: "progress", part: manifest.files[name].part, loaded, total });
  };
}

const open = (name) => checked(name, counter(name));
const bytes = async (answer) => new Uint8Array(await (await answer).arrayBuffer());

// --- Python ------------------------------------------------------------------------------------------------------------

async function loadManifest() {
  manifest = await (await request(new URL("manifest.json", ROOT), "manifest.json", { cache: "no-cache" })).json();
}

/* Pyodide asks for its files itself: it is given those that were checked, which are on their way already. */
function handOver(files, compiled) {
  const theirs = WebAssembly.instantiateStreaming;
  self.fetch = async (url) => {
    const name = new URL(url, ROOT).pathname.split("/").pop();
    if (name.endsWith(".wasm")) return new Response(); // see below
    return files[name] ?? Promise.reject(new LoadError(`the file ${name} is not part of this site`));
  };
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const module = await compiled;
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  return () => {
    self.fetch = real;
    WebAssembly.instantiateStreaming = theirs;
  };
}

async function loadCore() {
  const names = Object.keys(manifest.files).filter((name) => name !== PLOTS);
  const files = Object.fromEntries(names.map((name) => [name, open(name)]));
  const packages = names.filter((name) => name.endsWith(".zip") && name !== "python_stdlib.zip");
  const archives = packages.map((name) => bytes(files[name]));
  const compiled = WebAssembly.compileStreaming(files["pyodide.asm.wasm"]); // while it arrives
  const giveBack = handOver(files, compiled);
  const start = async () => {
    const scripts = ["pyodide.js", "pyodide.asm.js"];
    await Promise.all(scripts.map((name) => bytes(files[name])));
    importScripts(...scripts.map(address));
    const env = { HOME: "/home/reader", MPLBACKEND: "agg" };
    const made = await self.loadPyodide({ indexURL: ROOT.href, env });
    for (const [i, name] of packages.entries()) unpack(made, await archives[i], manifest.files[name].folder);
    return made;
  };
  // Pyodide would wait for ever for a file that is broken.
  const broken = new Promise((_, failed) => {
    for (const part of [...Object.values(files), ...archives, compiled]) part.catch(failed);
  });
  python = await Promise.race([start(), broken]);
  giveBack();
  python.runPython("import sys; sys.path.append('/live')");
  runner = python.pyimport("runner");
  python.pyimport("sys").meta_path.insert(0, runner.Late(loadPlotsNow));
  python.pyimport("vgp");
}

function unpack(where, archive, folder = "/lib/python3.12/site-packages") {
  where.unpackArchive(archive, "zip", { extractDir: folder });
}

/* matplotlib, which may be on its way before Python is there. */
async function loadPlots(archive) {
  unpack(python, await archive);
  python.pyimport("importlib").invalidate_caches();
}

/* For a cell that is running already: Python waits, so the request must, too. */
function loadPlotsNow() {
  if (plots) return;
  const { part, size } = manifest.files[PLOTS];
  post({ type: "progress", part, loaded: 0, total: size });
  const asked = new XMLHttpRequest();
  asked.open("GET", address(PLOTS), false);
  asked.responseType = "arraybuffer";
  asked.send();
  if (asked.status !== 200 || asked.response.byteLength !== size)
    throw new Error(`the file ${PLOTS} could not be loaded`);
  unpack(python, new Uint8Array(asked.response));
  plots = Promise.resolve();
}

/* Once; after a failure the page ends this worker, and the next one tries again. */
async function ready(withPlots) {
  const loading = !core || (withPlots && !plots);
  if (loading) state("loading");
  if (!manifest) await loadManifest();
  const loadingCore = (core ??= loadCore());
  if (withPlots && !plots) {
    const archive = bytes(open(PLOTS));
    plots = loadingCore.then(() => loadPlots(archive));
    archive.catch(() => {}); // said by `plots`
  }
  await loadingCore;
  if (withPlots) await plots;
  if (loading) state("ready");
}

// What draws: if a cell names it, matplotlib is loaded before the cell runs, with its progress shown.
const DRAWS = /\b(matplotlib|plt|show\(|subplots\(|(curves|figures|book)\.\w+\()/;

// --- requests ----------------------------------------------------------------------------------------------------------

const text = (value, what) => {
  if (typeof value !== "string") throw new Refused(`${what}: got ${typeof value}; allowed: text`);
  return value;
};

const requests = {
  async start({ plots: drawing = false }) {
    await ready(drawing);
    return {};
  },
  async run({ id, code, name = "cell", scope = "page", plots: drawing = false }) {
    await ready(drawing || DRAWS.test(text(code, "code")));
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
    if (!ask) throw new Refused(`type: got ${JSON.stringify(type)}; allowed: ${Object.keys(requests).join(", ")}`);
    const { error, ...made } = await ask({ id, ...rest });
    if (error) post({ id, type: "failed", kind: "error", error });
    else post({ id, type: "done", ...made });
  } catch (caught) {
    const error = fault ?? caught;
    const wrong = error instanceof Refused; // of the request; anything else means that there is no Python any more
    const kind = wrong ? "error" : "load";
    let said = error.message;
    if (!wrong && !(error instanceof LoadError))
      said = runner ? `Python has stopped: ${said}` : `Python did not start: ${said}`;
    const name = wrong ? "TypeError" : "LoadError";
    post({ id, type: "failed", kind, error: { name, message: said, line: null, traceback: [], text: said } });
  }
  if (runner) state("ready");
}

let tail = Promise.resolve(); // one request after the other
self.addEventListener("message", ({ data }) => (tail = tail.then(() => answer(data ?? {}))));
