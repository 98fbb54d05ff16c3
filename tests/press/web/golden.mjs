/* Golden numbers in the browser's Python, without a browser:

     node golden.mjs RUNTIME FILE        RUNTIME: the folder of the prepared runtime, as docs/_press/live/runtime.py prints it

   golden.py, which says which numbers, runs on the library of this repository, with the modules that the pages load. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [runtime, out] = process.argv.slice(2).map((path) => resolve(path));
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const { loadPyodide } = createRequire(import.meta.url)(join(runtime, "pyodide.js"));
const python = await loadPyodide({ indexURL: runtime + "/", env: { MPLBACKEND: "agg", PYTHONDONTWRITEBYTECODE: "1" } });
for (const name of ["numpy.zip", "matplotlib.zip"]) {
  const archive = new Uint8Array(readFileSync(join(runtime, name)));
  python.unpackArchive(archive, "zip", { extractDir: "/lib/python3.12/site-packages" });
}
for (const [place, folder] of [
  ["/repository", root],
  ["/out", dirname(out)],
]) {
  python.FS.mkdirTree(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, place);
}
python.globals.set("out", out.slice(dirname(out).length + 1));
try {
  python.runPython(`
import sys, time
sys.path[:0] = ["/repository", "/repository/tests/press/web"]
import golden
golden.main(["/out/" + out])
`);
} catch (error) {
  console.error(error.message); // Python's traceback, without Pyodide's own source
  process.exit(1);
}
process.exit(0);
