/* Make the runtime of the live parts out of Pyodide's files and the wheels: smaller, and compiled beforehand.

     node prepare.mjs WHEELS OUT          (pyodide comes from the node_modules beside this file)

   Every wheel must be the one that pyodide-lock.json names. The work is done by the very Python that will run the result:
   prepare.py, in here. What is written depends on nothing but the inputs; manifest.json lists it with sizes and hashes. */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";

const here = dirname(fileURLToPath(import.meta.url));
const source = dirname(fileURLToPath(import.meta.resolve("pyodide")));
const [wheels, out] = process.argv.slice(2).map((path) => resolve(path));
const hash = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const PARTS = { "numpy.zip": "NumPy", "matplotlib.zip": "matplotlib" };

function fail(message) {
  console.error("live runtime: " + message);
  process.exit(1);
}

const lock = JSON.parse(readFileSync(join(source, "pyodide-lock.json"), "utf8"));
const known = new Map(Object.values(lock.packages).map((entry) => [entry.file_name, entry.sha256]));
const names = JSON.parse(readFileSync(join(here, "wheels.json"), "utf8")).wheels;
for (const name of names) {
  const path = join(wheels, name);
  if (!existsSync(path)) fail(`the file ${path} is missing`);
  if (!known.has(name)) fail(`pyodide-lock.json does not name the file ${name}`);
  if (hash(path) !== known.get(name))
    fail(`the file ${path} is not the one that pyodide-lock.json names: its sha256 differs`);
}
for (const name of readdirSync(wheels)) {
  if (name.endsWith(".whl") && !names.includes(name)) fail(`the file ${join(wheels, name)} is not in wheels.json`);
}

mkdirSync(out, { recursive: true });
const python = await loadPyodide({ indexURL: source + "/", env: { PYTHONHASHSEED: "0", MPLBACKEND: "agg" } });
const { FS } = python;
for (const [place, root] of [
  ["/wheels", wheels],
  ["/source", source],
  ["/here", here],
  ["/out", out],
]) {
  FS.mkdirTree(place);
  FS.mount(FS.filesystems.NODEFS, { root }, place);
}
try {
  python.runPython(
    "import sys; sys.path.insert(0, '/here'); sys.dont_write_bytecode = True; import prepare; prepare.main()",
  );
} catch (error) {
  fail(error.message); // Python's traceback, without Pyodide's own source
}

for (const name of ["pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm"])
  copyFileSync(join(source, name), join(out, name));
// Pyodide reads its list of packages at the start. Here it has none: the worker unpacks what there is.
writeFileSync(join(out, "pyodide-lock.json"), JSON.stringify({ info: lock.info, packages: {} }) + "\n");
const files = {};
for (const name of readdirSync(out).sort()) {
  if (name === "manifest.json") continue;
  files[name] = {
    size: readFileSync(join(out, name)).length,
    sha256: hash(join(out, name)),
    part: PARTS[name] ?? "Python",
  };
}
writeFileSync(
  join(out, "manifest.json"),
  JSON.stringify({ python: lock.info.python, pyodide: lock.info.version, files }, null, 1) + "\n",
);
process.exit(0);
