/* Compile the Python files of zips for the runtime of the live parts; the sources stay, for tracebacks.

     node compile.mjs RUNTIME ZIP=FOLDER ...        FOLDER: where the page's Python will unpack the zip */
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [runtime, ...archives] = process.argv.slice(2);
const { loadPyodide } = createRequire(import.meta.url)(join(resolve(runtime), "pyodide.js"));
const python = await loadPyodide({ indexURL: resolve(runtime) + "/", env: { PYTHONHASHSEED: "0" } });
python.runPython("import sys; sys.dont_write_bytecode = True; sys.path.insert(0, '/here')");
const mount = (root, place) => {
  python.FS.mkdirTree(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
};
mount(here, "/here");
const prepare = python.pyimport("prepare");
for (const [number, archive] of archives.entries()) {
  const [path, folder] = archive.split("=");
  const place = `/archive-${number}`;
  mount(dirname(resolve(path)), place);
  prepare.add_compiled(`${place}/${path.split(/[\\/]/).pop()}`, folder);
}
process.exit(0);
